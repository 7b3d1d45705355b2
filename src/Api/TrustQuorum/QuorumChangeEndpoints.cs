using Gantry.Actors;
using Gantry.Primitives;
using Gantry.TrustQuorum;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>
/// Our own changes of membership, which Nexus keeps internal: remove, recover, upgrade. They answer 202 with the work that began;
/// <c>If-Match</c> is required.
/// </summary>
internal static class QuorumChangeEndpoints
{
    public static void Map(ApiRoutes api)
    {
        api.Post($"{QuorumEndpoints.Root}/membership/remove", "rack_membership_remove", QuorumEndpoints.Tag, "Remove a sled from rack membership")
            .Fleet(Rank.Admin).Hidden().WaitsForSled()
            .Body(QuorumApiJson.Default.QuorumSledBody)
            .Answers(202, QuorumApiJson.Default.QuorumWorkStarted)
            .Handle(RemoveAsync);
        api.Post($"{QuorumEndpoints.Root}/membership/recover", "rack_membership_recover", QuorumEndpoints.Tag, "Abort what is preparing and propose the same members again")
            .Fleet(Rank.Admin).Hidden().WaitsForSled()
            .Answers(202, QuorumApiJson.Default.QuorumWorkStarted)
            .Handle((call, ct) => ChangeAsync(
                call,
                (quorum, ask) => quorum.RecoverAsync(call.Rack(), ask, ct),
                ct));
        api.Post($"{QuorumEndpoints.Root}/membership/lrtq-upgrade", "rack_membership_lrtq_upgrade", QuorumEndpoints.Tag, "Upgrade a rack from the older scheme")
            .Fleet(Rank.Admin).Hidden().WaitsForSled()
            .Answers(202, QuorumApiJson.Default.QuorumWorkStarted)
            .Handle((call, ct) => ChangeAsync(
                call,
                (quorum, ask) => quorum.UpgradeAsync(call.Rack(), ask, ct),
                ct));
    }

    private static ValueTask<IResult> RemoveAsync(ApiCall call, CancellationToken ct)
    {
        var (sleds, why) = QuorumRequests.Sleds([call.Body<QuorumSledBody>()]);
        return why is not null
            ? ValueTask.FromResult(call.Refuse(why))
            : ChangeAsync(
                call,
                (quorum, ask) => quorum.RemoveAsync(call.Rack(), sleds[0], ask, ct),
                ct);
    }

    private static async ValueTask<IResult> ChangeAsync(
        ApiCall call,
        Func<QuorumService, AskOptions, ValueTask<Outcome<TqRecord>>> change,
        CancellationToken ct)
    {
        if (call.Http.Request.Headers.IfMatch.Count == 0 && !call.IsDryRun)
        {
            return call.Refuse(new Refusal(
                RefusalKind.GenerationRequired,
                "GenerationRequired",
                "this change needs the generation that it was decided on",
                "read the membership and send its ETag as If-Match (\"g0\" when there is none yet)"));
        }

        var outcome = await change(call.Quorum(), call.Ask()).ConfigureAwait(false);
        return await call.MembershipAsync(outcome, isOurs: true, ct).ConfigureAwait(false);
    }
}
