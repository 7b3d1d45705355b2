using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Inventory;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Sleds: list, show, what runs there, whether new VMMs may be placed there, and hardware that is not added yet.</summary>
internal static class SledEndpoints
{
    private const string Tag = "system/hardware";
    private const string Root = "/v1/system/hardware";
    private const long Mebibyte = 1024 * 1024;

    public static void Map(ApiRoutes api)
    {
        api.Get($"{Root}/sleds", "sled_list", Tag, "List sleds")
            .Fleet(Rank.Viewer)
            .Paged(SortOrder.IdOnly)
            .Answers(200, HardwareJson.Default.SledPage)
            .Handle((call, ct) => call.PageAsync(InService, HardwareMaps.Sled, HardwareJson.Default.SledPage, ct));
        api.Get($"{Root}/sleds/{{sled_id}}", "sled_view", Tag, "Fetch sled")
            .Fleet(Rank.Viewer)
            .Answers(200, HardwareJson.Default.SledAnswer)
            .Handle(ShowAsync);
        api.Get($"{Root}/sleds/{{sled_id}}/instances", "sled_instance_list", Tag, "List instances running on given sled")
            .Fleet(Rank.Viewer)
            .Paged(SortOrder.IdOnly)
            .Answers(200, HardwareJson.Default.SledInstancePage)
            .Handle(ListInstancesAsync);
        api.Put($"{Root}/sleds/{{sled_id}}/provision-policy", "sled_set_provision_policy", Tag, "Set sled provision policy")
            .Fleet(Rank.Admin)
            .Body(HardwareJson.Default.ProvisionPolicyBody)
            .Answers(200, HardwareJson.Default.ProvisionPolicyAnswer)
            .Handle(SetPolicyAsync);
        api.Get($"{Root}/sleds-uninitialized", "sled_list_uninitialized", Tag, "List uninitialized sleds")
            .Fleet(Rank.Viewer)
            .Query(QueryReader.Limit, "accepted and not needed: there is one page only")
            .Query(QueryReader.Token, "refused: there is one page only")
            .Answers(200, HardwareJson.Default.UninitializedSledPage)
            .Handle(ListUninitializedAsync);
    }

    // In service only; an expunged sled can still be shown by id (vmm-sled-rack 5.4).
    private static ViewQuery<SledRow> InService => new(InventoryViews.Sleds)
    {
        Where =
        [
            new ViewTest("policy", ViewTestKind.NotEqual, "expunged"),
            new ViewTest("state", ViewTestKind.Equal, "active"),
        ],
    };

    private static async ValueTask<IResult> ShowAsync(ApiCall call, CancellationToken ct)
    {
        var id = call.PathId("sled_id").ToString();
        return await call.Views.GetAsync(InventoryViews.Sleds, id, ct).ConfigureAwait(false) is { } sled
            ? call.Ok(HardwareMaps.Sled(sled.Row), HardwareJson.Default.SledAnswer, sled.Row.Generation)
            : call.NotFound("sled", id);
    }

    private static async ValueTask<IResult> ListInstancesAsync(ApiCall call, CancellationToken ct)
    {
        var id = call.PathId("sled_id").ToString();
        if (await call.Views.GetAsync(InventoryViews.Sleds, id, ct).ConfigureAwait(false) is null)
        {
            return call.NotFound("sled", id);
        }

        return await call.PageAsync<InstanceRow, SledInstanceAnswer>(
            new ViewQuery<InstanceRow>(InstanceViews.Instances).WhereEqual("sled", id),
            (item, views) => SledInstanceAsync(item.Row, views, ct),
            HardwareJson.Default.SledInstancePage,
            ct).ConfigureAwait(false);
    }

    private static async ValueTask<SledInstanceAnswer?> SledInstanceAsync(InstanceRow row, IViews views, CancellationToken ct)
    {
        var project = await views.GetAsync(TenancyViews.Projects, row.Project.ToString(), ct).ConfigureAwait(false);
        var silo = await views.GetAsync(TenancyViews.Silos, row.Silo.ToString(), ct).ConfigureAwait(false);
        return row.Sled is not { } sled || project is null || silo is null
            ? null
            : new SledInstanceAnswer
            {
                Id = row.Id.Value,
                Name = row.Name,
                ActiveSledId = sled.Value,
                MigrationId = row.Migration?.Value,
                ProjectName = project.Row.Name,
                SiloName = silo.Row.Name,
                State = row.RunState,
                Ncpus = row.Cpus,
                Memory = row.MemoryBytes / Mebibyte,
                TimeCreated = row.TimeCreated,
                TimeModified = row.TimeModified,
            };
    }

    private static async ValueTask<IResult> SetPolicyAsync(ApiCall call, CancellationToken ct)
    {
        var sled = new SledId(call.PathId("sled_id"));
        var outcome = await call.Entities.AskAsync(
            Addresses.Sled(sled), new SetProvisionPolicy(call.Body<ProvisionPolicyBody>().State), call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(
            outcome, set => call.Ok(new ProvisionPolicyAnswer(set.OldState, set.NewState), HardwareJson.Default.ProvisionPolicyAnswer));
    }

    internal static async ValueTask<IResult> ListUninitializedAsync(ApiCall call, CancellationToken ct)
    {
        if (call.Query.ContainsKey(QueryReader.Token))
        {
            return new FailureResult(Failure.Malformed(
                ApiErrors.BadPageToken, "this list has one page only and gives out no page_token", "leave page_token away"));
        }

        var snapshot = await call.Views.SnapshotAsync(ct).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var sleds = await snapshot.ListAsync(InService, ct).ConfigureAwait(false);
            var known = sleds.Select(s => (s.Row.Part, s.Row.Serial)).ToHashSet();
            var seen = await snapshot.ListAsync(new ViewQuery<ServiceProcessorRow>(InventoryViews.ServiceProcessors), ct).ConfigureAwait(false);
            var rows = seen
                .Where(s => s.Row.Type == "sled" && !known.Contains((s.Row.Part, s.Row.Serial)))
                .OrderBy(s => s.Row.Slot)
                .Select(s => new UninitializedSledAnswer(
                    new BaseboardAnswer(s.Row.Serial, s.Row.Part, 0), s.Row.Rack.Value, s.Row.Slot))
                .ToList();
            return call.Ok(new Page<UninitializedSledAnswer> { Items = rows }, HardwareJson.Default.UninitializedSledPage);
        }
    }
}
