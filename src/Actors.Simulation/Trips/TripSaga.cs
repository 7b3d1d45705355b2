using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors.Simulation;

/// <summary>Data of the sample saga.</summary>
internal sealed record Trip(string Key, ImmutableArray<string> Done);

/// <summary>
/// Two bookings, a seat on a device by an activity, a third booking that is often full: every step can fail, be retried, and be undone.
/// </summary>
internal sealed class TripSaga : ISaga<Trip>
{
    public static readonly ImmutableArray<string> Desks = ["flight", "hotel", "car"];

    public static string Name => "sim-trip";

    public static ImmutableArray<SagaStep<Trip>> Steps { get; } =
    [
        Booking("flight"),
        Booking("hotel"),
        new SagaStep<Trip>
        {
            Name = "seat",
            Do = trip => new Effect.Activity(SeatActivity.Take, "", new Book(trip.Key)),
            OnReply = (trip, reply) => Read("seat", trip, reply),
            Undo = trip => new Effect.Activity(SeatActivity.Leave, "", new Cancel(trip.Key)),
        },
        Booking("car"),
    ];

    private static SagaStep<Trip> Booking(string desk) => new()
    {
        Name = desk,
        Do = trip => new Effect.Post(new EntityAddress("desk", desk), new Book(trip.Key)),
        OnReply = (trip, reply) => Read(desk, trip, reply),
        Undo = trip => new Effect.Post(new EntityAddress("desk", desk), new Cancel(trip.Key)),
    };

    private static StepEnd<Trip> Read(string step, Trip trip, Reply reply) => reply switch
    {
        Reply.Accepted => new StepEnd<Trip>.Next(trip with { Done = trip.Done.Add(step) }),
        Reply.Refused { Why.Code: "Busy" } => new StepEnd<Trip>.Retry("busy"),
        Reply.Refused refused => new StepEnd<Trip>.Fail(refused.Why),
        _ => throw Invariant.Unreachable("a reply is accepted or refused"),
    };
}
