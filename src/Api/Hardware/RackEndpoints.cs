using Gantry.Actors;
using Gantry.Contracts;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Racks and switches: list and show.</summary>
internal static class RackEndpoints
{
    private const string Tag = "system/hardware";
    private const string Root = "/v1/system/hardware";

    // Switch rows are keyed by rack and slot; what users know and sort by is the id.
    private static readonly SortOrder s_switchById = new("id_ascending", "id", Descending: false);

    public static void Map(ApiRoutes api)
    {
        api.Get($"{Root}/racks", "rack_list", Tag, "List racks")
            .Fleet(Rank.Viewer)
            .Paged(SortOrder.IdOnly)
            .Answers(200, HardwareJson.Default.RackPage)
            .Handle((call, ct) => call.PageAsync(
                new ViewQuery<RackRow>(InventoryViews.Racks), HardwareMaps.Rack, HardwareJson.Default.RackPage, ct));
        api.Get($"{Root}/racks/{{rack_id}}", "rack_view", Tag, "Fetch rack")
            .Fleet(Rank.Viewer)
            .Answers(200, HardwareJson.Default.RackAnswer)
            .Handle(ShowRackAsync);
        api.Get($"{Root}/switches", "switch_list", Tag, "List switches")
            .Fleet(Rank.Viewer)
            .Paged([s_switchById])
            .Answers(200, HardwareJson.Default.SwitchPage)
            .Handle((call, ct) => call.PageAsync(
                new ViewQuery<SwitchRow>(InventoryViews.Switches), HardwareMaps.Switch, HardwareJson.Default.SwitchPage, ct));
        api.Get($"{Root}/switches/{{switch_id}}", "switch_view", Tag, "Fetch switch")
            .Fleet(Rank.Viewer)
            .Answers(200, HardwareJson.Default.SwitchAnswer)
            .Handle(ShowSwitchAsync);
    }

    private static async ValueTask<IResult> ShowRackAsync(ApiCall call, CancellationToken ct)
    {
        var id = call.PathId("rack_id").ToString();
        return await call.Views.GetAsync(InventoryViews.Racks, id, ct).ConfigureAwait(false) is { } rack
            ? call.Ok(HardwareMaps.Rack(rack.Row), HardwareJson.Default.RackAnswer)
            : call.NotFound("rack", id);
    }

    private static async ValueTask<IResult> ShowSwitchAsync(ApiCall call, CancellationToken ct)
    {
        var id = call.PathId("switch_id").ToString();
        var query = new ViewQuery<SwitchRow>(InventoryViews.Switches).WhereEqual("id", id);
        return await call.Views.FirstAsync(query, ct).ConfigureAwait(false) is { } found
            ? call.Ok(HardwareMaps.Switch(found.Row), HardwareJson.Default.SwitchAnswer, found.Row.Generation)
            : call.NotFound("switch", id);
    }
}
