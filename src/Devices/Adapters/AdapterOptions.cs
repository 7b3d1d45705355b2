namespace Gantry.Devices;

/// <summary>What an adapter actor is told at birth.</summary>
public sealed record AdapterOptions
{
    /// <summary>Kind of device: <c>switch</c>, <c>sled</c> or <c>sp-gateway</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Key of the device, equal to that of its entity.</summary>
    public required string Key { get; init; }

    /// <summary>Base address of its daemon.</summary>
    public required Uri Address { get; init; }

    /// <summary>Deadline of calls that name none.</summary>
    public required TimeSpan Deadline { get; init; }

    /// <summary>Its queue is measured by itself: for kinds of which a rack has a fixed few. Others are measured by kind.</summary>
    public bool IsMeasuredAlone { get; init; }

    /// <summary>Distance of probes while up, to notice a quick restart; null for none.</summary>
    public TimeSpan? WatchEvery { get; init; }

    /// <summary>Called with the device's key, off the adapter's lock, on every change its reconciler should hear.</summary>
    public Action<string, DeviceChange>? OnChange { get; init; }

    /// <summary>The fence: asked before every write; false when this node has not confirmed the shard of late.</summary>
    public Func<bool>? MayWrite { get; init; }

    /// <summary>The way to the node that holds the device's connections; null where there is only this node.</summary>
    public IDeviceRelay? Relay { get; init; }
}
