using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;
using Gantry.Primitives;

namespace Gantry.Actors.Runtime;

/// <summary>Reads views from the store: at most 32 queries run and 256 wait, one more is told to come back (engine 9).</summary>
internal sealed class ViewsReader(IActorStore store, EngineMetrics metrics, TimeProvider time, IRandomSource random) : IViews, IDisposable
{
    public const int RunningMax = 32;
    public const int WaitingMax = 256;

    private readonly SemaphoreSlim _room = new(RunningMax);
    private readonly ConcurrentDictionary<Snapshot, long> _open = new();
    private int _waiting;

    // Queries end within milliseconds.
    private TimeSpan RetryAfter => RetryTime.Shortest(random);

    public async ValueTask<ViewPage<TRow>> QueryAsync<TRow>(ViewQuery<TRow> query, CancellationToken ct) where TRow : class
    {
        var question = Question(query);
        await EnterAsync(ct).ConfigureAwait(false);
        try
        {
            return Page(query, await store.QueryAsync(question, ct).ConfigureAwait(false));
        }
        catch (StoreConnectionException e)
        {
            throw new StoreUnavailableException($"view {query.View.Name} cannot be read: {e.Message}", RetryAfter);
        }
        finally
        {
            _room.Release();
        }
    }

    public async ValueTask<IViewSnapshot> SnapshotAsync(CancellationToken ct)
    {
        await EnterAsync(ct).ConfigureAwait(false);
        try
        {
            var snapshot = new Snapshot(this, await store.SnapshotAsync(ct).ConfigureAwait(false));
            _open.TryAdd(snapshot, time.GetTimestamp());
            metrics.OldestSnapshot ??= OldestAge;
            return snapshot;
        }
        catch (Exception e)
        {
            _room.Release();
            if (e is StoreConnectionException)
            {
                throw new StoreUnavailableException($"views cannot be read: {e.Message}", RetryAfter);
            }

            throw;
        }
    }

    public void Dispose() => _room.Dispose();

    private static ViewRowQuery Question<TRow>(ViewQuery<TRow> query) where TRow : class
    {
        if (query.Limit is < 1 or > ViewQuery<TRow>.LimitMax)
        {
            throw new ArgumentException(
                $"a query of view {query.View.Name} asks for {query.Limit} rows, 1 to {ViewQuery<TRow>.LimitMax} are allowed", nameof(query));
        }

        return new ViewRowQuery(query.View, query.Where, query.OrderBy, query.Descending, query.After, query.Limit);
    }

    private ViewPage<TRow> Page<TRow>(ViewQuery<TRow> query, ViewRowPage page) where TRow : class
    {
        var items = ImmutableArray.CreateBuilder<ViewItem<TRow>>(page.Rows.Count);
        foreach (var row in page.Rows)
        {
            if (row.Damage is { } damage)
            {
                // A list without it would be a wrong list.
                throw new StoreUnavailableException(damage, RetryAfter);
            }

            var document = (TRow?)JsonSerializer.Deserialize(row.Document, query.View.RowType)
                ?? throw new WireException($"row {row.Key} of view {query.View.Name} is null");
            items.Add(new ViewItem<TRow>(row.Key, row.Entity, row.Revision, document));
        }

        var next = page.Rows.Count < query.Limit ? null : new ViewCursor(page.Rows[^1].Order, page.Rows[^1].Key);
        return new ViewPage<TRow>(items.MoveToImmutable(), next);
    }

    private async ValueTask EnterAsync(CancellationToken ct)
    {
        if (_room.Wait(0, ct))
        {
            return;
        }

        if (Interlocked.Increment(ref _waiting) > WaitingMax)
        {
            Interlocked.Decrement(ref _waiting);
            metrics.Shed("views");
            throw new StoreUnavailableException(
                $"{RunningMax} view queries run and {WaitingMax} wait: too many; ask again in a second", RetryAfter);
        }

        try
        {
            await _room.WaitAsync(ct).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private TimeSpan OldestAge() => _open.Values.Select(began => time.GetElapsedTime(began)).DefaultIfEmpty(TimeSpan.Zero).Max();

    private sealed class Snapshot(ViewsReader owner, IStoreSnapshot snapshot) : IViewSnapshot
    {
        private int _isOver;

        public async ValueTask<ViewPage<TRow>> QueryAsync<TRow>(ViewQuery<TRow> query, CancellationToken ct) where TRow : class
        {
            try
            {
                return owner.Page(query, await snapshot.QueryAsync(Question(query), ct).ConfigureAwait(false));
            }
            catch (StoreConnectionException e)
            {
                throw new StoreUnavailableException($"view {query.View.Name} cannot be read: {e.Message}", owner.RetryAfter);
            }
        }

        public ValueTask<IViewSnapshot> SnapshotAsync(CancellationToken ct) =>
            throw new InvalidOperationException("a snapshot has no snapshots: use the one you have");

        public async ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
            {
                owner._open.TryRemove(this, out _);
                owner._room.Release();
                await snapshot.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
