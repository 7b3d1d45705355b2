// An ordinary ASP.NET Core app that carries Gantry: the operator API under /v1, health and metrics, and an endpoint of its own that
// reads the rack in process. Settings come from the app's own configuration, section "gantry".
using Gantry.Actors;
using Gantry.Api;
using Gantry.Contracts;
using Gantry.Hosting;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddGantry(builder.Configuration);
builder.Services.AddGantryApi();

var app = builder.Build();
app.MapGantryApi();
app.MapGet("/rack-summary", async (IViews views, IReconcilers reconcilers, CancellationToken ct) =>
{
    // One snapshot, so that racks and sleds are of the same moment.
    await using var now = await views.SnapshotAsync(ct);
    var racks = await now.ListAsync(new ViewQuery<RackRow>(InventoryViews.Racks), ct);
    var sleds = await now.ListAsync(new ViewQuery<SledRow>(InventoryViews.Sleds), ct);
    return new
    {
        racks = racks.Select(r => r.Row.Id.ToString()),
        sledsInService = sleds.Count(s => s.Row.IsInService),
        reservoirBytesFree = sleds.Sum(s => s.Row.ReservoirBytes - s.Row.ReservoirReservedBytes),
        failingKeys = reconcilers.Status().Count(k => k.LastError is not null),
    };
});
await app.RunAsync();
