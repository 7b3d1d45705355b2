using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.TrustQuorum;

/// <summary>
/// Takes a sled out of its rack's quorum, one look at a time: proposes the epoch without it, then waits for that to commit. What it waits for is
/// named in each refusal; whoever asked asks again (trust-quorum 5.3, remove).
/// </summary>
internal sealed class LeaveActivity(Lazy<QuorumService> quorum, IRandomSource random) : IActivity
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    public string Name => QuorumActivities.Leave;

    public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
    {
        var wanted = (LeaveQuorum)input;
        if (await quorum.Value.StandingAsync(wanted.Rack, ct).ConfigureAwait(false) is not { } standing
            || new TqState { Latest = standing.Latest, Base = standing.InForce }.Holding(wanted.Sled) is null)
        {
            return new Reply.Accepted(Done.Instance);
        }

        if (standing.Latest.IsActive)
        {
            return new Reply.Refused(TrustQuorumErrors.LeavingWaits(wanted.Sled, standing.Latest.Epoch, standing.Latest.State));
        }

        var how = new AskOptions { Key = CommandKey.Fresh(random), Deadline = s_deadline, Caller = Principal.Reconciler(Name) };
        return await quorum.Value.RemoveAsync(wanted.Rack, wanted.Sled, how, ct).ConfigureAwait(false) switch
        {
            Outcome<TqRecord>.Accepted proposed =>
                new Reply.Refused(TrustQuorumErrors.LeavingWaits(wanted.Sled, proposed.Value.Epoch, proposed.Value.State)),

            // Somebody else's change came first, or the coordinator did not answer: it is looked at again.
            Outcome<TqRecord>.Refused { Why: { Kind: RefusalKind.Conflict or RefusalKind.Unavailable } why } =>
                new Reply.Refused(why with { Kind = RefusalKind.Unavailable }),
            Outcome<TqRecord>.Refused refused => new Reply.Refused(refused.Why),
            _ => new Reply.Refused(TrustQuorumErrors.LeavingWaits(wanted.Sled, standing.Latest.Epoch, standing.Latest.State)),
        };
    }
}
