using Gantry.Actors;
using Gantry.Actors.Storage;

namespace Gantry.Store.Conformance;

/// <summary>All that a store says about itself through its ports, as text: two stores with the same text have the same state.</summary>
internal static class StoreDump
{
    private const int All = 10_000;

    public static async Task<string> OfAsync(IActorStore store, IReadOnlyList<(EntityAddress Entity, string Key)> receipts)
    {
        var ct = CancellationToken.None;
        var maintenance = store.Maintenance!; // the durable stores have it
        var lines = new List<string> { store.Identity.ToString() };
        lines.AddRange((await store.ScanMailAsync(
            [.. Enumerable.Range(0, TestLane.ShardCount).Select(i => new ShardId(i))], DateTimeOffset.MaxValue, All, ct).ToListAsync()).Select(Same.Text));
        var entities = await maintenance.ListEntitiesAsync(null, null, All, ct);
        lines.AddRange(entities.Select(e => e.ToString()));
        lines.AddRange((await store.LoadAsync([.. entities.Select(e => e.Entity)], ct).ToListAsync()).Select(Same.Text));
        foreach (var entity in entities)
        {
            lines.AddRange((await store.HistoryAsync(entity.Entity, 0, All, ct).ToListAsync()).Select(Same.Text));
        }

        for (var shard = 0; shard < TestLane.ShardCount; shard++)
        {
            lines.AddRange((await store.TailAsync(new ShardId(shard), 0, All, ct).ToListAsync()).Select(Same.Text));
        }

        foreach (var (entity, key) in receipts)
        {
            lines.Add(Same.Text(await store.FindReceiptAsync(entity, key, ct)));
        }

        lines.AddRange((await maintenance.ListParkedAsync(null, null, All, ct)).Select(p => $"{Same.Text(p.Mail)} {p.At.UtcTicks} {p.Attempts} {p.Reason}"));
        lines.AddRange((await maintenance.ListClaimsAsync(null, null, null, All, ct)).Select(c => c.ToString()));
        lines.AddRange((await maintenance.ListViewRowsAsync(ThingViews.Things, null, 1_000, ct)).Select(Same.Text));
        foreach (var column in new[] { "name", "size", "group" })
        {
            var query = new ViewRowQuery(ThingViews.Things, [], column, Descending: false, null, 1_000);
            lines.AddRange((await store.QueryAsync(query, ct)).Rows.Select(Same.Text));
        }

        lines.AddRange((await store.JoinAsync(new Incarnation(Guid.NewGuid()), "n1", 1, ct)).Select(s => s.ToString()));
        return string.Join('\n', lines);
    }

    private static async Task<List<T>> ToListAsync<T>(this IAsyncEnumerable<T> rows)
    {
        var all = new List<T>();
        await foreach (var row in rows)
        {
            all.Add(row);
        }

        return all;
    }
}
