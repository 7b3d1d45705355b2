namespace Gantry.Devices;

/// <summary>One call to a device, before it is sent.</summary>
/// <param name="Operation">Short constant name for metrics, for example <c>group_get</c>.</param>
/// <param name="Class">Write or read.</param>
/// <param name="Send">Sends it over the connections given, normally through <see cref="DeviceHttp"/>. Must not swallow cancellation.</param>
public sealed record DeviceCall<T>(
    string Operation, CallClass Class, Func<DeviceHttp, CancellationToken, Task<DeviceOutcome<T>>> Send)
{
    /// <summary>Writes with an equal sequence run one after another. On a switch all multicast writes are one.</summary>
    public string Sequence { get; init; } = "";

    /// <summary>Counted from the moment of asking; null takes the adapter's default.</summary>
    public TimeSpan? Deadline { get; init; }
}
