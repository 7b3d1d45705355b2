using System.Collections.Immutable;

namespace Gantry.Actors.Storage;

/// <summary>
/// What operators, supervision and retention need of a store besides commits (engine 3.5, 4.4, 4.6, 10.4). Nothing here is behind a lane's
/// fence: each method is one transaction and harmless when repeated. Thread-safe.
/// </summary>
public interface IStoreMaintenance
{
    /// <summary><c>sqlite</c>, <c>postgres</c> or <c>memory</c>.</summary>
    string Kind { get; }

    /// <summary>Fences every lane of an incarnation: nothing of it commits from here on. Done by a watch-dog that gives up on its own lanes.</summary>
    ValueTask FenceAsync(Incarnation incarnation, CancellationToken ct);

    /// <summary>Whether an incarnation other than this one has a lane that is not fenced.</summary>
    ValueTask<bool> IsTakenOverAsync(Incarnation me, CancellationToken ct);

    /// <summary>Messages per target shard, those without one left out, and the number of parked ones.</summary>
    ValueTask<MailCount> CountMailAsync(CancellationToken ct);

    /// <summary>Mail on its way in the order of ids.</summary>
    ValueTask<IReadOnlyList<MailRow>> ListMailAsync(EntityAddress? to, MailId? after, int max, CancellationToken ct);

    /// <summary>Dead letters in the order of ids.</summary>
    ValueTask<IReadOnlyList<ParkedMailRow>> ListParkedAsync(EntityAddress? to, MailId? after, int max, CancellationToken ct);

    /// <summary>One message on its way, or null.</summary>
    ValueTask<MailRow?> FindMailAsync(MailId id, CancellationToken ct);

    /// <summary>One dead letter, or null.</summary>
    ValueTask<ParkedMailRow?> FindParkedAsync(MailId id, CancellationToken ct);

    /// <summary>Puts dead letters back under their old ids, loads counted anew. A timer whose name is set again stays. Returns those that went back.</summary>
    ValueTask<ImmutableArray<MailRow>> RestoreParkedAsync(IReadOnlyList<MailId> ids, CancellationToken ct);

    /// <summary>Deletes dead letters. Returns how many.</summary>
    ValueTask<int> DropParkedAsync(IReadOnlyList<MailId> ids, CancellationToken ct);

    /// <summary>Writes a suspect mark.</summary>
    ValueTask AddSuspectAsync(SuspectRow suspect, CancellationToken ct);

    /// <summary>Suspect marks since a time.</summary>
    ValueTask<IReadOnlyList<SuspectRow>> ListSuspectsAsync(DateTimeOffset since, CancellationToken ct);

    /// <summary>Removes the marks of an entity.</summary>
    ValueTask ForgetSuspectsAsync(EntityAddress entity, CancellationToken ct);

    /// <summary>The directory row of an entity, or null.</summary>
    ValueTask<EntityDirectoryRow?> FindEntityAsync(EntityAddress entity, CancellationToken ct);

    /// <summary>Entities of the directory in order of their addresses; kind null for all.</summary>
    ValueTask<IReadOnlyList<EntityDirectoryRow>> ListEntitiesAsync(string? kind, EntityAddress? after, int max, CancellationToken ct);

    /// <summary>A claim, or null.</summary>
    ValueTask<ClaimRow?> FindClaimAsync(string space, string value, CancellationToken ct);

    /// <summary>Claims in order of (space, value); of one space or one holder where given.</summary>
    ValueTask<IReadOnlyList<ClaimRow>> ListClaimsAsync(string? space, EntityAddress? holder, ClaimValue? after, int max, CancellationToken ct);

    /// <summary>Rows of one view in order of their keys.</summary>
    ValueTask<IReadOnlyList<ViewRow>> ListViewRowsAsync(ViewSchema view, string? afterKey, int max, CancellationToken ct);

    /// <summary>
    /// In one transaction, unless the entity has another revision by now: its rows at these places go, and the given ones are written.
    /// False when it has moved, and nothing was done. Nothing is looked for: the caller knows where the entity's rows are (engine 3.6).
    /// </summary>
    ValueTask<bool> ReplaceViewRowsAsync(
        EntityAddress entity, long revision, IReadOnlyList<ViewRowPlace> present, IReadOnlyList<ViewRowOp> rows, CancellationToken ct);

    /// <summary>
    /// Views that are new, or have new columns, since they were last folded anew: nodes of the release before write nothing there (engine 3.6).
    /// </summary>
    ValueTask<IReadOnlyList<UnfoldedView>> UnfoldedViewsAsync(CancellationToken ct) => ValueTask.FromResult<IReadOnlyList<UnfoldedView>>([]);

    /// <summary>They were folded anew; one that changed again meanwhile stays listed.</summary>
    ValueTask NoteFoldedAsync(IReadOnlyList<UnfoldedView> views, CancellationToken ct) => ValueTask.CompletedTask;

    /// <summary>Entities that ended before a time and have more than their last event.</summary>
    ValueTask<IReadOnlyList<EntityDirectoryRow>> ListEndedAsync(DateTimeOffset endedBefore, int max, CancellationToken ct);

    /// <summary>Deletes dead letters parked before a time. Returns how many.</summary>
    ValueTask<int> TrimParkedAsync(DateTimeOffset before, int max, CancellationToken ct);

    /// <summary>Deletes events of an entity up to and with a sequence number that its snapshot covers. Returns how many.</summary>
    ValueTask<int> TrimHistoryAsync(EntityAddress entity, long upTo, int max, CancellationToken ct);

    /// <summary>The highest position of a shard at which history was trimmed; 0 for none. Above it nothing is missing.</summary>
    ValueTask<long> FloorAsync(ShardId shard, CancellationToken ct);

    /// <summary>What wears the store down; nothing for a store that has no such thing.</summary>
    ValueTask<StoreStrain> StrainAsync(CancellationToken ct) => ValueTask.FromResult(default(StoreStrain));

    /// <summary>The newest events of all shards, by time.</summary>
    ValueTask<IReadOnlyList<EventRow>> NewestEventsAsync(int max, CancellationToken ct);

    /// <summary>Rows by table.</summary>
    ValueTask<ImmutableSortedDictionary<string, long>> CountRowsAsync(CancellationToken ct);

    /// <summary>Checks the files themselves; empty when nothing is wrong.</summary>
    ValueTask<IReadOnlyList<string>> CheckAsync(CancellationToken ct);

    /// <summary>Writes a whole copy while the store goes on.</summary>
    /// <exception cref="StoreRefusedException">The file exists, or this kind of store has no copies.</exception>
    ValueTask BackupAsync(string to, CancellationToken ct);
}

/// <summary>What wears a store down (engine 3.2): mail churns, and one long transaction keeps all of its dead rows.</summary>
/// <param name="DeadMailRows">Rows of consumed mail that are not cleaned up yet.</param>
/// <param name="OldestTransaction">Age of the oldest transaction that is open on the server.</param>
public readonly record struct StoreStrain(long DeadMailRows, TimeSpan OldestTransaction);

/// <summary>Where a row of a view is.</summary>
/// <param name="View">Name of the view.</param>
/// <param name="Key">The row's key.</param>
public readonly record struct ViewRowPlace(string View, string Key);

/// <summary>A view that nodes of the release before do not write whole.</summary>
/// <param name="View">Its name.</param>
/// <param name="Shape">The columns that it has since.</param>
public sealed record UnfoldedView(string View, string Shape);

/// <summary>How much mail there is.</summary>
/// <param name="ByShard">Messages per target shard.</param>
/// <param name="Parked">Dead letters.</param>
public sealed record MailCount(ImmutableDictionary<ShardId, int> ByShard, int Parked)
{
    /// <summary>All messages on their way.</summary>
    public long Total => ByShard.Values.Sum(n => (long)n);
}

/// <summary>A dead letter.</summary>
public sealed record ParkedMailRow(MailRow Mail, DateTimeOffset At, int Attempts, string Reason);

/// <summary>An entity that a watch-dog named.</summary>
public sealed record SuspectRow(EntityAddress Entity, string Tag, string NodeId, DateTimeOffset At);

/// <summary>An entity of the directory with what is known without loading it.</summary>
public sealed record EntityDirectoryRow(
    EntityAddress Entity, ShardId Shard, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, long LastSequence, long SnapshotAt);
