using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Actors.Storage;

namespace Gantry.Tests;

/// <summary>
/// Passes every call of the port on, those with a default body too: what a wrapper forgot would silently fall back to the default. Wrappers
/// override what they are for.
/// </summary>
/// <param name="inner">The store behind.</param>
/// <param name="isOwner">Whether it is disposed with this one.</param>
internal abstract class PassingStore(IActorStore inner, bool isOwner = true) : IActorStore
{
    /// <summary>Where calls go; a store that breaks down throws here.</summary>
    protected virtual IActorStore Through => inner;

    public virtual StoreIdentity Identity => inner.Identity;

    public virtual string? WhyUnsafe => inner.WhyUnsafe;

    public virtual IStoreMaintenance? Maintenance => inner.Maintenance;

    public virtual ValueTask OpenAsync(StoreOptions options, CancellationToken ct) => Through.OpenAsync(options, ct);

    public virtual ValueTask<ImmutableArray<ShardEpoch>> JoinAsync(Incarnation me, string nodeId, int lanes, CancellationToken ct) =>
        Through.JoinAsync(me, nodeId, lanes, ct);

    public virtual void ForgetServer() => inner.ForgetServer();

    public virtual ValueTask<CommitResult> CommitAsync(LaneTicket ticket, CommitBatch batch, CancellationToken ct) =>
        Through.CommitAsync(ticket, batch, ct);

    public virtual ValueTask<bool> ConfirmAsync(LaneTicket ticket, CancellationToken ct) => Through.ConfirmAsync(ticket, ct);

    public virtual ValueTask<LaneProbe> ResolveAsync(Incarnation me, int lane, CancellationToken ct) => Through.ResolveAsync(me, lane, ct);

    public virtual IAsyncEnumerable<EntityImage> LoadAsync(IReadOnlyList<EntityAddress> entities, CancellationToken ct) =>
        Through.LoadAsync(entities, ct);

    public virtual ValueTask<ReceiptRow?> FindReceiptAsync(EntityAddress entity, string key, CancellationToken ct) =>
        Through.FindReceiptAsync(entity, key, ct);

    public virtual IAsyncEnumerable<MailRow> ScanMailAsync(
        IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, int max, CancellationToken ct) =>
        Through.ScanMailAsync(shards, dueBefore, max, ct);

    public virtual IAsyncEnumerable<MailRow> ScanMailAsync(
        IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, MailCursor? after, int max, CancellationToken ct) =>
        Through.ScanMailAsync(shards, dueBefore, after, max, ct);

    public virtual IAsyncEnumerable<EventRow> TailAsync(ShardId shard, long afterPosition, int max, CancellationToken ct) =>
        Through.TailAsync(shard, afterPosition, max, ct);

    public virtual ValueTask<ImmutableArray<long>> HeadsAsync(CancellationToken ct) => Through.HeadsAsync(ct);

    public virtual IAsyncEnumerable<EventRow> HistoryAsync(EntityAddress entity, long afterSequence, int max, CancellationToken ct) =>
        Through.HistoryAsync(entity, afterSequence, max, ct);

    public virtual ValueTask<ViewRowPage> QueryAsync(ViewRowQuery query, CancellationToken ct) => Through.QueryAsync(query, ct);

    public virtual ValueTask<IStoreSnapshot> SnapshotAsync(CancellationToken ct) => Through.SnapshotAsync(ct);

    public virtual ValueTask SaveSnapshotsAsync(Incarnation me, IReadOnlyList<SnapshotRow> rows, CancellationToken ct) =>
        Through.SaveSnapshotsAsync(me, rows, ct);

    public virtual ValueTask<int> TrimReceiptsAsync(DateTimeOffset before, ReceiptScope scope, int max, CancellationToken ct) =>
        Through.TrimReceiptsAsync(before, scope, max, ct);

    public virtual ValueTask PingAsync(CancellationToken ct) => Through.PingAsync(ct);

    public virtual ValueTask DisposeAsync() => isOwner ? inner.DisposeAsync() : ValueTask.CompletedTask;
}
