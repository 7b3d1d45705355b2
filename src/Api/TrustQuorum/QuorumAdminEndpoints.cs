using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Admin listener: the lockstep operations of trust quorum (trust-quorum 7.2). They answer the bare record and epoch.</summary>
internal static class QuorumAdminEndpoints
{
    private const string Tag = "trust-quorum";

    public static void Map(ApiRoutes api)
    {
        api.Get("/trust-quorum/config/{rack_id}", "trust_quorum_get_config", Tag, "A configuration in detail; default the latest")
            .Fleet(Rank.Admin)
            .Query("epoch", "an epoch; default the latest")
            .Answers(200, QuorumApiJson.Default.QuorumRecordAnswer)
            .Handle(ShowAsync);
        api.Post("/trust-quorum/lrtq-upgrade", "trust_quorum_lrtq_upgrade", Tag, "Upgrade the rack from the older scheme; answers the epoch")
            .Fleet(Rank.Admin).WaitsForSled()
            .Query("rack_id", "the rack, when there is more than one")
            .Answers(200, QuorumApiJson.Default.Int64)
            .Handle(UpgradeAsync);
        api.Post("/trust-quorum/remove/{rack_id}", "trust_quorum_remove_sled", Tag, "Remove a sled; answers the epoch")
            .Fleet(Rank.Admin).WaitsForSled()
            .Body(QuorumApiJson.Default.QuorumSledBody)
            .Answers(200, QuorumApiJson.Default.Int64)
            .Handle(RemoveAsync);
    }

    private static async ValueTask<IResult> ShowAsync(ApiCall call, CancellationToken ct)
    {
        long? epoch = null;
        if (call.Query.TryGetValue("epoch", out var text) && !QuorumRequests.TryEpoch(text, out epoch))
        {
            return new FailureResult(Failure.Malformed(ApiErrors.MalformedQuery, "query parameter \"epoch\" is not a number"));
        }

        var isBeyond = text is not null && epoch is null;
        return !isBeyond && await call.Quorum().FindAsync(call.Rack(), epoch, ct).ConfigureAwait(false) is var (record, generation)
            ? call.Ok(QuorumMaps.Detail(record), QuorumApiJson.Default.QuorumRecordAnswer, generation)
            : call.NotFound("trust quorum configuration", text is null ? call.Rack().ToString() : $"{call.Rack()} epoch {text}");
    }

    private static async ValueTask<IResult> UpgradeAsync(ApiCall call, CancellationToken ct)
    {
        var racks = await call.Views.ListAsync(new ViewQuery<RackRow>(InventoryViews.Racks), ct).ConfigureAwait(false);
        var asked = call.Query.GetValueOrDefault("rack_id");
        var rack = asked is null && racks.Length == 1 ? racks[0] : racks.FirstOrDefault(r => r.Key == asked);
        if (rack is null)
        {
            return asked is null
                ? call.Refuse(Refusal.Invalid(ApiErrors.MalformedQuery, $"there are {racks.Length} racks; say which with rack_id"))
                : call.NotFound("rack", asked);
        }

        var outcome = await call.Quorum().UpgradeAsync(rack.Row.Id, call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, record => call.Ok(record.Epoch, QuorumApiJson.Default.Int64));
    }

    private static async ValueTask<IResult> RemoveAsync(ApiCall call, CancellationToken ct)
    {
        var (sleds, why) = QuorumRequests.Sleds([call.Body<QuorumSledBody>()]);
        if (why is not null)
        {
            return call.Refuse(why);
        }

        var outcome = await call.Quorum().RemoveAsync(call.Rack(), sleds[0], call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, record => call.Ok(record.Epoch, QuorumApiJson.Default.Int64));
    }
}
