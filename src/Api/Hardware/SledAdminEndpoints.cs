using System.Text.Json.Serialization;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Inventory;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>
/// Admin listener: the lockstep operations on sleds and instances (vmm-sled-rack 5.3). Unversioned, without If-Match; their external twins are
/// what operators use.
/// </summary>
internal static class SledAdminEndpoints
{
    private const string Tag = "system/hardware";

    public static void Map(ApiRoutes api)
    {
        api.Post("/sleds/expunge", "lockstep_sled_expunge", Tag, "Say that a sled is gone for good; answers its previous policy")
            .Fleet(Rank.Admin).WaitsForSled()
            .Body(SledAdminJson.Default.SledSelector)
            .Answers(200, SledAdminJson.Default.SledPolicyAnswer)
            .Fails(409, "Conflict", "the sled is a member of the quorum, or decommissioned")
            .Handle(ExpungeAsync);
        api.Post("/sleds/decommission", "lockstep_sled_decommission", Tag, "Give back the id and subnet of an expunged sled without VMMs")
            .Fleet(Rank.Admin)
            .Body(SledAdminJson.Default.SledSelector)
            .Answers(204)
            .Fails(409, "Conflict", "the sled is in service, or VMMs of it are not torn down yet")
            .Handle(DecommissionAsync);
        api.Get("/sleds/uninitialized", "lockstep_sled_list_uninitialized", Tag, "List uninitialized sleds")
            .Fleet(Rank.Admin)
            .Answers(200, HardwareJson.Default.UninitializedSledPage)
            .Handle(SledEndpoints.ListUninitializedAsync);
        api.Post("/instances/{instance_id}/migrate", "lockstep_instance_migrate", "instances", "Migrate an instance to another sled")
            .Fleet(Rank.Admin).WaitsForSled()
            .Body(LongWorkJson.Default.MigrateBody)
            .Answers(200, InstanceApiJson.Default.InstanceAnswer)
            .Handle(MigrateAsync);
    }

    private static async ValueTask<IResult> ExpungeAsync(ApiCall call, CancellationToken ct)
    {
        var (sled, failure) = await FindAsync(call, ct).ConfigureAwait(false);
        if (sled is null)
        {
            return failure!; // no row means a failure
        }

        var outcome = await call.Service<SledExpunger>().ExpungeAsync(sled, call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, was => call.Ok(SledPolicyAnswer.Of(was.PreviousPolicy), SledAdminJson.Default.SledPolicyAnswer));
    }

    private static async ValueTask<IResult> DecommissionAsync(ApiCall call, CancellationToken ct)
    {
        var (sled, failure) = await FindAsync(call, ct).ConfigureAwait(false);
        if (sled is null)
        {
            return failure!; // no row means a failure
        }

        // The sled's entity guards its reservations; a VMM whose start was unwound holds none and has its record still.
        var left = await call.Views.ListAsync(
            new ViewQuery<VmmRow>(InstanceViews.Vmms).WhereEqual("sled", sled.Id.ToString()), ct).ConfigureAwait(false);
        if (!left.IsEmpty)
        {
            return call.Refuse(Refusal.Conflict(
                "SledHasVmms", $"{left.Length} VMMs of sled {sled.Serial} are not torn down yet", "try again in a minute: the reaper takes them away"));
        }

        var outcome = await call.Entities.AskAsync(
            Addresses.Sled(sled.Id), new SetSledState("decommissioned"), call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, _ => call.NoContent());
    }

    private static async ValueTask<IResult> MigrateAsync(ApiCall call, CancellationToken ct)
    {
        var id = call.PathId("instance_id").ToString();
        if ((await call.Views.GetAsync(InstanceViews.Instances, id, ct).ConfigureAwait(false))?.Row is not { } row)
        {
            return call.NotFound("instance", id);
        }

        var outcome = await MigrateEndpoints.BeginAsync(call, row, ct).ConfigureAwait(false);
        return outcome is null ? call.NotFound("sled", call.Body<MigrateBody>().DstSledId.ToString()) : await call.AnswerAsync(outcome, async _ =>
            (await call.Views.GetAsync(InstanceViews.Instances, id, ct).ConfigureAwait(false))?.Row is { } now
                ? call.Ok(InstanceEndpoints.AnswerOf(now), InstanceApiJson.Default.InstanceAnswer, now.Generation)
                : call.NotFound("instance", id)).ConfigureAwait(false);
    }

    private static async ValueTask<(SledRow? Row, IResult? Failure)> FindAsync(ApiCall call, CancellationToken ct)
    {
        var id = call.Body<SledSelector>().Sled.ToString();
        return (await call.Views.GetAsync(InventoryViews.Sleds, id, ct).ConfigureAwait(false))?.Row is { } sled
            ? (sled, null)
            : (null, call.NotFound("sled", id));
    }
}

/// <summary>Names a sled.</summary>
internal sealed record SledSelector
{
    public required Guid Sled { get; init; }
}

/// <summary>Bodies of the lockstep operations.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SledSelector))]
[JsonSerializable(typeof(SledPolicyAnswer))]
internal sealed partial class SledAdminJson : JsonSerializerContext;
