using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Housekeeping of the store: counts mail and sagas every 10 s (engine 9, 10.1), and removes what is old every 10 min: receipts, dead
/// letters, and all but the last event of entities that ended long ago (3.5).
/// </summary>
internal sealed class StoreKeeper(
    ActorEngineParts parts, LaneRouter router, EngineMetrics metrics, IViews views, ILogger log) : IAsyncDisposable
{
    private const int Chunk = 5_000;
    private const int EndedChunk = 200;

    private static readonly TimeSpan CountPeriod = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TrimPeriod = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan PingPatience = TimeSpan.FromSeconds(2);

    private readonly IActorStore _store = parts.Store;
    private readonly BatchEncoder _encoder = new(parts.Model);
    private readonly WholeImages _images = new(parts.Store, new RowDecoder(parts.Model), log);
    private readonly HashSet<ShardId> _crowded = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _run = Task.CompletedTask;

    public void Start() => _run = Task.WhenAll(RepeatAsync(CountPeriod, CountAsync), RepeatAsync(TrimPeriod, TrimAsync));

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RepeatAsync(TimeSpan period, Func<CancellationToken, Task> work)
    {
        try
        {
            while (true)
            {
                await Task.Delay(period, parts.Time, _stop.Token).ConfigureAwait(false);
                await TryAsync(work).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    // Housekeeping never ends anything: what failed is tried again next time.
    private async Task TryAsync(Func<CancellationToken, Task> work)
    {
        try
        {
            await work(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (!_stop.IsCancellationRequested)
        {
            RuntimeLog.HousekeepingFailed(log, $"{e.GetType().Name}: {e.Message}");
        }
    }

    private async Task CountAsync(CancellationToken ct)
    {
        metrics.StoreUp = await IsUpAsync(ct).ConfigureAwait(false);
        if (!metrics.StoreUp)
        {
            return;
        }

        if (_store.Maintenance is { } maintenance)
        {
            var count = await maintenance.CountMailAsync(ct).ConfigureAwait(false);
            (metrics.MailBacklog, metrics.MailParked) = (count.Total, count.Parked);
            metrics.Strain = await maintenance.StrainAsync(ct).ConfigureAwait(false);
            Tell(count);
        }

        metrics.Sagas = (
            await SagasAsync(SagaState.Running, ct).ConfigureAwait(false) + await SagasAsync(SagaState.Unwinding, ct).ConfigureAwait(false),
            await SagasAsync(SagaState.Stuck, ct).ConfigureAwait(false));
    }

    private async Task<bool> IsUpAsync(CancellationToken ct)
    {
        try
        {
            await _store.PingAsync(ct).AsTask().WaitAsync(PingPatience, parts.Time, ct).ConfigureAwait(false);
            return router.Lanes.All(l => l.StoreTrouble is null);
        }
        catch (Exception e) when (e is StoreConnectionException or TimeoutException)
        {
            return false;
        }
    }

    // Lanes hear only of shards that are half full, and once more when one is no longer.
    private void Tell(MailCount count)
    {
        var crowded = count.ByShard.Where(s => s.Value > LaneLimits.StoredMailMax / 2).ToList();
        foreach (var (shard, mail) in crowded)
        {
            if (_crowded.Add(shard))
            {
                RuntimeLog.MailPilesUp(log, shard.Value, mail, LaneLimits.StoredMailMax);
            }

            router.LaneOf(shard)?.Inbox.Complete(new LaneEvent.MailCounted(shard, mail));
        }

        foreach (var shard in _crowded.Except(crowded.Select(c => c.Key)).ToList())
        {
            _crowded.Remove(shard);
            router.LaneOf(shard)?.Inbox.Complete(new LaneEvent.MailCounted(shard, count.ByShard.GetValueOrDefault(shard)));
        }
    }

    private async Task<int> SagasAsync(string state, CancellationToken ct)
    {
        var query = new ViewQuery<SagaRow>(SagaViews.Sagas) { Limit = ViewQuery<SagaRow>.LimitMax }.WhereEqual("state", state);
        return (await views.QueryAsync(query, ct).ConfigureAwait(false)).Items.Length;
    }

    // Kinds with a time of their own each have their turn; the rest, former kinds included, is one turn.
    private static IEnumerable<(TimeSpan Time, ReceiptScope Scope)> ReceiptTimes(IEnumerable<EntityKind> kinds)
    {
        var special = kinds.Where(k => k.ReceiptsFor != EntityKind.ReceiptsForDefault).ToList();
        return special.GroupBy(k => k.ReceiptsFor, (time, of) => (time, new ReceiptScope([.. of.Select(k => k.Name)], IsAllBut: false)))
            .Append((EntityKind.ReceiptsForDefault, new ReceiptScope([.. special.Select(k => k.Name)], IsAllBut: true)));
    }

    private async Task TrimAsync(CancellationToken ct)
    {
        var now = parts.Time.GetUtcNow();
        foreach (var (time, scope) in ReceiptTimes(parts.Model.Kinds.Values))
        {
            while (await _store.TrimReceiptsAsync(now - time, scope, Chunk, ct).ConfigureAwait(false) == Chunk)
            {
                // More of them.
            }
        }

        if (_store.Maintenance is not { } maintenance)
        {
            return;
        }

        while (await maintenance.TrimParkedAsync(now - parts.Options.ParkedFor, Chunk, ct).ConfigureAwait(false) == Chunk)
        {
            // More of them.
        }

        var (listed, trimmed) = (0, 0);
        do
        {
            (listed, trimmed) = await TrimEndedAsync(maintenance, now - parts.Options.EndedFor, ct).ConfigureAwait(false);
        }
        while (listed == EndedChunk && trimmed > 0);
    }

    private async Task<(int Listed, int Trimmed)> TrimEndedAsync(IStoreMaintenance maintenance, DateTimeOffset before, CancellationToken ct)
    {
        var trimmed = 0;
        var all = await maintenance.ListEndedAsync(before, EndedChunk, ct).ConfigureAwait(false);
        foreach (var ended in all)
        {
            try
            {
                trimmed += await TrimEndedAsync(maintenance, ended, ct).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not (OperationCanceledException or StoreConnectionException))
            {
                // One that cannot be folded keeps all it has; those behind it have their turn.
                RuntimeLog.EndedNotTrimmed(log, ended.Entity.ToString(), e.Message);
            }
        }

        return (all.Count, trimmed);
    }

    // The state stays as a snapshot, for whoever asks the entity again must hear that it has ended: without one that can be read nothing goes.
    private async Task<int> TrimEndedAsync(IStoreMaintenance maintenance, EntityDirectoryRow ended, CancellationToken ct)
    {
        if (router.Me is not { } me)
        {
            return 0;
        }

        var image = await _images.ReadAsync(ended.Entity, ct).ConfigureAwait(false);
        var folded = _images.Decoder.Fold(image);
        if (!Covers(image, ended))
        {
            var row = _encoder.EncodeSnapshot(ended.Entity, folded.Revision, folded.State)
                ?? throw new WireException("its state is too large for a snapshot");
            await _store.SaveSnapshotsAsync(me, [row], ct).ConfigureAwait(false);
            if (!Covers(await _images.ReadAsync(ended.Entity, ct).ConfigureAwait(false), ended))
            {
                throw new WireException("its snapshot was not taken");
            }
        }

        return await maintenance.TrimHistoryAsync(ended.Entity, ended.LastSequence - 1, Chunk, ct).ConfigureAwait(false);
    }

    private bool Covers(EntityImage image, EntityDirectoryRow ended) =>
        image.Snapshot is { } snapshot && snapshot.Sequence >= ended.LastSequence && _images.Decoder.IsUsable(snapshot);
}
