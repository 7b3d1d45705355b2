using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Inventory;

/// <summary>Facts of a sled.</summary>
internal abstract record SledEvent;

[Wire("sled.registered")]
internal sealed record SledRegistered(
    SledId Sled, RackId Rack, string Subnet, SledBaseboard Baseboard, SledFacts Facts, long AgentGeneration, DateTimeOffset At) : SledEvent;

[Wire("sled.facts-changed")]
internal sealed record SledFactsChanged(SledFacts Facts, long AgentGeneration, DateTimeOffset At) : SledEvent;

[Wire("sled.policy-changed")]
internal sealed record SledPolicyChanged(string Policy, DateTimeOffset At) : SledEvent;

[Wire("sled.decommissioned")]
internal sealed record SledDecommissioned(DateTimeOffset At) : SledEvent;

[Wire("sled.room-reserved")]
internal sealed record RoomReserved(
    VmmId Vmm, InstanceId Instance, long Threads, long ReservoirBytes, string Kind, string VmmAddress, long Host) : SledEvent
{
    /// <summary>Affinity groups whose claim it keeps here; default in events of before there were any.</summary>
    public ImmutableArray<Guid> Together { get; init; }
}

[Wire("sled.room-released")]
internal sealed record RoomReleased(VmmId Vmm) : SledEvent;

[Wire("sled.reservation-moved")]
internal sealed record ReservationMoved(VmmId Vmm, string Kind) : SledEvent;

/// <summary>A null place leaves the former one alone, and so does a null time of the agent's answer.</summary>
[Wire("sled.inventoried")]
internal sealed record SledInventoried(SledPlace? Place, DateTimeOffset? AgentAnsweredAt) : SledEvent;
