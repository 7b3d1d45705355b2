using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Engine.Tests;

/// <summary>Data of the sample saga: what was booked, in order.</summary>
internal sealed record Trip(string City, ImmutableArray<string> Booked);

/// <summary>Books flight, hotel and car with the entities of these names, then announces it by an activity. The hotel has no undo.</summary>
internal sealed class TripSaga : ISaga<Trip>
{
    public static string Name => "trip";

    public static ImmutableArray<SagaStep<Trip>> Steps { get; } =
    [
        Booking("flight", canUndo: true),
        Booking("hotel", canUndo: false),
        Booking("car", canUndo: true),
        new SagaStep<Trip>
        {
            Name = "announce",
            Do = trip => new Effect.Activity("announce", "", new Order(trip.City)),
            OnReply = (trip, reply) => Read("announce", trip, reply),
            Patience = TimeSpan.FromSeconds(5),
        },
    ];

    private static SagaStep<Trip> Booking(string what, bool canUndo) => new()
    {
        Name = what,
        Do = trip => new Effect.Post(new EntityAddress("desk", what), new Order(trip.City)),
        OnReply = (trip, reply) => Read(what, trip, reply),
        Undo = canUndo ? trip => new Effect.Post(new EntityAddress("desk", what), new Cancel(trip.City)) : null,
    };

    private static StepEnd<Trip> Read(string what, Trip trip, Reply reply) => reply switch
    {
        Reply.Accepted => new StepEnd<Trip>.Next(trip with { Booked = trip.Booked.Add(what) }),
        Reply.Refused { Why.Code: "Busy" } => new StepEnd<Trip>.Retry("the desk is busy"),
        Reply.Refused refused => new StepEnd<Trip>.Fail(refused.Why),
        _ => throw Invariant.Unreachable("a reply is accepted or refused"),
    };
}

/// <summary>Book.</summary>
internal sealed record Order(string City);

/// <summary>Take a booking back.</summary>
internal sealed record Cancel(string City);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Trip))]
internal sealed partial class TripJson : JsonSerializerContext;
