namespace Gantry.Devices;

/// <summary>Turns outcomes of one type into another.</summary>
public static class DeviceOutcomes
{
    /// <summary>Maps the value; a mapping that finds it unreadable makes the outcome <c>Garbled</c>.</summary>
    public static DeviceOutcome<TTo> Map<TFrom, TTo>(this DeviceOutcome<TFrom> outcome, Func<TFrom, TTo> map)
    {
        if (outcome is not DeviceOutcome<TFrom>.Answered answered)
        {
            return outcome.As<TFrom, TTo>();
        }

        try
        {
            return new DeviceOutcome<TTo>.Answered(answered.Status, map(answered.Value));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever a pure mapping throws, the answer made it throw: a null in a list, a number beyond all sense.
            return Unreadable<TTo>(answered.Status, e);
        }
    }

    internal static DeviceOutcome<T> Unreadable<T>(int status, Exception e) => new DeviceOutcome<T>.Garbled(status, Short(e.Message));

    /// <summary>A text of a device, cut: it goes into rows, logs and answers.</summary>
    internal static string Short(string text) =>
        text.Length <= AdapterLimits.ErrorTextMax ? text : $"{text.AsSpan(0, AdapterLimits.ErrorTextMax)}…";

    /// <summary>The same failure for another value type.</summary>
    /// <exception cref="InvalidOperationException">The outcome is an answer.</exception>
    public static DeviceOutcome<TTo> As<TFrom, TTo>(this DeviceOutcome<TFrom> outcome) => outcome switch
    {
        DeviceOutcome<TFrom>.Rejected r => new DeviceOutcome<TTo>.Rejected(r.Status, r.ErrorCode, r.Message),
        DeviceOutcome<TFrom>.Unreachable u => new DeviceOutcome<TTo>.Unreachable(u.Why, u.Since),
        DeviceOutcome<TFrom>.NoAnswer n => new DeviceOutcome<TTo>.NoAnswer(n.Why) { IsBroken = n.IsBroken },
        DeviceOutcome<TFrom>.Garbled g => new DeviceOutcome<TTo>.Garbled(g.Status, g.Why),
        DeviceOutcome<TFrom>.Overloaded o => new DeviceOutcome<TTo>.Overloaded(o.RetryAfter, o.Why),
        _ => throw new InvalidOperationException("an answer has a value to map"),
    };
}
