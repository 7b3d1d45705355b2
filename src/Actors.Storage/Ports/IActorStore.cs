using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Gantry.Actors.Storage;

/// <summary>
/// The durable authority of a cluster: events, views, claims, mail and receipts, committed per lane behind a fence (engine 3).
/// Implementations: memory, SQLite, later PostgreSQL; all pass <c>Store.Conformance</c>. Thread-safe, but one commit per lane at a time.
/// </summary>
public interface IActorStore : IAsyncDisposable
{
    /// <summary>Who this store is. Known after <see cref="OpenAsync"/>.</summary>
    StoreIdentity Identity { get; }

    /// <summary>Opens or creates the store, migrates it, creates the view tables. Called once, first.</summary>
    /// <exception cref="StoreRefusedException">The store is of a newer version, held by another process, damaged, or configured otherwise.</exception>
    ValueTask OpenAsync(StoreOptions options, CancellationToken ct);

    /// <summary>
    /// Begins an incarnation: inserts its lane rows and takes over every shard (single node: after fencing all former lanes).
    /// Returns the shards with their new epochs.
    /// </summary>
    ValueTask<ImmutableArray<ShardEpoch>> JoinAsync(Incarnation me, string nodeId, int lanes, CancellationToken ct);

    /// <summary>
    /// An incarnation is over and its lanes have stopped: the next one works on whatever server it meets. Called before each attempt to join anew.
    /// </summary>
    void ForgetServer()
    {
        // A store in this process has no other server to meet.
    }

    /// <summary>Commits a batch, or says exactly why nothing was committed.</summary>
    /// <exception cref="StoreConnectionException">No answer; the exception says whether the outcome is known.</exception>
    ValueTask<CommitResult> CommitAsync(LaneTicket ticket, CommitBatch batch, CancellationToken ct);

    /// <summary>Read only: is the lane still unfenced?</summary>
    ValueTask<bool> ConfirmAsync(LaneTicket ticket, CancellationToken ct);

    /// <summary>At the first connection and after a lost answer: opens the next session of the lane and says what was committed.</summary>
    ValueTask<LaneProbe> ResolveAsync(Incarnation me, int lane, CancellationToken ct);

    /// <summary>
    /// Newest snapshot and the events from it on, per entity, in the order asked. The event that the snapshot ends with is among them: where it is
    /// not, the snapshot is newer than the journal. An entity that never was has no rows.
    /// </summary>
    IAsyncEnumerable<EntityImage> LoadAsync(IReadOnlyList<EntityAddress> entities, CancellationToken ct);

    /// <summary>The receipt of a key at an entity, or null.</summary>
    ValueTask<ReceiptRow?> FindReceiptAsync(EntityAddress entity, string key, CancellationToken ct);

    /// <summary>Mail of the shards due before a time, sorted by (due, source shard, position, ordinal).</summary>
    IAsyncEnumerable<MailRow> ScanMailAsync(
        IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, int max, CancellationToken ct);

    /// <summary>The same, after a place: one page of a longer scan. Stores that can seek do.</summary>
    async IAsyncEnumerable<MailRow> ScanMailAsync(
        IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, MailCursor? after, int max, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var row in ScanMailAsync(shards, dueBefore, after is null ? max : int.MaxValue, ct).ConfigureAwait(false))
        {
            if (after is null || new MailCursor(row.DueAt, row.Id).CompareTo(after.Value) > 0)
            {
                yield return row;
                if (--max == 0)
                {
                    yield break;
                }
            }
        }
    }

    /// <summary>Events of one shard after a position.</summary>
    IAsyncEnumerable<EventRow> TailAsync(ShardId shard, long afterPosition, int max, CancellationToken ct);

    /// <summary>The position of the last event per shard, in order of shards; 0 for none. Empty for a store that cannot say it cheaply.</summary>
    ValueTask<ImmutableArray<long>> HeadsAsync(CancellationToken ct) => ValueTask.FromResult(ImmutableArray<long>.Empty);

    /// <summary>Events of one entity after a sequence number.</summary>
    IAsyncEnumerable<EventRow> HistoryAsync(EntityAddress entity, long afterSequence, int max, CancellationToken ct);

    /// <summary>One page of a view; rows are (key, entity, revision, document).</summary>
    ValueTask<ViewRowPage> QueryAsync(ViewRowQuery query, CancellationToken ct);

    /// <summary>A read transaction over all views.</summary>
    ValueTask<IStoreSnapshot> SnapshotAsync(CancellationToken ct);

    /// <summary>Writes snapshots of committed states; the newest revision wins. Outside any commit.</summary>
    ValueTask SaveSnapshotsAsync(Incarnation me, IReadOnlyList<SnapshotRow> rows, CancellationToken ct);

    /// <summary>Deletes receipts older than a time, in chunks. Returns how many went.</summary>
    ValueTask<int> TrimReceiptsAsync(DateTimeOffset before, ReceiptScope scope, int max, CancellationToken ct);

    /// <summary>What operators, supervision and retention need; null for a store that has none of it.</summary>
    IStoreMaintenance? Maintenance => null;

    /// <summary>Why what it acknowledges may be lost, as far as it was seen when it was opened; null for a store that keeps its word.</summary>
    string? WhyUnsafe => null;

    /// <summary>Cheapest possible read; throws when the store cannot be reached.</summary>
    ValueTask PingAsync(CancellationToken ct);
}

/// <summary>Views as of one commit.</summary>
public interface IStoreSnapshot : IAsyncDisposable
{
    /// <summary>One page.</summary>
    ValueTask<ViewRowPage> QueryAsync(ViewRowQuery query, CancellationToken ct);
}

/// <summary>How a store is opened.</summary>
/// <param name="ShardCount">Used when the store is created; otherwise it must agree with what the store says.</param>
/// <param name="Views">Declared views.</param>
public sealed record StoreOptions(int ShardCount, ImmutableArray<ViewSchema> Views);

/// <summary>Who a store is.</summary>
public sealed record StoreIdentity(Guid ClusterId, string SystemId, int ShardCount, int RestoreCount)
{
    /// <summary>What <see cref="Turn.Scope"/> is made of.</summary>
    public string Scope => $"{ClusterId:N}.{RestoreCount}";
}

/// <summary>The store refuses to open; the message names the file or setting and the way out.</summary>
public sealed class StoreRefusedException(string message) : Exception(message);

/// <summary>The connection broke or the store is down.</summary>
public sealed class StoreConnectionException(string message, bool isOutcomeKnown, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>True: certainly nothing was done. False: resolve first.</summary>
    public bool IsOutcomeKnown { get; } = isOutcomeKnown;

    /// <summary>The store is there, but what was asked for is damaged: to ask again brings nothing, to ask for less finds which it is.</summary>
    public bool IsDamage { get; init; }

    /// <summary>
    /// The server is another one than the incarnation joined on: another system, or the same after a promotion. Acknowledged commits may be missing
    /// there, so the incarnation must end and forget what it knows (engine 3.4).
    /// </summary>
    public bool IsAnotherServer { get; init; }
}
