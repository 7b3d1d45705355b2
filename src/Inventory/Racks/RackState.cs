using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Inventory;

/// <summary>A rack: its subnet, who holds which part of it, and what its management gateways last said.</summary>
[Wire("rack.state")]
internal sealed record RackState : IHasGeneration
{
    public RackId Id { get; init; }

    /// <summary>Empty until the rack is declared.</summary>
    public string Subnet { get; init; } = "";

    public ImmutableDictionary<SledId, SledAllocation> Sleds { get; init; } = ImmutableDictionary<SledId, SledAllocation>.Empty;

    /// <summary>Octets of decommissioned sleds that nobody got since, the one returned longest ago first.</summary>
    public ImmutableArray<int> ReturnedOctets { get; init; } = [];

    public ImmutableArray<ServiceProcessorSeen> ServiceProcessors { get; init; } = [];

    /// <summary>What rack setup handed off; null before, and for a rack that is only configured.</summary>
    public RackFounded? Founded { get; init; }

    public DateTimeOffset TimeServiceProcessorsSeen { get; init; }

    public DateTimeOffset TimeCreated { get; init; }

    public long Generation { get; init; }

    public bool IsDeclared => Subnet.Length > 0;
}

/// <summary>A sled's part of the rack. Retired ones keep their octet until the sled is decommissioned.</summary>
internal sealed record SledAllocation(int Octet, string Serial, string Part, bool IsRetired);

/// <summary>One service processor as a management gateway listed it.</summary>
public sealed record ServiceProcessorSeen(string Type, int Slot, string Part, string Serial, string PowerState);
