using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Inventory;

/// <summary>Keeps a switch's address and identity.</summary>
internal sealed class SwitchDecider : IDecider<SwitchState, SwitchCommand, SwitchEvent>
{
    public static SwitchState Initial { get; } = new();

    public static Decision<SwitchEvent> Decide(SwitchState state, SwitchCommand command, in Turn turn) => command switch
    {
        DeclareSwitch declare => Declare(state, declare, turn),
        RecordSwitch when !state.IsDeclared => Decision.Refuse<SwitchEvent>(InventoryErrors.SwitchUnknown(turn.Self.Key)),
        RecordSwitch record => Record(state, record, turn),
        _ => throw Invariant.Unreachable($"switch has no command {command.GetType().Name}"),
    };

    public static SwitchState Apply(SwitchState state, SwitchEvent fact) => fact switch
    {
        SwitchDeclared e => state with
        {
            Id = e.Id, Rack = e.Rack, Slot = e.Slot, Address = e.Address, TimeCreated = e.At, TimeModified = e.At, Generation = 1,
        },
        SwitchMoved e => state with { Address = e.Address, TimeModified = e.At, Generation = state.Generation + 1 },
        SwitchWasSeen e => state with
        {
            Serial = e.Seen.Serial,
            Part = e.Seen.Part,
            Revision = e.Seen.Revision,
            RearPorts = e.Seen.RearPorts,
            TimeCollected = e.At,
        },
        _ => state,
    };

    private static Decision<SwitchEvent> Declare(SwitchState state, DeclareSwitch command, in Turn turn)
    {
        if (command.Slot is not (0 or 1))
        {
            return Decision.Refuse<SwitchEvent>(InventoryErrors.BadValue("slot", $"{command.Slot} is not 0 or 1"));
        }

        if (turn.Self != Addresses.Switch(command.Rack, command.Slot))
        {
            return Decision.Refuse<SwitchEvent>(InventoryErrors.BadValue("rack", $"{turn.Self} is not slot {command.Slot} of rack {command.Rack}"));
        }

        if (command.Address.Length > InventoryLimits.AddressTextMax
            || !Uri.TryCreate(command.Address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            return Decision.Refuse<SwitchEvent>(InventoryErrors.BadValue(
                "address", $"\"{command.Address}\" is not a base address such as http://127.0.0.1:12224"));
        }

        if (!state.IsDeclared)
        {
            return Decision.Accept<SwitchEvent>(
                null,
                [new SwitchDeclared(SwitchId.From(turn.NewId(0)), command.Rack, command.Slot, command.Address, turn.Now)],
                [new Effect.Nudge(Reconcilers.InventoryCollection, command.Rack.ToString()), new Effect.Nudge(Reconcilers.Multicast, turn.Self.Key)]);
        }

        return state.Address == command.Address
            ? Decision.Unchanged<SwitchEvent>()
            : Decision.Accept<SwitchEvent>(
                null, [new SwitchMoved(command.Address, turn.Now)], [new Effect.Nudge(Reconcilers.Multicast, turn.Self.Key)]);
    }

    private static Decision<SwitchEvent> Record(SwitchState state, RecordSwitch command, in Turn turn)
    {
        var seen = command.Seen with { RearPorts = Sorted(command.Seen.RearPorts) };
        var known = state.RearPorts is { } ports ? new SwitchSeen(state.Serial, state.Part, state.Revision, ports) : null;
        if (seen == known && command.At - state.TimeCollected < InventoryLimits.AgeStep)
        {
            return Decision.Unchanged<SwitchEvent>();
        }

        return Decision.Accept<SwitchEvent>(
            null,
            [new SwitchWasSeen(seen, command.At)],
            seen == known ? [] : [new Effect.Nudge(Reconcilers.Multicast, turn.Self.Key)]);
    }

    private static ImmutableArray<string> Sorted(ImmutableArray<string> ports) =>
        [.. ports.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(InventoryLimits.RearPortsMax)];
}
