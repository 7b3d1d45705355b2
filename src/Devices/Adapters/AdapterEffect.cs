namespace Gantry.Devices;

/// <summary>What the kernel of an adapter wants done.</summary>
internal abstract record AdapterEffect
{
    private AdapterEffect()
    {
    }

    /// <summary>Send this call now.</summary>
    public sealed record Start(long Call) : AdapterEffect;

    /// <summary>Answer this call: the mailbox is full.</summary>
    public sealed record Overload(long Call) : AdapterEffect;

    /// <summary>Answer this call without sending it: the device is down.</summary>
    public sealed record FailFast(long Call) : AdapterEffect;

    /// <summary>Send the cheapest read.</summary>
    public sealed record Probe : AdapterEffect;

    /// <summary>The state moved.</summary>
    public sealed record Moved(DeviceState From, DeviceState To, string? Why) : AdapterEffect;
}
