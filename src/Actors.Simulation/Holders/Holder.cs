using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors.Simulation;

/// <summary>Holds names that no other may hold: takes, drops, swaps in one decision, and gives to another by mail.</summary>
internal sealed class HolderDecider : IDecider<HolderState, HolderCommand, HolderEvent>
{
    public const string Space = "sim-name";

    public static HolderState Initial { get; } = new();

    public static Decision<HolderEvent> Decide(HolderState state, HolderCommand command, in Turn turn) => command switch
    {
        TakeName take when state.Names.Contains(take.Name) => Decision.Unchanged<HolderEvent>(new Standing(state.Names.Length, turn.Revision)),
        TakeName take => Decision.Accept<HolderEvent>(
            new Standing(state.Names.Length + 1, turn.Revision + 1), [new NameTaken(take.Name)], [new Effect.Claim(Space, take.Name)]),
        DropName drop when !state.Names.Contains(drop.Name) => NotHeld(drop.Name, turn),
        DropName drop => Decision.Accept<HolderEvent>(
            new Standing(state.Names.Length - 1, turn.Revision + 1), [new NameDropped(drop.Name)], [new Effect.Release(Space, drop.Name)]),
        SwapName swap when !state.Names.Contains(swap.Drop) || state.Names.Contains(swap.Take) => NotHeld(swap.Drop, turn),
        SwapName swap => Decision.Accept<HolderEvent>(
            new Standing(state.Names.Length, turn.Revision + 2),
            [new NameDropped(swap.Drop), new NameTaken(swap.Take)],
            [new Effect.Release(Space, swap.Drop), new Effect.Claim(Space, swap.Take)]),
        GiveName give when !state.Names.Contains(give.Name) => NotHeld(give.Name, turn),
        GiveName give => Decision.Accept<HolderEvent>(
            new Standing(state.Names.Length - 1, turn.Revision + 1),
            [new NameDropped(give.Name)],
            [new Effect.Release(Space, give.Name), new Effect.Post(give.To, new TakeName(give.Name), default, "give")]),
        GiveAnswered answered => Decision.Accept<HolderEvent>(null, [new GiveEnded(answered.IsTaken)]),
        _ => throw Invariant.Unreachable(command.GetType().Name),
    };

    public static HolderState Apply(HolderState state, HolderEvent fact) => fact switch
    {
        NameTaken e => state with { Names = state.Names.Add(e.Name) },
        NameDropped e => state with { Names = state.Names.Remove(e.Name) },
        GiveEnded e => e.IsTaken ? state with { Given = state.Given + 1 } : state,
        _ => throw Invariant.Unreachable(fact.GetType().Name),
    };

    private static Decision<HolderEvent> NotHeld(string name, in Turn turn) =>
        Decision.Refuse<HolderEvent>(Refusal.Conflict("NotHeld", $"{turn.Self} does not hold {name}"));
}

[Wire("sim.holder")]
internal sealed record HolderState
{
    public ImmutableArray<string> Names { get; init; } = [];

    public int Given { get; init; }
}

internal sealed record HolderRow(ImmutableArray<string> Names);

internal abstract record HolderCommand;

[Wire("sim.take-name")]
internal sealed record TakeName(string Name) : HolderCommand;

internal sealed record DropName(string Name) : HolderCommand;

internal sealed record SwapName(string Drop, string Take) : HolderCommand;

internal sealed record GiveName(string Name, EntityAddress To) : HolderCommand;

internal sealed record GiveAnswered(bool IsTaken) : HolderCommand;

internal abstract record HolderEvent;

[Wire("sim.name-taken")]
internal sealed record NameTaken(string Name) : HolderEvent;

[Wire("sim.name-dropped")]
internal sealed record NameDropped(string Name) : HolderEvent;

[Wire("sim.give-ended")]
internal sealed record GiveEnded(bool IsTaken) : HolderEvent;
