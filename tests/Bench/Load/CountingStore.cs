using System.Collections.Immutable;
using System.Diagnostics;
using Gantry.Actors;
using Gantry.Actors.Storage;

namespace Gantry.Bench;

/// <summary>Passes everything on; counts batches and commands, and keeps one batch as the sample of what the engine writes.</summary>
internal sealed class CountingStore(IActorStore inner) : IActorStore
{
    private long _batches;
    private long _commands;
    private long _busyTicks;

    public StoreIdentity Identity => inner.Identity;

    public CommitBatch? Sample { get; private set; }

    /// <summary>Batches, commands and time in commits since the last call.</summary>
    public (long Batches, long Commands, TimeSpan Busy) Take() => (
        Interlocked.Exchange(ref _batches, 0),
        Interlocked.Exchange(ref _commands, 0),
        Stopwatch.GetElapsedTime(0, Interlocked.Exchange(ref _busyTicks, 0)));

    public ValueTask OpenAsync(StoreOptions options, CancellationToken ct) => inner.OpenAsync(options, ct);

    public ValueTask<ImmutableArray<ShardEpoch>> JoinAsync(Incarnation me, string nodeId, int lanes, CancellationToken ct) =>
        inner.JoinAsync(me, nodeId, lanes, ct);

    public async ValueTask<CommitResult> CommitAsync(LaneTicket ticket, CommitBatch batch, CancellationToken ct)
    {
        var from = Stopwatch.GetTimestamp();
        var result = await inner.CommitAsync(ticket, batch, ct);
        Interlocked.Add(ref _busyTicks, Stopwatch.GetTimestamp() - from);
        Interlocked.Increment(ref _batches);
        Interlocked.Add(ref _commands, batch.Receipts.Length);
        if (batch.Events.Length > 0 && batch.Receipts.Length > 0)
        {
            Sample = batch;
        }

        return result;
    }

    public ValueTask<bool> ConfirmAsync(LaneTicket ticket, CancellationToken ct) => inner.ConfirmAsync(ticket, ct);

    public ValueTask<LaneProbe> ResolveAsync(Incarnation me, int lane, CancellationToken ct) => inner.ResolveAsync(me, lane, ct);

    public IAsyncEnumerable<EntityImage> LoadAsync(IReadOnlyList<EntityAddress> entities, CancellationToken ct) => inner.LoadAsync(entities, ct);

    public ValueTask<ReceiptRow?> FindReceiptAsync(EntityAddress entity, string key, CancellationToken ct) =>
        inner.FindReceiptAsync(entity, key, ct);

    public IAsyncEnumerable<MailRow> ScanMailAsync(IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, int max, CancellationToken ct) =>
        inner.ScanMailAsync(shards, dueBefore, max, ct);

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
}
