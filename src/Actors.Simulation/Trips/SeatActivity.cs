using Gantry.Primitives;

namespace Gantry.Actors.Simulation;

/// <summary>Takes or leaves a seat on the fake device; the token makes a second run harmless.</summary>
internal sealed class SeatActivity(string name, ISeatPort port) : IActivity
{
    public const string Take = "seat-take";
    public const string Leave = "seat-leave";

    public string Name => name;

    public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
    {
        var trip = input switch
        {
            Book book => book.Trip,
            Cancel cancel => cancel.Trip,
            _ => throw Invariant.Unreachable(input.GetType().Name),
        };
        var isDone = await port.SetAsync(trip, isTaken: name == Take).ConfigureAwait(false);
        return isDone
            ? new Reply.Accepted(Done.Instance)
            : new Reply.Refused(Refusal.Conflict("NoSeat", $"no seat is left for {trip}"));
    }
}

/// <summary>The device with the seats.</summary>
internal interface ISeatPort
{
    /// <summary>False: known not to be done. A throw: not known.</summary>
    Task<bool> SetAsync(string trip, bool isTaken);
}
