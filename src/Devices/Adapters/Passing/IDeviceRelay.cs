namespace Gantry.Devices;

/// <summary>
/// The way to the node that holds the connections of a device. One adapter actor per device holds them, at the owner of the device's shard
/// (engine 7.1); adapters of other nodes pass their calls on to it. Thread-safe.
/// </summary>
public interface IDeviceRelay
{
    /// <summary>Whether this node is the one that holds them.</summary>
    /// <param name="kind">Kind of device.</param>
    /// <param name="key">Its key.</param>
    bool IsHere(string kind, string key);

    /// <summary>Has the holder's adapter send one request.</summary>
    /// <returns>
    /// What the device answered there. <c>Overloaded</c> when it certainly was not sent, or a read whose holder was silent: nothing is known of the
    /// device then. <c>NoAnswer</c> when a write may have been sent.
    /// </returns>
    ValueTask<PassedAnswer> PassAsync(PassedCall call, CancellationToken ct);
}
