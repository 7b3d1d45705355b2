using System.Collections.Immutable;

namespace Gantry.Devices;

/// <summary>
/// The multicast half of a sled agent (multicast 8.2), from its API versions 49 and 50 on. An older agent answers 400 or 404. Thread-safe.
/// </summary>
public interface ISledMulticastPort
{
    /// <summary>How the sled stands.</summary>
    DeviceStatus Status { get; }

    /// <summary>GET /networking/mcast-m2p: which underlay address the packet engine sends a group to.</summary>
    ValueTask<DeviceOutcome<ImmutableArray<SledGroupMapping>>> ListMappingsAsync(CancellationToken ct);

    /// <summary>PUT /networking/mcast-m2p.</summary>
    ValueTask<DeviceOutcome<NoContent>> SetMappingAsync(SledGroupMapping mapping, CancellationToken ct);

    /// <summary>DELETE /networking/mcast-m2p.</summary>
    ValueTask<DeviceOutcome<NoContent>> ClearMappingAsync(SledGroupMapping mapping, CancellationToken ct);

    /// <summary>GET /networking/mcast-fwd: where the packet engine sends an underlay address.</summary>
    ValueTask<DeviceOutcome<ImmutableArray<SledForwarding>>> ListForwardingAsync(CancellationToken ct);

    /// <summary>PUT /networking/mcast-fwd: adds next hops to those that are there.</summary>
    ValueTask<DeviceOutcome<NoContent>> AddForwardingAsync(SledForwarding forwarding, CancellationToken ct);

    /// <summary>DELETE /networking/mcast-fwd: all next hops of an underlay address.</summary>
    ValueTask<DeviceOutcome<NoContent>> ClearForwardingAsync(string underlay, CancellationToken ct);

    /// <summary>PUT /vmms/{id}/multicast-group: a repeat replaces the sources.</summary>
    ValueTask<DeviceOutcome<NoContent>> SubscribeAsync(Guid vmm, SledMulticastMembership membership, CancellationToken ct);

    /// <summary>DELETE /vmms/{id}/multicast-group: by the group's address alone.</summary>
    ValueTask<DeviceOutcome<NoContent>> UnsubscribeAsync(Guid vmm, string group, CancellationToken ct);
}

/// <summary>Finds the multicast half of a sled's adapter by the sled's id.</summary>
public interface ISledMulticastPorts
{
    /// <summary>The adapter for a sled at an address; a changed address makes a new one.</summary>
    ISledMulticastPort For(string key, Uri address);
}

/// <summary>A group and the underlay address that carries it.</summary>
public sealed record SledGroupMapping(string Group, string Underlay);

/// <summary>An underlay address and where it is sent.</summary>
public sealed record SledForwarding(string Underlay, ImmutableArray<SledNextHop> NextHops);

/// <summary>One receiver of what is sent to an underlay address.</summary>
/// <param name="NextHop">IPv6 address of a switch zone.</param>
/// <param name="Replication"><c>external</c>, <c>underlay</c> or <c>both</c>.</param>
/// <param name="Filter">Sources that pass.</param>
public sealed record SledNextHop(string NextHop, string Replication, SledSourceFilter Filter);

/// <summary>Sources let in or kept out.</summary>
/// <param name="Mode"><c>include</c> or <c>exclude</c>.</param>
/// <param name="Sources">The sources.</param>
public sealed record SledSourceFilter(string Mode, ImmutableArray<string> Sources)
{
    /// <summary>Keeps nothing out.</summary>
    public static readonly SledSourceFilter None = new("exclude", []);
}
