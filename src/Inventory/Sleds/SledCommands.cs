using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Inventory;

/// <summary>Commands of <c>sled/&lt;id&gt;</c>.</summary>
public abstract record SledCommand
{
    internal sealed record Reserve(ReserveSled Wanted) : SledCommand;

    internal sealed record Release(ReleaseSled Wanted) : SledCommand;

    internal sealed record Drain(SetDraining Wanted) : SledCommand;

    internal sealed record Retire : SledCommand;

    internal sealed record Move(MoveReservation Wanted) : SledCommand;
}

/// <summary>
/// The agent's registration (vmm 5.3): an unknown sled is inserted; of a known one the facts change iff the generation is newer. Policy,
/// state and baseboard never change. Send it through <see cref="SledRegistrar"/>, which knows the subnet.
/// </summary>
[Wire("sled.register")]
public sealed record RegisterSled(RackId Rack, string Subnet, SledBaseboard Baseboard, SledFacts Facts, long AgentGeneration)
    : SledCommand, ICommand<Done>;

/// <summary>Sets <c>provisionable</c> or <c>non_provisionable</c>.</summary>
[Wire("sled.set-provision-policy")]
public sealed record SetProvisionPolicy(string Policy) : SledCommand, ICommand<ProvisionPolicySet>;

/// <summary>The reply to <see cref="SetProvisionPolicy"/>.</summary>
[Wire("sled.provision-policy-set")]
public sealed record ProvisionPolicySet(string OldState, string NewState);

/// <summary>Says that the sled is gone for good. Repeating it is success. Fleet admins only.</summary>
[Wire("sled.expunge"), Destructive(FleetRole = "admin")]
public sealed record ExpungeSled : SledCommand, ICommand<SledWasExpunged>;

/// <summary>The reply to <see cref="ExpungeSled"/>.</summary>
[Wire("sled.was-expunged")]
public sealed record SledWasExpunged(string PreviousPolicy);

/// <summary>Moves the state: to <c>decommissioned</c> once expunged and empty; <c>active</c> only when it is.</summary>
[Wire("sled.set-state"), Destructive(FleetRole = "admin")]
public sealed record SetSledState(string State) : SledCommand, ICommand<Done>;

/// <summary>What the inventory found of a sled. A part that did not answer is null and leaves the former value alone.</summary>
/// <param name="Place">Slot and rear port, when they could be told.</param>
/// <param name="AgentAnswered">Whether the agent answered the inventory.</param>
/// <param name="At">When.</param>
[Wire("sled.record-inventory")]
public sealed record RecordSledInventory(SledPlaceSeen? Place, bool AgentAnswered, DateTimeOffset At) : SledCommand, ICommand<Done>;

/// <summary>Slot and rear port as just read; null parts are definitive.</summary>
public sealed record SledPlaceSeen(int? Slot, string? RearPort);
