using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Inventory;

/// <summary>Registration, policy and state of a sled (vmm 2.5, 5.3); reservations are in <see cref="SledReservations"/>.</summary>
internal sealed class SledDecider : IDecider<SledState, SledCommand, SledEvent>
{
    public static SledState Initial { get; } = new();

    public static Decision<SledEvent> Decide(SledState state, SledCommand command, in Turn turn)
    {
        if (command is RegisterSled register)
        {
            return state.IsRegistered ? Refresh(state, register, turn) : Insert(register, turn);
        }

        if (!state.IsRegistered)
        {
            // Undo of a step that never happened, on a sled that never was, is still success.
            return command is SledCommand.Release
                ? Decision.Unchanged<SledEvent>()
                : Decision.Refuse<SledEvent>(InventoryErrors.SledUnknown(turn.Self.Key));
        }

        return command switch
        {
            SledCommand.Reserve reserve => SledReservations.Reserve(state, reserve.Wanted),
            SledCommand.Release release => SledReservations.Release(state, release.Wanted),
            SledCommand.Drain drain => Drain(state, drain.Wanted.IsDraining, turn),
            SledCommand.Move move => SledReservations.Move(state, move.Wanted),
            SetProvisionPolicy set => SetPolicy(state, set, turn),
            ExpungeSled => Gone(state, turn),
            SledCommand.Retire => Retire(state, turn),
            SetSledState set => SetState(state, set, turn),
            RecordSledInventory record => Record(state, record),
            _ => throw Invariant.Unreachable($"sled has no command {command.GetType().Name}"),
        };
    }

    public static SledState Apply(SledState state, SledEvent fact) => fact switch
    {
        SledRegistered e => state with
        {
            Id = e.Sled,
            Rack = e.Rack,
            Subnet = e.Subnet,
            Baseboard = e.Baseboard,
            Facts = e.Facts,
            AgentGeneration = e.AgentGeneration,
            TimeCreated = e.At,
            TimeModified = e.At,
            Generation = 1,
        },
        SledFactsChanged e => state with { Facts = e.Facts, AgentGeneration = e.AgentGeneration, TimeModified = e.At },
        SledPolicyChanged e => state with
        {
            Policy = e.Policy,
            Place = e.Policy == SledPolicies.Expunged ? null : state.Place,
            TimeModified = e.At,
            Generation = state.Generation + 1,
        },
        SledDecommissioned e => state with { State = SledStates.Decommissioned, TimeModified = e.At, Generation = state.Generation + 1 },
        RoomReserved e => state with
        {
            Reservations = state.Reservations.SetItem(
                e.Vmm, new Reservation(e.Instance, e.Threads, e.ReservoirBytes, e.Kind, e.VmmAddress) { Together = e.Together }),
            LastUsedHost = e.Host,
        },
        RoomReleased e => state with { Reservations = state.Reservations.Remove(e.Vmm) },
        ReservationMoved e => state.Reservations.TryGetValue(e.Vmm, out var held)
            ? state with { Reservations = state.Reservations.SetItem(e.Vmm, held with { Kind = e.Kind }) }
            : state,
        SledInventoried e => state with { Place = e.Place ?? state.Place, TimeInventoried = e.AgentAnsweredAt ?? state.TimeInventoried },
        _ => state,
    };

    private static Decision<SledEvent> Insert(RegisterSled command, in Turn turn)
    {
        if (!Guid.TryParse(turn.Self.Key, out var id))
        {
            return Decision.Refuse<SledEvent>(InventoryErrors.SledUnknown(turn.Self.Key));
        }

        if (SledFactRules.WhyNot(command.Baseboard, command.Facts, command.AgentGeneration) is { } refusal)
        {
            return Decision.Refuse<SledEvent>(refusal);
        }

        return Decision.Accept<SledEvent>(
            null,
            [new SledRegistered(
                SledId.From(id), command.Rack, command.Subnet, command.Baseboard, command.Facts, command.AgentGeneration, turn.Now)],
            [new Effect.Nudge(Reconcilers.InventoryCollection, command.Rack.ToString())]);
    }

    private static Decision<SledEvent> Refresh(SledState state, RegisterSled command, in Turn turn)
    {
        if (state.State == SledStates.Decommissioned)
        {
            return Decision.Refuse<SledEvent>(InventoryErrors.Decommissioned(state.Id));
        }

        // The id is of one commissioning of one board; another board under it would take over its reservations and its subnet.
        if (!state.Baseboard.IsSameBoard(command.Baseboard))
        {
            return Decision.Refuse<SledEvent>(InventoryErrors.OtherBaseboard(state.Id, state.Baseboard, command.Baseboard));
        }

        if (SledFactRules.WhyNot(state.Baseboard, command.Facts, command.AgentGeneration) is { } refusal)
        {
            return Decision.Refuse<SledEvent>(refusal);
        }

        if (command.AgentGeneration <= state.AgentGeneration)
        {
            return Decision.Refuse<SledEvent>(
                InventoryErrors.StaleRegistration(state.Id, state.AgentGeneration, command.AgentGeneration));
        }

        return Decision.Accept<SledEvent>(
            null,
            [new SledFactsChanged(command.Facts, command.AgentGeneration, turn.Now)],
            [new Effect.Nudge(Reconcilers.InventoryCollection, state.Rack.ToString())]);
    }

    private static Decision<SledEvent> SetPolicy(SledState state, SetProvisionPolicy command, in Turn turn)
    {
        if (command.Policy is not (SledPolicies.Provisionable or SledPolicies.NonProvisionable))
        {
            return Decision.Refuse<SledEvent>(InventoryErrors.UnknownPolicy(command.Policy));
        }

        if (state.State == SledStates.Decommissioned)
        {
            return Decision.Refuse<SledEvent>(InventoryErrors.Decommissioned(state.Id));
        }

        if (state.Policy == SledPolicies.Expunged)
        {
            return Decision.Refuse<SledEvent>(InventoryErrors.Expunged(state.Id, command.Policy));
        }

        var reply = new ProvisionPolicySet(state.Policy, command.Policy);
        return state.Policy == command.Policy
            ? Decision.Unchanged<SledEvent>(reply)
            : Decision.Accept<SledEvent>(reply, [new SledPolicyChanged(command.Policy, turn.Now)]);
    }

    private static Decision<SledEvent> Drain(SledState state, bool isDraining, in Turn turn)
    {
        var decision = SetPolicy(
            state, new SetProvisionPolicy(isDraining ? SledPolicies.NonProvisionable : SledPolicies.Provisionable), turn);
        return decision.Reply is Reply.Accepted ? decision with { Reply = new Reply.Accepted(Done.Instance) } : decision;
    }

    // The removal was begun by an admin; its steps have no caller. A guest that runs there would be started a second time elsewhere, so what was
    // emptied a while ago is judged anew: here nothing is reserved between the look and the deed.
    private static Decision<SledEvent> Retire(SledState state, in Turn turn)
    {
        if (state.IsProvisionable)
        {
            return Decision.Refuse<SledEvent>(InventoryErrors.DrainTakenBack(state.Baseboard.Serial));
        }

        if (state.IsInService && !state.Reservations.IsEmpty)
        {
            return Decision.Refuse<SledEvent>(InventoryErrors.NotEmpty(state.Baseboard.Serial, state.Reservations));
        }

        var decision = Gone(state, turn);
        return decision.Reply is Reply.Accepted ? decision with { Reply = new Reply.Accepted(Done.Instance) } : decision;
    }

    private static Decision<SledEvent> Gone(SledState state, in Turn turn)
    {
        if (state.State == SledStates.Decommissioned)
        {
            return Decision.Refuse<SledEvent>(InventoryErrors.Decommissioned(state.Id));
        }

        var reply = new SledWasExpunged(state.Policy);
        return state.Policy == SledPolicies.Expunged
            ? Decision.Unchanged<SledEvent>(reply)
            : Decision.Accept<SledEvent>(
                reply,
                [new SledPolicyChanged(SledPolicies.Expunged, turn.Now)],
                [
                    new Effect.Post(Addresses.Rack(state.Rack), new ReleaseSledFromRack(state.Id, IsDecommissioned: false)),
                    new Effect.Nudge(Reconcilers.InstanceWatcher, turn.Self.ToString()),
                    .. MapChanged(state),
                ]);
    }

    private static Decision<SledEvent> SetState(SledState state, SetSledState command, in Turn turn)
    {
        if (command.State is not (SledStates.Active or SledStates.Decommissioned))
        {
            return Decision.Refuse<SledEvent>(InventoryErrors.UnknownState(command.State));
        }

        if (state.State == command.State)
        {
            return Decision.Unchanged<SledEvent>();
        }

        if (state.State == SledStates.Decommissioned)
        {
            return Decision.Refuse<SledEvent>(InventoryErrors.Decommissioned(state.Id));
        }

        if (state.Policy != SledPolicies.Expunged)
        {
            return Decision.Refuse<SledEvent>(InventoryErrors.StillInService(state.Id, state.Policy));
        }

        if (!state.Reservations.IsEmpty)
        {
            return Decision.Refuse<SledEvent>(InventoryErrors.StillReserved(state.Id, state.Reservations.Count));
        }

        return Decision.Accept<SledEvent>(
            null,
            [new SledDecommissioned(turn.Now)],
            [new Effect.Post(Addresses.Rack(state.Rack), new ReleaseSledFromRack(state.Id, IsDecommissioned: true))]);
    }

    private static Decision<SledEvent> Record(SledState state, RecordSledInventory command)
    {
        if (!state.IsInService)
        {
            return Decision.Unchanged<SledEvent>();
        }

        var isMoved = command.Place is { } seen && (state.Place is null || seen != new SledPlaceSeen(state.Place.Slot, state.Place.RearPort));
        var isPlaceOld = command.Place is not null && command.At - state.Place?.At >= InventoryLimits.AgeStep;
        var isAnswerOld = command.AgentAnswered && !(command.At - state.TimeInventoried < InventoryLimits.AgeStep);
        if (!isMoved && !isPlaceOld && !isAnswerOld)
        {
            return Decision.Unchanged<SledEvent>();
        }

        var place = command.Place is null ? null : new SledPlace(command.Place.Slot, command.Place.RearPort, command.At);
        return Decision.Accept<SledEvent>(
            null,
            [new SledInventoried(place, command.AgentAnswered ? command.At : null)],
            isMoved ? MapChanged(state) : []);
    }

    /// <summary>The sled map changed: both switches of the rack may need other members.</summary>
    private static ImmutableArray<Effect> MapChanged(SledState state) =>
    [
        new Effect.Nudge(Reconcilers.Multicast, Addresses.SwitchKey(state.Rack, 0)),
        new Effect.Nudge(Reconcilers.Multicast, Addresses.SwitchKey(state.Rack, 1)),
    ];
}
