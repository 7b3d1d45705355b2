using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Instances;
using Gantry.Inventory;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>What operators do with a whole sled (operator-experience 5): drain, undrain, expunge, remove. Our own: If-Match is required.</summary>
internal static class SledOperationEndpoints
{
    private const string Tag = "system/hardware";
    private const string One = "/v1/system/hardware/sleds/{sled_id}";

    public static void Map(ApiRoutes api)
    {
        api.Post($"{One}/drain", "sled_drain", Tag, "Take no new VMMs and migrate every VMM away")
            .Fleet(Rank.Operator)
            .WaitsForSled()
            .Answers(202, LongWorkJson.Default.LongWorkStarted)
            .Handle(DrainAsync);
        api.Post($"{One}/undrain", "sled_undrain", Tag, "Take new VMMs again")
            .Fleet(Rank.Operator)
            .Answers(200, HardwareJson.Default.SledAnswer)
            .Handle(UndrainAsync);
        api.Post($"{One}/expunge", "sled_expunge", Tag, "Say that the sled is gone for good")
            .Fleet(Rank.Admin)
            .WaitsForSled()
            .Answers(202, LongWorkJson.Default.LongWorkStarted)
            .Handle(ExpungeAsync);
        api.Post($"{One}/remove", "sled_remove", Tag, "Drain the sled, take it out of the quorum and expunge it")
            .Fleet(Rank.Admin)
            .WaitsForSled()
            .Answers(202, LongWorkJson.Default.LongWorkStarted)
            .Handle(RemoveAsync);
    }

    private static async ValueTask<IResult> DrainAsync(ApiCall call, CancellationToken ct)
    {
        var (sled, failure) = await FindAsync(call, ct).ConfigureAwait(false);
        if (sled is null)
        {
            return failure!; // no row means a failure
        }

        var key = call.NewId("drain");
        var outcome = await call.Service<SledService>().DrainAsync(sled.Id, key, call.Ask(), ct).ConfigureAwait(false);
        return await call.AnswerAsync(outcome, async _ => call.Accepted(
            new LongWorkStarted(await LongWorkEndpoints.OfAsync(call, "sled-drain", key, $"sled/{sled.Id}", ct).ConfigureAwait(false)),
            LongWorkJson.Default.LongWorkStarted)).ConfigureAwait(false);
    }

    private static async ValueTask<IResult> UndrainAsync(ApiCall call, CancellationToken ct)
    {
        var (sled, failure) = await FindAsync(call, ct).ConfigureAwait(false);
        if (sled is null)
        {
            return failure!; // no row means a failure
        }

        var outcome = await call.Service<SledService>().UndrainAsync(sled.Id, call.Ask(), ct).ConfigureAwait(false);
        return await call.AnswerAsync(outcome, async _ =>
            (await call.Views.GetAsync(InventoryViews.Sleds, sled.Id.ToString(), ct).ConfigureAwait(false))?.Row is { } now
                ? call.Ok(HardwareMaps.Sled(now), HardwareJson.Default.SledAnswer, now.Generation)
                : call.NotFound("sled", sled.Id.ToString())).ConfigureAwait(false);
    }

    private static async ValueTask<IResult> ExpungeAsync(ApiCall call, CancellationToken ct)
    {
        var (sled, failure) = await FindAsync(call, ct).ConfigureAwait(false);
        return sled is null ? failure! : await ExpungeAsync(call, sled, "sled.expunge", ct).ConfigureAwait(false); // no row means a failure
    }

    private static async ValueTask<IResult> RemoveAsync(ApiCall call, CancellationToken ct)
    {
        var (sled, failure) = await FindAsync(call, ct).ConfigureAwait(false);
        if (sled is null)
        {
            return failure!; // no row means a failure
        }

        if (sled.Policy == "expunged")
        {
            return await ExpungeAsync(call, sled, "sled.remove", ct).ConfigureAwait(false); // already so
        }

        var key = call.NewId("remove");
        var outcome = await call.Service<SledService>().RemoveAsync(sled, key, call.Ask(), ct).ConfigureAwait(false);
        return await call.AnswerAsync(outcome, async _ => call.Accepted(
            new LongWorkStarted(await LongWorkEndpoints.OfAsync(call, "sled-remove", key, $"sled/{sled.Id}", ct).ConfigureAwait(false)),
            LongWorkJson.Default.LongWorkStarted)).ConfigureAwait(false);
    }

    private static async ValueTask<IResult> ExpungeAsync(ApiCall call, SledRow sled, string kind, CancellationToken ct)
    {
        var outcome = await call.Service<SledExpunger>().ExpungeAsync(sled, call.Ask(), ct).ConfigureAwait(false);
        var now = call.Clock.GetUtcNow();
        return call.Answer(outcome, was => call.Accepted(
            new LongWorkStarted(new LongWork
            {
                Id = call.NewId("expunge"),
                Kind = kind,
                Target = $"sled/{sled.Id}",
                State = "succeeded",
                Step = "expunged",
                StepNumber = 1,
                StepsTotal = 1,
                Blockers = [],
                Started = now,
                Updated = now,
                Result = was.PreviousPolicy,
            }),
            LongWorkJson.Default.LongWorkStarted));
    }

    private static async ValueTask<(SledRow? Row, IResult? Failure)> FindAsync(ApiCall call, CancellationToken ct)
    {
        var id = call.PathId("sled_id").ToString();
        if ((await call.Views.GetAsync(InventoryViews.Sleds, id, ct).ConfigureAwait(false))?.Row is not { } sled)
        {
            return (null, call.NotFound("sled", id));
        }

        return call.IfMatch is null
            ? (null, call.Refuse(new Refusal(
                RefusalKind.GenerationRequired, "GenerationRequired", $"changing sled {sled.Serial} needs the generation that was looked at",
                $"read the sled and send If-Match: \"g{sled.Generation}\"")))
            : (sled, null);
    }
}
