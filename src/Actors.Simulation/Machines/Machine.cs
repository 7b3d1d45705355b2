using Gantry.Primitives;

namespace Gantry.Actors.Simulation;

/// <summary>What a device should be set to, under a generation, and what it was last seen at.</summary>
internal sealed class MachineDecider : IDecider<MachineState, MachineCommand, MachineEvent>
{
    public const string Reconciler = "sim_machines";

    public static MachineState Initial { get; } = new();

    public static Decision<MachineEvent> Decide(MachineState state, MachineCommand command, in Turn turn) => command switch
    {
        Want want when want.Value == state.Value => Decision.Unchanged<MachineEvent>(new Standing(state.Generation, turn.Revision)),
        Want want => Decision.Accept<MachineEvent>(
            new Standing(state.Generation + 1, turn.Revision + 1),
            [new Wanted(state.Generation + 1, want.Value)],
            [new Effect.Nudge(Reconciler, turn.Self.Key)]),
        RecordApplied applied when applied.Generation <= state.Applied => Decision.Unchanged<MachineEvent>(),
        RecordApplied applied => Decision.Accept<MachineEvent>(null, [new Applied(applied.Generation)]),
        _ => throw Invariant.Unreachable(command.GetType().Name),
    };

    public static MachineState Apply(MachineState state, MachineEvent fact) => fact switch
    {
        Wanted e => state with { Generation = e.Generation, Value = e.Value },
        Applied e => state with { Applied = e.Generation },
        _ => throw Invariant.Unreachable(fact.GetType().Name),
    };
}

[Wire("sim.machine")]
internal sealed record MachineState : IHasGeneration
{
    public long Generation { get; init; }

    public long Value { get; init; }

    public long Applied { get; init; }
}

internal sealed record MachineRow(long Generation, long Value, long Applied);

internal abstract record MachineCommand;

internal sealed record Want(long Value) : MachineCommand;

internal sealed record RecordApplied(long Generation) : MachineCommand;

internal abstract record MachineEvent;

[Wire("sim.wanted")]
internal sealed record Wanted(long Generation, long Value) : MachineEvent;

[Wire("sim.applied")]
internal sealed record Applied(long Generation) : MachineEvent;
