using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Gantry.Actors;
using Gantry.Actors.Storage;

namespace Gantry.Chaos;

/// <summary>
/// Passes everything on, and kills its process right after the commit that a file names: the rows are durable, nobody has heard of it.
/// Commits are counted from the first one that finds the file as it is.
/// </summary>
internal sealed class MortalStore(IActorStore inner, string killFile) : IActorStore
{
    private int _commits;
    private string _order = "";

    public StoreIdentity Identity => inner.Identity;

    public IStoreMaintenance? Maintenance => inner.Maintenance;

    public async ValueTask<CommitResult> CommitAsync(LaneTicket ticket, CommitBatch batch, CancellationToken ct)
    {
        var result = await inner.CommitAsync(ticket, batch, ct);
        if (result is CommitResult.Committed && await IsLastAsync(batch, ct))
        {
            Process.GetCurrentProcess().Kill();
        }

        return result;
    }

    public ValueTask OpenAsync(StoreOptions options, CancellationToken ct) => inner.OpenAsync(options, ct);

    public ValueTask<ImmutableArray<ShardEpoch>> JoinAsync(Incarnation me, string nodeId, int lanes, CancellationToken ct) =>
        inner.JoinAsync(me, nodeId, lanes, ct);

    public ValueTask<bool> ConfirmAsync(LaneTicket ticket, CancellationToken ct) => inner.ConfirmAsync(ticket, ct);

    public ValueTask<LaneProbe> ResolveAsync(Incarnation me, int lane, CancellationToken ct) => inner.ResolveAsync(me, lane, ct);

    public IAsyncEnumerable<EntityImage> LoadAsync(IReadOnlyList<EntityAddress> entities, CancellationToken ct) => inner.LoadAsync(entities, ct);

    public ValueTask<ReceiptRow?> FindReceiptAsync(EntityAddress entity, string key, CancellationToken ct) =>
        inner.FindReceiptAsync(entity, key, ct);

    public IAsyncEnumerable<MailRow> ScanMailAsync(IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, int max, CancellationToken ct) =>
        inner.ScanMailAsync(shards, dueBefore, max, ct);

    public IAsyncEnumerable<MailRow> ScanMailAsync(
        IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, MailCursor? after, int max, CancellationToken ct) =>
        inner.ScanMailAsync(shards, dueBefore, after, max, ct);

    public IAsyncEnumerable<EventRow> TailAsync(ShardId shard, long afterPosition, int max, CancellationToken ct) =>
        inner.TailAsync(shard, afterPosition, max, ct);

    public IAsyncEnumerable<EventRow> HistoryAsync(EntityAddress entity, long afterSequence, int max, CancellationToken ct) =>
        inner.HistoryAsync(entity, afterSequence, max, ct);

    public ValueTask<ViewRowPage> QueryAsync(ViewRowQuery query, CancellationToken ct) => inner.QueryAsync(query, ct);

    public ValueTask<IStoreSnapshot> SnapshotAsync(CancellationToken ct) => inner.SnapshotAsync(ct);

    public ValueTask SaveSnapshotsAsync(Incarnation me, IReadOnlyList<SnapshotRow> rows, CancellationToken ct) =>
        inner.SaveSnapshotsAsync(me, rows, ct);

    public ValueTask<int> TrimReceiptsAsync(DateTimeOffset before, int max, CancellationToken ct) => inner.TrimReceiptsAsync(before, max, ct);

    public ValueTask PingAsync(CancellationToken ct) => inner.PingAsync(ct);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    // "<number> <kinds> <name>": the commits counted are those with an event of an entity of such a kind.
    private async Task<bool> IsLastAsync(CommitBatch batch, CancellationToken ct)
    {
        if (await OrderAsync(ct) is not { } order)
        {
            return false;
        }

        var parts = order.Split(' ', 3);
        _commits = order == _order ? _commits : 0;
        _order = order;
        return batch.Events.Any(e => parts[1].Split(',').Any(kind => e.Entity.Kind.StartsWith(kind, StringComparison.Ordinal)))
            && ++_commits == int.Parse(parts[0], CultureInfo.InvariantCulture)
            && KillOrder.TryTake(killFile);
    }

    private async Task<string?> OrderAsync(CancellationToken ct)
    {
        try
        {
            return await File.ReadAllTextAsync(killFile, ct);
        }
        catch (FileNotFoundException)
        {
            // The test has none, or took it back just now.
            return null;
        }
    }
}

/// <summary>
/// The file that orders a kill. The node and the test may both want it at the same moment, the one to die and the other to call it off;
/// whoever moves it away has it, and the other knows.
/// </summary>
internal static class KillOrder
{
    public static bool TryTake(string file)
    {
        try
        {
            File.Move(file, file + ".taken", overwrite: true);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }
}
