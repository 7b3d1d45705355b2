using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Actors.Storage;

namespace Gantry.Engine.Tests.Running;

/// <summary>One node's way to a store that it shares: it can be cut, and beats can be held back.</summary>
internal sealed class CuttableStore(IActorStore store, IMembershipStore members) : IActorStore, IMembershipStore
{
    /// <summary>Nothing gets through.</summary>
    public bool IsCut { get; set; }

    /// <summary>Commits do not get through; all else does.</summary>
    public bool LosesCommits { get; set; }

    /// <summary>Beats do not get through.</summary>
    public bool IsMute { get; set; }

    public StoreIdentity Identity => store.Identity;

    public IStoreMaintenance? Maintenance => store.Maintenance;

    public ValueTask OpenAsync(StoreOptions options, CancellationToken ct) => store.OpenAsync(options, ct);

    public ValueTask<ImmutableArray<ShardEpoch>> JoinAsync(Incarnation me, string nodeId, int lanes, CancellationToken ct) =>
        Through().JoinAsync(me, nodeId, lanes, ct);

    public ValueTask<CommitResult> CommitAsync(LaneTicket ticket, CommitBatch batch, CancellationToken ct) =>
        LosesCommits ? throw Gone() : Through().CommitAsync(ticket, batch, ct);

    public ValueTask<bool> ConfirmAsync(LaneTicket ticket, CancellationToken ct) => Through().ConfirmAsync(ticket, ct);

    public ValueTask<LaneProbe> ResolveAsync(Incarnation me, int lane, CancellationToken ct) => Through().ResolveAsync(me, lane, ct);

    public IAsyncEnumerable<EntityImage> LoadAsync(IReadOnlyList<EntityAddress> entities, CancellationToken ct) => Through().LoadAsync(entities, ct);

    public ValueTask<ReceiptRow?> FindReceiptAsync(EntityAddress entity, string key, CancellationToken ct) => Through().FindReceiptAsync(entity, key, ct);

    public IAsyncEnumerable<MailRow> ScanMailAsync(IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, int max, CancellationToken ct) =>
        Through().ScanMailAsync(shards, dueBefore, max, ct);

    public IAsyncEnumerable<MailRow> ScanMailAsync(
        IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, MailCursor? after, int max, CancellationToken ct) =>
        Through().ScanMailAsync(shards, dueBefore, after, max, ct);

    public IAsyncEnumerable<EventRow> TailAsync(ShardId shard, long afterPosition, int max, CancellationToken ct) =>
        Through().TailAsync(shard, afterPosition, max, ct);

    public ValueTask<ImmutableArray<long>> HeadsAsync(CancellationToken ct) => Through().HeadsAsync(ct);

    public IAsyncEnumerable<EventRow> HistoryAsync(EntityAddress entity, long afterSequence, int max, CancellationToken ct) =>
        Through().HistoryAsync(entity, afterSequence, max, ct);

    public ValueTask<ViewRowPage> QueryAsync(ViewRowQuery query, CancellationToken ct) => Through().QueryAsync(query, ct);

    public ValueTask<IStoreSnapshot> SnapshotAsync(CancellationToken ct) => Through().SnapshotAsync(ct);

    public ValueTask SaveSnapshotsAsync(Incarnation me, IReadOnlyList<SnapshotRow> rows, CancellationToken ct) => Through().SaveSnapshotsAsync(me, rows, ct);

    public ValueTask<int> TrimReceiptsAsync(DateTimeOffset before, int max, CancellationToken ct) => Through().TrimReceiptsAsync(before, max, ct);

    public ValueTask PingAsync(CancellationToken ct) => Through().PingAsync(ct);

    public ValueTask<Incarnation?> JoinAsync(Incarnation me, MemberProfile profile, int lanes, CancellationToken ct) =>
        Members().JoinAsync(me, profile, lanes, ct);

    public ValueTask<bool> EnterAsync(Incarnation me, MemberState state, CancellationToken ct) => Members().EnterAsync(me, state, ct);

    public ValueTask<bool> BeatAsync(Incarnation me, ImmutableArray<string> unreachable, CancellationToken ct) =>
        IsMute ? throw Gone() : Members().BeatAsync(me, unreachable, ct);

    public bool Beat(Incarnation me, ImmutableArray<string> unreachable, TimeSpan patience) =>
        IsMute ? throw Gone() : Members().Beat(me, unreachable, patience);

    public ValueTask<ClusterSight> ReadAsync(CancellationToken ct) => Members().ReadAsync(ct);

    public ValueTask<bool> DeclareDeadAsync(Incarnation who, long beatSeen, CancellationToken ct) => Members().DeclareDeadAsync(who, beatSeen, ct);

    public ValueTask<bool> FenceAsync(Incarnation who, CancellationToken ct) => Members().FenceAsync(who, ct);

    public ValueTask<ImmutableArray<ShardEpoch>> ClaimAsync(Incarnation me, ImmutableArray<ShardId> shards, CancellationToken ct) =>
        Members().ClaimAsync(me, shards, ct);

    public ValueTask ReleaseAsync(Incarnation me, ImmutableArray<ShardEpoch> shards, CancellationToken ct) => Members().ReleaseAsync(me, shards, ct);

    public ValueTask<CommitResult> TransferAsync(LaneTicket ticket, ShardEpoch shard, Incarnation to, CancellationToken ct) =>
        Members().TransferAsync(ticket, shard, to, ct);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static StoreConnectionException Gone() => new("the line to the store is cut", isOutcomeKnown: true);

    private IActorStore Through() => IsCut ? throw Gone() : store;

    private IMembershipStore Members() => IsCut ? throw Gone() : members;
}
