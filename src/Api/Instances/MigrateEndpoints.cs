using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Instances;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Moves a running instance to another sled (vmm-sled-rack 4.7); the external twin of what Nexus keeps internal.</summary>
internal static class MigrateEndpoints
{
    public static void Map(ApiRoutes api) =>
        api.Post("/v1/instances/{instance}/migrate", "instance_migrate", "instances", "Migrate instance to another sled")
            .Query(FoundInstance.ProjectQuery, "name or id of the project; needed with a name, not allowed with an id")
            .Fleet(Rank.Operator)
            .WaitsForSled()
            .Body(LongWorkJson.Default.MigrateBody)
            .Answers(202, LongWorkJson.Default.LongWorkStarted)
            .Handle(MigrateAsync);

    private static async ValueTask<IResult> MigrateAsync(ApiCall call, CancellationToken ct)
    {
        var found = await FoundInstance.OfAsync(call, Rank.Operator, ct).ConfigureAwait(false);
        if (found.Row is not { } row)
        {
            return found.Failure!; // no row means a failure
        }

        var outcome = await BeginAsync(call, row, ct).ConfigureAwait(false);
        return outcome is null ? call.NotFound("sled", call.Body<MigrateBody>().DstSledId.ToString()) : await call.AnswerAsync(outcome, async _ =>
            call.Accepted(
                new LongWorkStarted(await LongWorkEndpoints.OfAsync(
                    call, "instance-migrate", call.NewId("vmm"), $"instance/{row.Id}", ct).ConfigureAwait(false)),
                LongWorkJson.Default.LongWorkStarted)).ConfigureAwait(false);
    }

    /// <summary>Begins the migration that the body asks for; null when there is no such sled.</summary>
    public static async ValueTask<Outcome<Done>?> BeginAsync(ApiCall call, InstanceRow row, CancellationToken ct)
    {
        var sled = SledId.From(call.Body<MigrateBody>().DstSledId);
        return await call.Views.GetAsync(InventoryViews.Sleds, sled.ToString(), ct).ConfigureAwait(false) is null
            ? null
            : await call.Service<InstanceService>().MigrateAsync(
                row, sled, VmmId.From(call.NewId("vmm")), MigrationId.From(call.NewId("migration")), call.Ask(), ct).ConfigureAwait(false);
    }
}
