using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors.Simulation;

/// <summary>Takes bookings of trips up to its room. Sometimes busy: a refusal that says "again", known to have changed nothing.</summary>
internal sealed class DeskDecider : IDecider<DeskState, DeskCommand, DeskEvent>
{
    public const int Room = 4;

    public static DeskState Initial { get; } = new();

    public static Decision<DeskEvent> Decide(DeskState state, DeskCommand command, in Turn turn) => command switch
    {
        Book book when state.Trips.Contains(book.Trip) => Decision.Unchanged<DeskEvent>(),
        Book when StableHash.Of(turn.Key.Value) % 5 == 0 => Refuse("Busy", turn),
        Book when state.Trips.Length >= Room => Refuse("Full", turn),
        Book book => Decision.Accept<DeskEvent>(null, [new Booked(book.Trip)]),
        Cancel cancel when !state.Trips.Contains(cancel.Trip) => Decision.Unchanged<DeskEvent>(),
        Cancel when StableHash.Of(turn.Key.Value) % 5 == 0 => Refuse("Busy", turn),
        Cancel cancel => Decision.Accept<DeskEvent>(null, [new Cancelled(cancel.Trip)]),
        _ => throw Invariant.Unreachable(command.GetType().Name),
    };

    public static DeskState Apply(DeskState state, DeskEvent fact) => fact switch
    {
        Booked e => state with { Trips = state.Trips.Add(e.Trip) },
        Cancelled e => state with { Trips = state.Trips.Remove(e.Trip) },
        _ => throw Invariant.Unreachable(fact.GetType().Name),
    };

    private static Decision<DeskEvent> Refuse(string code, in Turn turn) =>
        Decision.Refuse<DeskEvent>(Refusal.Conflict(code, $"{turn.Self} is {code}"));
}

[Wire("sim.desk")]
internal sealed record DeskState
{
    public ImmutableArray<string> Trips { get; init; } = [];
}

internal sealed record DeskRow(int Count);

internal abstract record DeskCommand;

[Wire("sim.book")]
internal sealed record Book(string Trip) : DeskCommand;

[Wire("sim.cancel")]
internal sealed record Cancel(string Trip) : DeskCommand;

internal abstract record DeskEvent;

[Wire("sim.booked")]
internal sealed record Booked(string Trip) : DeskEvent;

[Wire("sim.cancelled")]
internal sealed record Cancelled(string Trip) : DeskEvent;
