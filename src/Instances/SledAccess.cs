using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>Finds sleds and their adapters through the view <c>sleds</c>.</summary>
internal sealed class SledAccess(IViews views, ISledPorts ports)
{
    /// <summary>The policy of a sled that is gone for good.</summary>
    public const string Expunged = "expunged";

    public async ValueTask<SledRow?> FindAsync(SledId sled, CancellationToken ct) =>
        (await views.GetAsync(InventoryViews.Sleds, sled.ToString(), ct).ConfigureAwait(false))?.Row;

    public async ValueTask<ImmutableArray<SledRow>> AllAsync(CancellationToken ct) =>
        [.. (await views.ListAsync(new ViewQuery<SledRow>(InventoryViews.Sleds), ct).ConfigureAwait(false)).Select(s => s.Row)];

    public ISledPort PortOf(SledRow sled) => ports.For(sled.Id.ToString(), new Uri($"http://{sled.Address}"));
}
