using System.Collections.Immutable;

namespace Gantry.Switch.Simulator;

/// <summary>
/// All that one switch daemon and its chip hold. Soft state, replication engine and tables are apart, because faithful behaviour
/// (switch-dpd 3.6) is their disagreement. Immutable.
/// </summary>
public sealed record SwitchState
{
    /// <summary>0 or 1.</summary>
    public required int Slot { get; init; }

    /// <summary>How true to the real daemon it is.</summary>
    public SwitchMode Mode { get; init; }

    /// <summary>What GET /switch/identifiers names.</summary>
    public required Guid SidecarId { get; init; }

    /// <summary>When the daemon started.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>From when on the identifiers are known; before it they are 503.</summary>
    public required DateTimeOffset IdentifiersFrom { get; init; }

    /// <summary>Starts since the simulator began.</summary>
    public int Restarts { get; init; }

    /// <summary>Soft state: groups by address, both kinds in one map.</summary>
    public ImmutableSortedDictionary<Ip, SimGroup> Groups { get; init; } = ImmutableSortedDictionary<Ip, SimGroup>.Empty;

    /// <summary>Underlay address to the external group that points at it: one value, last writer wins (K9).</summary>
    public ImmutableSortedDictionary<Ip, Ip> Refs { get; init; } = ImmutableSortedDictionary<Ip, Ip>.Empty;

    /// <summary>Free group ids.</summary>
    public IdPool Ids { get; init; } = IdPool.Full;

    /// <summary>Pairs of deleted underlay groups that an external group still shows, by external id (A5).</summary>
    public ImmutableDictionary<int, int> HeldIds { get; init; } = ImmutableDictionary<int, int>.Empty;

    /// <summary>Replication engine: group id to lanes.</summary>
    public ImmutableSortedDictionary<int, ImmutableSortedSet<Lane>> Pre { get; init; } =
        ImmutableSortedDictionary<int, ImmutableSortedSet<Lane>>.Empty;

    /// <summary>Tables by display name.</summary>
    public ImmutableSortedDictionary<string, ChipTable> Tables { get; init; } = EmptyTables;

    /// <summary>Configured links.</summary>
    public ImmutableSortedDictionary<Lane, SimLink> Links { get; init; } = ImmutableSortedDictionary<Lane, SimLink>.Empty;

    /// <summary>Addresses of links.</summary>
    public ImmutableSortedDictionary<Ip, SimAddress> Addresses { get; init; } = ImmutableSortedDictionary<Ip, SimAddress>.Empty;

    /// <summary>Loopback addresses with their tag.</summary>
    public ImmutableSortedDictionary<Ip, string> Loopbacks { get; init; } = ImmutableSortedDictionary<Ip, string>.Empty;

    /// <summary>NAT mappings by external address, ascending by low port.</summary>
    public ImmutableSortedDictionary<Ip, ImmutableArray<NatMapping>> Nat { get; init; } =
        ImmutableSortedDictionary<Ip, ImmutableArray<NatMapping>>.Empty;

    /// <summary>Neighbours: ARP and NDP entries.</summary>
    public ImmutableSortedDictionary<Ip, Neighbour> Neighbours { get; init; } = ImmutableSortedDictionary<Ip, Neighbour>.Empty;

    /// <summary>Unicast routes: a prefix and where to, in the order given.</summary>
    public ImmutableSortedDictionary<Prefix, ImmutableArray<SimRoute>> Routes { get; init; } =
        ImmutableSortedDictionary<Prefix, ImmutableArray<SimRoute>>.Empty;

    /// <summary>Subnets outside that belong to an instance inside.</summary>
    public ImmutableSortedDictionary<Prefix, NatTarget> AttachedSubnets { get; init; } = ImmutableSortedDictionary<Prefix, NatTarget>.Empty;

    /// <summary>Counters of the pipeline: name, then label.</summary>
    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, long>> Counters { get; init; } =
        ImmutableSortedDictionary.Create<string, ImmutableSortedDictionary<string, long>>(StringComparer.Ordinal);

    private static ImmutableSortedDictionary<string, ChipTable> EmptyTables { get; } = TableNames.All.ToImmutableSortedDictionary(
        t => t.Name, t => ChipTable.Empty(t.Name, t.Size), StringComparer.OrdinalIgnoreCase);

    /// <summary>A daemon that has just started for the first time.</summary>
    public static SwitchState Fresh(int slot, Guid sidecar, DateTimeOffset now, SwitchMode mode = SwitchMode.Strict) =>
        new() { Slot = slot, SidecarId = sidecar, Started = now, IdentifiersFrom = now, Mode = mode };

    /// <summary>The same switch after its daemon restarted: nothing but the hardware is left (D9).</summary>
    public SwitchState Restarted(DateTimeOffset now) =>
        Fresh(Slot, SidecarId, now, Mode) with { IdentifiersFrom = now + TimeSpan.FromSeconds(1), Restarts = Restarts + 1 };
}

/// <summary>A configured link.</summary>
public sealed record SimLink(string Speed, string? Fec, bool IsAutoneg, bool IsKr)
{
    /// <summary>Whether it is enabled.</summary>
    public bool IsEnabled { get; init; }

    /// <summary>Whether it is used for IPv6.</summary>
    public bool IsIpv6Enabled { get; init; }

    /// <summary>Whether it is an uplink.</summary>
    public bool IsUplink { get; init; }

    /// <summary>An injected fault.</summary>
    public string? Fault { get; init; }

    /// <summary>Set when the cable or its far end is gone.</summary>
    public bool IsDark { get; init; }

    /// <summary>Its MAC address as a 48-bit number.</summary>
    public required long Mac { get; init; }

    /// <summary>Whether traffic passes.</summary>
    public bool IsUp => IsEnabled && Fault is null && !IsDark;
}

/// <summary>An address of a link.</summary>
public sealed record SimAddress(Lane Lane, string Tag);

/// <summary>A range of ports of an external address.</summary>
public sealed record NatMapping(int Low, int High, NatTarget Target);

/// <summary>One target of a route.</summary>
public sealed record SimRoute(string Tag, Lane Lane, Ip Target, int? Vlan);

/// <summary>An ARP or NDP entry.</summary>
public sealed record Neighbour(string Tag, long Mac, string Update);
