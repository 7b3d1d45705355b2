using System.Text.Json;
using Gantry.Actors;
using Gantry.Primitives;
using Gantry.TrustQuorum;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Rack membership as released (trust-quorum 7.1): add, abort, status.</summary>
internal static class QuorumEndpoints
{
    public const string Tag = "experimental";
    public const string Root = "/v1/system/hardware/racks/{rack_id}";

    public static void Map(ApiRoutes api)
    {
        api.Post($"{Root}/membership/add", "rack_membership_add_sleds", Tag, "Add new sleds to rack membership")
            .Fleet(Rank.Admin).Hidden().WaitsForSled()
            .Body(QuorumApiJson.Default.MembershipAddBody)
            .Example("{\"sled_ids\": [{\"part_number\": \"913-0000019\", \"serial_number\": \"BRM42220017\"}]}")
            .Answers(200, QuorumApiJson.Default.RackMembershipAnswer)
            .Handle(AddAsync);
        api.Post($"{Root}/membership/abort", "rack_membership_abort", Tag, "Abort the latest rack membership change")
            .Fleet(Rank.Admin).Hidden()
            .Answers(200, QuorumApiJson.Default.RackMembershipAnswer)
            .Handle(AbortAsync);
        api.Get($"{Root}/membership", "rack_membership_status", Tag, "Retrieve the rack cluster membership status")
            .Fleet(Rank.Viewer).Hidden()
            .Query("version", "an epoch; default the latest")
            .Answers(200, QuorumApiJson.Default.RackMembershipAnswer)
            .Handle(ShowAsync);
    }

    public static RackId Rack(this ApiCall call) => RackId.From(call.PathId("rack_id"));

    public static QuorumService Quorum(this ApiCall call) => call.Service<QuorumService>();

    /// <summary>Answers a change with the membership, or with the plan of a dry run; our own ones with the work that began (202).</summary>
    public static async ValueTask<IResult> MembershipAsync(this ApiCall call, Outcome<TqRecord> outcome, bool isOurs, CancellationToken ct)
    {
        if (outcome is not Outcome<TqRecord>.Accepted { Value: var record } accepted)
        {
            return OutcomeAnswers.Fail(outcome);
        }

        call.MarkReplay(accepted.IsReplay);
        if (call.IsDryRun)
        {
            call.DryRunDetail = JsonSerializer.SerializeToNode(
                await PlanAsync(call, record, ct).ConfigureAwait(false), QuorumApiJson.Default.QuorumPlanAnswer);
            return call.NoContent();
        }

        // A tag of a later record would let the next change pass for decided on this one.
        var generation = await call.Quorum().FindAsync(record.Rack, null, ct).ConfigureAwait(false) is var (newest, now) && newest.Epoch == record.Epoch
            ? now
            : (long?)null;
        var membership = QuorumMaps.Membership(record, generation);
        QuorumWork.Name(call, record);
        return isOurs
            ? new JsonAnswer<QuorumWorkStarted>(
                202,
                new QuorumWorkStarted(await QuorumWork.OfAsync(call, record, ct).ConfigureAwait(false), membership),
                QuorumApiJson.Default.QuorumWorkStarted) { Generation = generation }
            : new JsonAnswer<RackMembershipAnswer>(200, membership, QuorumApiJson.Default.RackMembershipAnswer) { Generation = generation };
    }

    private static async ValueTask<QuorumPlanAnswer> PlanAsync(ApiCall call, TqRecord record, CancellationToken ct)
    {
        var from = record.LastCommittedEpoch is { } epoch
            ? (await call.Quorum().FindAsync(record.Rack, epoch, ct).ConfigureAwait(false))?.Record
            : null;
        return QuorumMaps.Plan(record, from, await call.Quorum().ReachAsync(record, ct).ConfigureAwait(false));
    }

    private static async ValueTask<IResult> AddAsync(ApiCall call, CancellationToken ct)
    {
        var (sleds, why) = QuorumRequests.Sleds(call.Body<MembershipAddBody>().SledIds);
        if (why is not null)
        {
            return call.Refuse(why);
        }

        var outcome = await call.Quorum().AddAsync(call.Rack(), sleds, call.Ask(), ct).ConfigureAwait(false);
        return await call.MembershipAsync(outcome, isOurs: false, ct).ConfigureAwait(false);
    }

    private static async ValueTask<IResult> AbortAsync(ApiCall call, CancellationToken ct)
    {
        var outcome = await call.Quorum().AbortAsync(call.Rack(), null, call.Ask(), ct).ConfigureAwait(false);
        if (call.IsDryRun && outcome is Outcome<TqRecord>.Accepted)
        {
            var standing = await call.Quorum().StandingAsync(call.Rack(), ct).ConfigureAwait(false);
            call.DryRunDetail = JsonSerializer.SerializeToNode(
                standing is null ? null : QuorumMaps.AbortPlan(standing), QuorumApiJson.Default.QuorumAbortPlanAnswer);
            return call.NoContent();
        }

        return await call.MembershipAsync(outcome, isOurs: false, ct).ConfigureAwait(false);
    }

    private static async ValueTask<IResult> ShowAsync(ApiCall call, CancellationToken ct)
    {
        long? epoch = null;
        if (call.Query.TryGetValue("version", out var text))
        {
            if (!QuorumRequests.TryEpoch(text, out epoch))
            {
                return new FailureResult(Failure.Malformed(ApiErrors.MalformedQuery, "query parameter \"version\" is not a number"));
            }

            if (epoch is null)
            {
                return call.NotFound("rack membership version", text);
            }
        }

        return await call.Quorum().FindAsync(call.Rack(), epoch, ct).ConfigureAwait(false) is var (record, generation)
            ? call.Ok(QuorumMaps.Membership(record, generation), QuorumApiJson.Default.RackMembershipAnswer, generation)
            : call.NotFound("rack membership", text is null ? call.Rack().ToString() : $"{call.Rack()} version {text}");
    }
}
