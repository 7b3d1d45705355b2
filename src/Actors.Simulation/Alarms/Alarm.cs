using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors.Simulation;

/// <summary>Sets, replaces and cancels timers, and notices one that rings though it was replaced.</summary>
internal sealed class AlarmDecider : IDecider<AlarmState, AlarmCommand, AlarmEvent>
{
    public static AlarmState Initial { get; } = new();

    public static Decision<AlarmEvent> Decide(AlarmState state, AlarmCommand command, in Turn turn) => command switch
    {
        SetAlarm set => Decision.Accept<AlarmEvent>(
            new Standing(state.Last + 1, turn.Revision + 1),
            [new AlarmSet(set.Name, state.Last + 1)],
            [new Effect.SetTimer(set.Name, set.Due, new Ring(set.Name, state.Last + 1))]),
        StopAlarm stop when !state.Armed.ContainsKey(stop.Name) =>
            Decision.Refuse<AlarmEvent>(Refusal.Conflict("NotSet", $"{turn.Self} has no alarm {stop.Name}")),
        StopAlarm stop => Decision.Accept<AlarmEvent>(
            new Standing(state.Last, turn.Revision + 1), [new AlarmStopped(stop.Name)], [new Effect.CancelTimer(stop.Name)]),
        Ring ring => Decision.Accept<AlarmEvent>(
            null, [state.Armed.GetValueOrDefault(ring.Name) == ring.Number ? new Rang(ring.Name, ring.Number) : new RangStale(ring.Name, ring.Number)]),
        _ => throw Invariant.Unreachable(command.GetType().Name),
    };

    public static AlarmState Apply(AlarmState state, AlarmEvent fact) => fact switch
    {
        AlarmSet e => state with { Last = e.Number, Armed = state.Armed.SetItem(e.Name, e.Number) },
        AlarmStopped e => state with { Armed = state.Armed.Remove(e.Name) },
        Rang e => state with { Armed = state.Armed.Remove(e.Name) },
        RangStale => state,
        _ => throw Invariant.Unreachable(fact.GetType().Name),
    };
}

[Wire("sim.alarm")]
internal sealed record AlarmState
{
    public long Last { get; init; }

    public ImmutableSortedDictionary<string, long> Armed { get; init; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);
}

internal sealed record AlarmRow(int Armed, long Last);

internal abstract record AlarmCommand;

internal sealed record SetAlarm(string Name, TimeSpan Due) : AlarmCommand;

internal sealed record StopAlarm(string Name) : AlarmCommand;

[Wire("sim.ring")]
internal sealed record Ring(string Name, long Number) : AlarmCommand;

internal abstract record AlarmEvent;

[Wire("sim.alarm-set")]
internal sealed record AlarmSet(string Name, long Number) : AlarmEvent;

[Wire("sim.alarm-stopped")]
internal sealed record AlarmStopped(string Name) : AlarmEvent;

[Wire("sim.rang")]
internal sealed record Rang(string Name, long Number) : AlarmEvent;

/// <summary>Must never be.</summary>
[Wire("sim.rang-stale")]
internal sealed record RangStale(string Name, long Number) : AlarmEvent;
