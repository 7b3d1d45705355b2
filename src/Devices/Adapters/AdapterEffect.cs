namespace Gantry.Devices;

/// <summary>What the kernel of an adapter wants done.</summary>
internal abstract record AdapterEffect
{
    private AdapterEffect()
    {
    }

    /// <summary>Send this call now.</summary>
    public sealed record Start(long Call) : AdapterEffect;

    /// <summary>Answer this call, which was not sent: the mailbox is full, or for the reason given.</summary>
    public sealed record Overload(long Call, string? Why = null) : AdapterEffect;

    /// <summary>Answer this call without sending it: the device is down.</summary>
    public sealed record FailFast(long Call) : AdapterEffect;

    /// <summary>Send the cheapest read.</summary>
    public sealed record Probe : AdapterEffect;

    /// <summary>The state moved.</summary>
    public sealed record Moved(DeviceState From, DeviceState To, string? Why) : AdapterEffect;
}
