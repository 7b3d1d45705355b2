using Gantry.Actors;
using Gantry.Contracts;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>
/// Rack membership in the words of the drafts before the release (trust-quorum 7.1): the add answers the bare epoch, the status is the detailed
/// record for admins and the summary for others.
/// </summary>
internal static class QuorumDraftEndpoints
{
    private const string Summary = "summary";
    private const string Detail = "detail";

    public static void Map(ApiRoutes api)
    {
        api.Post($"{QuorumEndpoints.Root}/sleds", "rack_sleds_add", QuorumEndpoints.Tag, "Add sleds to a rack; answers the new epoch")
            .Fleet(Rank.Admin).Hidden().WaitsForSled()
            .Body(QuorumApiJson.Default.DraftAddBody)
            .Example("{\"sled_ids\": [{\"part\": \"913-0000019\", \"serial\": \"BRM42220017\"}]}")
            .Answers(200, QuorumApiJson.Default.Int64)
            .Handle(AddAsync);
        api.Get($"{QuorumEndpoints.Root}/sleds", "rack_sleds_latest", QuorumEndpoints.Tag, "The latest membership of a rack")
            .Fleet(Rank.Viewer).Hidden()
            .Query("view", "how much; default detail for fleet admins, else summary", isRequired: false, Summary, Detail)
            .Answers(200, QuorumApiJson.Default.QuorumRecordAnswer)
            .Handle((call, ct) => ShowAsync(call, null, ct));
        api.Get($"{QuorumEndpoints.Root}/sleds/{{epoch}}", "rack_sleds_view", QuorumEndpoints.Tag, "The membership of a rack at an epoch; null when unknown")
            .Path("epoch", PathForm.Text)
            .Fleet(Rank.Viewer).Hidden()
            .Query("view", "how much; default detail for fleet admins, else summary", isRequired: false, Summary, Detail)
            .Answers(200, QuorumApiJson.Default.QuorumRecordAnswer)
            .Handle((call, ct) => ShowAsync(call, call.Path("epoch"), ct));
    }

    private static async ValueTask<IResult> AddAsync(ApiCall call, CancellationToken ct)
    {
        var (sleds, why) = QuorumRequests.Sleds(call.Body<DraftAddBody>().SledIds);
        if (why is not null)
        {
            return call.Refuse(why);
        }

        var outcome = await call.Quorum().AddAsync(call.Rack(), sleds, call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, record =>
        {
            QuorumWork.Name(call, record);
            return call.Ok(record.Epoch, QuorumApiJson.Default.Int64);
        });
    }

    private static async ValueTask<IResult> ShowAsync(ApiCall call, string? text, CancellationToken ct)
    {
        long? epoch = null;
        if (text is not null && !QuorumRequests.TryEpoch(text, out epoch))
        {
            return new FailureResult(Failure.Malformed(ApiErrors.MalformedPath, $"path parameter \"epoch\": \"{text}\" is not a number"));
        }

        var view = call.Query.GetValueOrDefault("view") ?? (call.Caller.Fleet is Rank.Admin ? Detail : Summary);
        if (view == Detail && call.Caller.Fleet is not Rank.Admin)
        {
            return call.Refuse(ApiErrors.Forbidden(Ranks.FleetWord(Rank.Admin), call.Caller.FleetRole));
        }

        var isBeyond = text is not null && epoch is null;
        var found = isBeyond ? null : await call.Quorum().FindAsync(call.Rack(), epoch, ct).ConfigureAwait(false);
        if (found is var (record, generation))
        {
            return view == Detail
                ? call.Ok(QuorumMaps.Detail(record), QuorumApiJson.Default.QuorumRecordAnswer, generation)
                : call.Ok(QuorumMaps.Draft(record), QuorumApiJson.Default.DraftMembershipAnswer, generation);
        }

        return await call.Views.GetAsync(InventoryViews.Racks, call.Rack().ToString(), ct).ConfigureAwait(false) is null
            ? call.NotFound("rack", call.Rack().ToString())
            : call.Ok(null!, QuorumApiJson.Default.QuorumRecordAnswer); // the draft's answer for an unknown epoch is null
    }
}
