using System.Collections.Immutable;

namespace Gantry.Switch.Simulator;

/// <summary>A packet as it comes in. Source and destination are those of the customer's packet, the inner one when encapsulated.</summary>
public sealed record SimPacket(Lane Ingress, Ip Source, Ip Destination)
{
    /// <summary>Ethernet destination; null takes the right one.</summary>
    public long? EthernetDestination { get; init; }

    /// <summary>VLAN tag of a plain packet.</summary>
    public int? Vlan { get; init; }

    /// <summary>TTL or hop limit.</summary>
    public int Ttl { get; init; } = 64;

    /// <summary>Set when the packet comes in Geneve.</summary>
    public GeneveHeader? Geneve { get; init; }
}

/// <summary>Outer header of an encapsulated packet.</summary>
/// <param name="Destination">Underlay address.</param>
/// <param name="Replication">Multicast tag: 0 external, 1 underlay, 2 both; null for none.</param>
public sealed record GeneveHeader(Ip Destination, int? Replication);

/// <summary>A copy that leaves.</summary>
public sealed record SimCopy(Lane Egress, bool IsEncapsulated, int? Vlan, int Ttl);

/// <summary>What became of a packet: copies, or the label of the reason why there are none.</summary>
public sealed record PacketFate(ImmutableArray<SimCopy> Copies, string? DropReason);
