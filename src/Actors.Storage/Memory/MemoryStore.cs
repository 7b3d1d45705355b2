using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gantry.Primitives;

namespace Gantry.Actors.Storage;

/// <summary>
/// A store that keeps nothing: the model which the durable ones are compared with, and the store of tests and of the simulator.
/// Commits are atomic and behind the same fence; whoever reads sees one commit. Thread-safe.
/// </summary>
public sealed class MemoryStore(IRandomSource random) : IActorStore
{
    private readonly Lock _gate = new();
    private volatile MemoryTables _tables = new();
    private StoreIdentity? _identity;

    /// <summary>For the simulator alone.</summary>
    internal StoreMutations Mutations { get; init; }

    /// <summary>All that is stored, as of the last commit; for the simulator, which reads it between two steps.</summary>
    internal MemoryTables Tables => _tables;

    /// <summary>Members and owners of shards.</summary>
    public IMembershipStore Membership => field ??= new MemoryMembership(this);

    /// <inheritdoc/>
    public StoreIdentity Identity =>
        _identity ?? throw new InvalidOperationException("the store was not opened: call OpenAsync first");

    /// <inheritdoc/>
    public ValueTask OpenAsync(StoreOptions options, CancellationToken ct)
    {
        lock (_gate)
        {
            if (_identity is { } present && present.ShardCount != options.ShardCount)
            {
                throw new StoreRefusedException(
                    $"the store has {present.ShardCount} shards, {options.ShardCount} are configured: set gantry.storage.shards to {present.ShardCount}");
            }

            _identity ??= new StoreIdentity(random.NewGuid(), "memory", options.ShardCount, 0);
            var tables = _tables;
            _tables = tables with
            {
                Shards = tables.Shards.IsEmpty
                    ? Enumerable.Range(0, options.ShardCount).ToImmutableDictionary(i => new ShardId(i), _ => default(ShardState))
                    : tables.Shards,
                Views = options.Views.Aggregate(tables.Views, (views, view) => views.ContainsKey(view.Name)
                    ? views
                    : views.Add(view.Name, ImmutableSortedDictionary.Create<string, ViewCell>(Utf8Order.Instance))),
            };
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<ShardEpoch>> JoinAsync(Incarnation me, string nodeId, int lanes, CancellationToken ct)
    {
        lock (_gate)
        {
            var tables = _tables;
            var fenced = tables.Lanes.ToImmutableDictionary(l => l.Key, l => l.Value with { Fenced = true });
            var mail = tables.Mail.Values.Select(m => m with { Loads = m.Loads + 1 }).ToList();
            _tables = tables with
            {
                Lanes = Enumerable.Range(0, lanes).Aggregate(fenced, (all, lane) => all.Add((me, lane), default)),
                Shards = tables.Shards.ToImmutableDictionary(s => s.Key, s => new ShardState(me, s.Value.Epoch + 1)),
                Mail = mail.ToImmutableDictionary(m => m.Id),
                MailByDue = mail.ToImmutableSortedDictionary(MailPlace.Of, m => m),
            };
            return ValueTask.FromResult(
                _tables.Shards.OrderBy(s => s.Key.Value).Select(s => new ShardEpoch(s.Key, s.Value.Epoch)).ToImmutableArray());
        }
    }

    /// <inheritdoc/>
    public ValueTask<CommitResult> CommitAsync(LaneTicket ticket, CommitBatch batch, CancellationToken ct)
    {
        lock (_gate)
        {
            var (result, after) = MemoryCommit.Run(_tables, ticket, batch, Mutations);
            _tables = after;
            return ValueTask.FromResult(result);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> ConfirmAsync(LaneTicket ticket, CancellationToken ct) =>
        ValueTask.FromResult(MemoryCommit.WhyFenced(_tables, ticket, null, Mutations) is null);

    /// <inheritdoc/>
    public ValueTask<LaneProbe> ResolveAsync(Incarnation me, int lane, CancellationToken ct)
    {
        lock (_gate)
        {
            var tables = _tables;
            if (!tables.Lanes.TryGetValue((me, lane), out var state))
            {
                return ValueTask.FromResult(new LaneProbe(0, 0, Fenced: true));
            }

            var next = state with { Session = state.Session + 1 };
            _tables = tables with { Lanes = tables.Lanes.SetItem((me, lane), next) };
            return ValueTask.FromResult(new LaneProbe(next.Session, next.Batch, next.Fenced));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<EntityImage> LoadAsync(
        IReadOnlyList<EntityAddress> entities, [EnumeratorCancellation] CancellationToken ct)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        var tables = _tables;
        foreach (var entity in entities)
        {
            ct.ThrowIfCancellationRequested();
            var snapshot = tables.Snapshots.GetValueOrDefault(entity);
            var events = tables.Events.GetValueOrDefault(entity, []);
            yield return new EntityImage(entity, snapshot, After(events, (snapshot?.Sequence ?? 1) - 1));
        }
    }

    /// <inheritdoc/>
    public ValueTask<ReceiptRow?> FindReceiptAsync(EntityAddress entity, string key, CancellationToken ct) =>
        ValueTask.FromResult(_tables.Receipts.GetValueOrDefault((entity, key)));

    /// <inheritdoc/>
    public IAsyncEnumerable<MailRow> ScanMailAsync(
        IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, int max, CancellationToken ct) =>
        ScanMailAsync(shards, dueBefore, after: null, max, ct);

    /// <inheritdoc/>
    public async IAsyncEnumerable<MailRow> ScanMailAsync(
        IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, MailCursor? after, int max, [EnumeratorCancellation] CancellationToken ct)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        var wanted = shards.ToHashSet();
        var rows = _tables.MailByDue.Values
            .Where(m => m.DueAt <= dueBefore && wanted.Contains(m.ToShard))
            .Where(m => after is not { } place || new MailCursor(m.DueAt, m.Id).CompareTo(place) > 0)
            .OrderBy(m => (m.DueAt, m.Id.SourceShard, m.Id.SourcePosition, m.Id.Ordinal))
            .Take(max);
        foreach (var row in rows)
        {
            ct.ThrowIfCancellationRequested();
            yield return row;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<EventRow> TailAsync(
        ShardId shard, long afterPosition, int max, [EnumeratorCancellation] CancellationToken ct)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        var rows = _tables.Journal.GetValueOrDefault(shard, []);
        for (var i = FirstAfter(rows, afterPosition); i < rows.Count && max-- > 0; i++)
        {
            ct.ThrowIfCancellationRequested();
            yield return rows[i];
        }
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<long>> HeadsAsync(CancellationToken ct)
    {
        var tables = _tables;
        return ValueTask.FromResult(tables.Shards.Keys.OrderBy(s => s.Value)
            .Select(s => tables.Journal.TryGetValue(s, out var rows) && rows.Count > 0 ? rows[^1].Position : 0).ToImmutableArray());
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<EventRow> HistoryAsync(
        EntityAddress entity, long afterSequence, int max, [EnumeratorCancellation] CancellationToken ct)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        foreach (var row in After(_tables.Events.GetValueOrDefault(entity, []), afterSequence).Take(max))
        {
            ct.ThrowIfCancellationRequested();
            yield return row;
        }
    }

    /// <inheritdoc/>
    public ValueTask<ViewRowPage> QueryAsync(ViewRowQuery query, CancellationToken ct) =>
        ValueTask.FromResult(MemoryQuery.Run(_tables, query));

    /// <inheritdoc/>
    public ValueTask<IStoreSnapshot> SnapshotAsync(CancellationToken ct) =>
        ValueTask.FromResult(Freeze(_tables));

    /// <inheritdoc/>
    public ValueTask SaveSnapshotsAsync(Incarnation me, IReadOnlyList<SnapshotRow> rows, CancellationToken ct)
    {
        lock (_gate)
        {
            var tables = _tables;
            if (tables.Lanes.Any(l => l.Key.Item1 == me && !l.Value.Fenced))
            {
                var newer = rows.Where(r => r.Sequence >= (tables.Snapshots.GetValueOrDefault(r.Entity)?.Sequence ?? 0));
                _tables = tables with { Snapshots = tables.Snapshots.SetItems(newer.Select(r => KeyValuePair.Create(r.Entity, r))) };
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<int> TrimReceiptsAsync(DateTimeOffset before, ReceiptScope scope, int max, CancellationToken ct)
    {
        lock (_gate)
        {
            var tables = _tables;
            var old = tables.Receipts.Where(r => r.Value.At < before && scope.Covers(r.Value.Entity)).Take(max).Select(r => r.Key).ToList();
            _tables = tables with { Receipts = tables.Receipts.RemoveRange(old) };
            return ValueTask.FromResult(old.Count);
        }
    }

    /// <inheritdoc/>
    public IStoreMaintenance Maintenance => field ??= new MemoryMaintenance(this);

    internal T Change<T>(Func<MemoryTables, (T Result, MemoryTables After)> change)
    {
        lock (_gate)
        {
            var (result, after) = change(_tables);
            _tables = after;
            return result;
        }
    }

    /// <inheritdoc/>
    public ValueTask PingAsync(CancellationToken ct) => ValueTask.CompletedTask;

    /// <summary>A shard given from one lane of its owner to another: the next epoch. Returns it, or null when it is not the owner's.</summary>
    internal long? Transfer(Incarnation owner, ShardId shard)
    {
        lock (_gate)
        {
            var state = _tables.Shards[shard];
            if (state.Owner != owner)
            {
                return null;
            }

            _tables = _tables with { Shards = _tables.Shards.SetItem(shard, state with { Epoch = state.Epoch + 1 }) };
            return state.Epoch + 1;
        }
    }

    /// <summary>Messages in the store, timers included; parked ones are not counted. For tests that wait for quiet.</summary>
    public IReadOnlyList<MailRow> AllMail() => [.. _tables.MailByDue.Values];

    /// <summary>Messages that were given up, with the reason.</summary>
    public IReadOnlyList<ParkedRow> AllParked() => [.. _tables.Parked.Values.Select(p => p.Why)];

    /// <summary>Claims that are held.</summary>
    public IReadOnlyList<ClaimRow> AllClaims() => [.. _tables.Claims.Values];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static IStoreSnapshot Freeze(MemoryTables tables) => new Snapshot(tables);

    private static ImmutableList<EventRow> After(ImmutableList<EventRow> events, long sequence)
    {
        if (events.IsEmpty || events[0].Sequence > sequence)
        {
            return events;
        }

        var skip = (int)Math.Min(events.Count, sequence - events[0].Sequence + 1);
        return events.GetRange(skip, events.Count - skip);
    }

    private static int FirstAfter(ImmutableList<EventRow> rows, long position)
    {
        var (low, high) = (0, rows.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = rows[middle].Position <= position ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private sealed class Snapshot(MemoryTables tables) : IStoreSnapshot
    {
        public ValueTask<ViewRowPage> QueryAsync(ViewRowQuery query, CancellationToken ct) =>
            ValueTask.FromResult(MemoryQuery.Run(tables, query));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
