using System.Collections.Immutable;
using System.Threading.Channels;
using Gantry.Actors.Kernel;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Runs one reconciler over its queue: a loop that starts turns, and one that lists keys. The queue is the mailbox; it coalesces, so a
/// nudge is never lost for want of room, and <see cref="_gate"/> is held only for its few lines.
/// </summary>
internal sealed class ReconcilerWorker(
    IReconciler reconciler, IShardScope scope, Func<bool> isBusy, TimeProvider time, IRandomSource random, ReconcilerMetrics metrics, ILogger log)
    : IDisposable
{
    /// <summary>Listing of a reconciler without a period: only to forget keys that are no more.</summary>
    private static readonly TimeSpan ListingWithoutPeriod = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan ListingBackoffMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BusyLook = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Dictionary<string, (Task Task, CancellationTokenSource Lost)> _turns = [];
    private readonly Channel<bool> _listNow = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly KeyBook _book = new();
    private string? _pausedBy;
    private QueueKernel _queue = new(reconciler.Options, random) { LooksTwice = !scope.IsWhole };
    private ITimer? _alarm;
    private Task _loops = Task.CompletedTask;
    private bool _isListed;

    public IReconciler Reconciler => reconciler;

    public void Start()
    {
        _alarm = time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _loops = Task.WhenAll(SuperviseAsync(), ListForeverAsync());
    }

    public async Task StopAsync(CancellationToken ct)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loops.ConfigureAwait(false);
        Task[] turns;
        lock (_gate)
        {
            turns = [.. _turns.Values.Select(t => t.Task)];
        }

        try
        {
            await Task.WhenAll(turns).WaitAsync(StopPatience, time, ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            log.TurnsLeftBehind(reconciler.Name, turns.Count(t => !t.IsCompleted));
        }
    }

    public void Dispose()
    {
        _alarm?.Dispose();
        _stop.Dispose();
    }

    /// <summary>Starts no more turns, or goes on.</summary>
    public void Pause(string? by)
    {
        lock (_gate)
        {
            _pausedBy = by;
            _queue.IsPaused = by is not null;
        }

        Wake();
    }

    /// <summary>Shards came or went: keys of those that went are dropped and their turns cancelled, those that came are listed.</summary>
    public void ScopeChanged()
    {
        var owned = scope.Owned;
        var owed = new List<RelayedNudge>();
        lock (_gate)
        {
            foreach (var (key, state) in _queue.Keys().Select(k => (k.Key, k.State)).Where(k => !owned.Contains(reconciler.AddressOf(k.Key))).ToList())
            {
                if (state != QueueState.Idle)
                {
                    // The next owner may have listed its keys before what this turn is about, or its reconciler has keys that no list names.
                    owed.Add(new RelayedNudge(reconciler.Name, key, ForgetBackoff: false, _book.TraceOf(key)));
                }

                _queue.Drop(key);
                _book.Forget(key);
                if (_turns.TryGetValue(key, out var turn))
                {
                    _ = LoseAsync(key, turn.Lost);
                }
            }
        }

        foreach (var nudge in owed)
        {
            scope.Relay(reconciler.AddressOf(nudge.Key!), nudge); // set above
        }

        _listNow.Writer.TryWrite(true);
    }

    /// <summary>A nudge of this node: to the queue, or to the owner of the key's shard.</summary>
    public void NudgeOwner(string? key, bool forgetBackoff, string? trace)
    {
        if (key is null)
        {
            scope.RelayToAll(reconciler.Name, forgetBackoff);
            Nudge(null, forgetBackoff);
        }
        else
        {
            Take(new RelayedNudge(reconciler.Name, key, forgetBackoff, trace));
        }
    }

    /// <summary>A nudge of any node: to the queue, or on to the owner, for the node that sent it may have an old map, or this one has.</summary>
    public void Take(RelayedNudge nudge)
    {
        if (nudge.Key is not { } key || scope.IsWhole || reconciler.AddressOf(key) is var address && scope.Owned.Contains(address))
        {
            Nudge(nudge.Key, nudge.ForgetBackoff, nudge.Trace);
        }
        else if (nudge.Hops < RelayedNudge.HopsMax)
        {
            scope.Relay(address, nudge);
        }
    }

    public void Nudge(string? key, bool forgetBackoff, string? trace = null)
    {
        var isRefused = false;
        lock (_gate)
        {
            if (key is null)
            {
                _queue.NudgeAll(time.GetUtcNow(), forgetBackoff);
            }
            else
            {
                isRefused = !_queue.Nudge(key, time.GetUtcNow(), forgetBackoff);
                if (trace is not null && !isRefused)
                {
                    _book.Nudged(key, trace);
                }
            }
        }

        if (isRefused)
        {
            log.TooManyKeys(reconciler.Name, 1);
        }

        Wake();
    }

    public ImmutableArray<ReconcilerKeyStatus> Status()
    {
        lock (_gate)
        {
            return [.. _queue.Keys().OrderBy(k => k.Key, StringComparer.Ordinal).Select(k => _book.StatusOf(reconciler.Name, k))];
        }
    }

    public ReconcilerStanding Standing()
    {
        ImmutableArray<QueueKey> keys;
        lock (_gate)
        {
            keys = _queue.Keys();
        }

        var worst = keys.Where(k => k.Failures > 0).MaxBy(k => k.Failures);
        return new ReconcilerStanding(
            reconciler.Name, keys.Length, keys.Count(k => k.Failures > 0), worst?.Key, worst?.LastError, _isListed);
    }

    public ReconcilerSample Sample()
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            var (depth, oldest) = _queue.Waiting(now);
            var oldestSuccess = _queue.Keys().Select(k => k.LastSuccess ?? k.AddedAt).DefaultIfEmpty(now).Min();
            return new ReconcilerSample(depth, oldest is { } o ? now - o : TimeSpan.Zero, now - oldestSuccess);
        }
    }

    public ReconcilerCard Card()
    {
        var standing = Standing();
        var sample = Sample();
        lock (_gate)
        {
            var worst = _queue.Keys().Where(k => k.Failures > 0).MaxBy(k => k.Failures);
            return new ReconcilerCard
            {
                Name = reconciler.Name,
                Period = reconciler.Options.Period,
                Concurrency = reconciler.Options.Concurrency,
                Keys = standing.Keys,
                Running = _queue.Running,
                Waiting = sample.Depth,
                Failing = standing.Failing,
                WorstAttempts = worst?.Failures ?? 0,
                WorstKey = worst?.Key,
                WorstError = worst?.LastError,
                ConvergenceAge = sample.OldestSuccess,
                IsListed = standing.IsListed,
                IsPaused = _pausedBy is not null,
                PausedBy = _pausedBy,
                Report = _book.Report,
            };
        }
    }

    private void Wake() => _wake.Writer.TryWrite(true);

    // A throw of the loop is a bug of the queue: the worker starts over with an empty one, and the listing fills it again.
    private async Task SuperviseAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await LoopAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.WorkerRestarts(reconciler.Name, e);
                lock (_gate)
                {
                    _queue = Anew();
                    _isListed = false;
                }

                _listNow.Writer.TryWrite(true);
                await PauseAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
            }
        }
    }

    // A key never runs twice at once: turns on their way are turns of the new queue, which looks again at what they saw.
    private QueueKernel Anew()
    {
        var queue = new QueueKernel(reconciler.Options, random) { IsPaused = _pausedBy is not null, LooksTwice = !scope.IsWhole };
        var owned = scope.Owned;
        foreach (var key in _turns.Keys)
        {
            queue.Adopt(key, time.GetUtcNow());
            if (!owned.Contains(reconciler.AddressOf(key)))
            {
                queue.Drop(key);
            }
        }

        return queue;
    }

    private async Task LoopAsync()
    {
        while (true)
        {
            DateTimeOffset? next;
            lock (_gate)
            {
                var now = time.GetUtcNow();
                _queue.IsShedding = isBusy();
                while (_queue.TryTake(now, out var turn))
                {
                    // Started inside the lock so that it is in _turns before it can end: it yields at once.
                    var lost = new CancellationTokenSource();
                    _turns[turn.Key] = (RunAsync(turn, lost), lost);
                }

                next = _queue.NextDue();
                if (_queue.IsShedding && !(next < now + BusyLook))
                {
                    next = now + BusyLook;
                }
            }

            if (next is { } due)
            {
                var delay = due - time.GetUtcNow();
                _alarm!.Change(delay > TimeSpan.Zero ? delay : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            }

            await _wake.Reader.ReadAsync(_stop.Token).ConfigureAwait(false);
        }
    }

    private async Task RunAsync(QueueTurn turn, CancellationTokenSource lost)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var began = time.GetTimestamp();
        string? trace;
        lock (_gate)
        {
            trace = _book.TakeTrace(turn.Key);
        }

        using var activity = EngineTraces.Continue(ReconcilerMetrics.Traces, "reconcile", trace);
        activity?.SetTag("reconciler", reconciler.Name);
        activity?.SetTag("key", turn.Key);

        var limit = reconciler.Options.TurnTimeout;
        var overdueAt = limit > TimeSpan.Zero ? limit + StopPatience : Timeout.InfiniteTimeSpan;
        using var overdue = time.CreateTimer(_ => Overdue(turn, lost), null, overdueAt, Timeout.InfiniteTimeSpan);
        var end = await TurnAsync(turn, lost).ConfigureAwait(false);
        if (end is { } known)
        {
            metrics.TurnEnded(reconciler.Name, known.End, time.GetElapsedTime(began));
            LogEnd(turn, known);
        }

        lock (_gate)
        {
            if (_turns.GetValueOrDefault(turn.Key).Lost != lost)
            {
                return; // it was forgotten before it ended
            }

            _turns.Remove(turn.Key);
            lost.Dispose();
            if (end is { } told)
            {
                _book.Ended(turn.Key, told);
            }

            _queue.Finish(turn.Key, end ?? Reconciled.Done, time.GetUtcNow());
        }

        Wake();
    }

    // Its cancellation was not heard. The key never runs beside itself, so it waits for the turn; the others do not.
    private void Overdue(QueueTurn turn, CancellationTokenSource lost)
    {
        var after = reconciler.Options.TurnTimeout + StopPatience;
        lock (_gate)
        {
            if (_turns.GetValueOrDefault(turn.Key).Lost != lost)
            {
                return;
            }

            _queue.Overdue(turn.Key, $"the turn does not end: it was cancelled after {reconciler.Options.TurnTimeout.TotalSeconds:0.#} s and does not hear it");
        }

        log.TurnHangs(reconciler.Name, turn.Key, after.TotalSeconds);
        Wake();
    }

    // The shard left: the turn is cancelled, and after a while forgotten, ended or not. What does not hear its cancellation must not keep a place
    // from other keys, nor its own key from running here when the shard comes back.
    private async Task LoseAsync(string key, CancellationTokenSource lost)
    {
        await lost.CancelAsync().ConfigureAwait(false);
        await PauseAsync(StopPatience).ConfigureAwait(false);
        lock (_gate)
        {
            if (_stop.IsCancellationRequested || _turns.GetValueOrDefault(key).Lost != lost)
            {
                return;
            }

            _turns.Remove(key);
            _queue.Finish(key, Reconciled.Done, time.GetUtcNow());
        }

        log.TurnForgotten(reconciler.Name, key);
        Wake();
    }

    /// <summary>Null when the host stops or the shard left: then nothing is known and nothing matters.</summary>
    private async Task<Reconciled?> TurnAsync(QueueTurn turn, CancellationTokenSource lost)
    {
        var limit = reconciler.Options.TurnTimeout;
        using var late = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _stop.Token, lost.Token);
        try
        {
            return await reconciler.ReconcileAsync(
                turn.Key,
                new ReconcileTurn(turn.IsResync, turn.IsFirst, turn.Attempt, time.GetUtcNow()),
                either.Token).ConfigureAwait(false);
        }
        catch (Exception) when (_stop.IsCancellationRequested || lost.IsCancellationRequested)
        {
            return null;
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            return Reconciled.Retry($"the turn took longer than its {limit.TotalSeconds:0} s and was cancelled");
        }
        catch (Exception e)
        {
            log.TurnThrew(reconciler.Name, turn.Key, e);
            return Reconciled.Retry($"{e.GetType().Name}: {e.Message}");
        }
    }

    // One line when a key begins to fail and one when it is well again; what lies between is for the metrics.
    private void LogEnd(QueueTurn turn, Reconciled end)
    {
        if (end.End == ReconcileEnd.Retry && turn.Attempt == 1)
        {
            log.KeyFails(reconciler.Name, turn.Key, end.Reason ?? "no reason given");
        }
        else if (end.End == ReconcileEnd.Retry)
        {
            log.KeyFailsAgain(reconciler.Name, turn.Key, turn.Attempt, end.Reason ?? "no reason given");
        }
        else if (turn.Attempt > 1)
        {
            log.KeyRecovered(reconciler.Name, turn.Key, turn.Attempt - 1);
        }
    }

    private async Task ListForeverAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var period = reconciler.Options.Period > TimeSpan.Zero ? reconciler.Options.Period : ListingWithoutPeriod;
        var backoff = TimeSpan.FromMilliseconds(200);
        while (!_stop.IsCancellationRequested)
        {
            if (await TryListAsync().ConfigureAwait(false))
            {
                backoff = TimeSpan.FromMilliseconds(200);
                await PauseAsync(period * (1 - (QueueLimits.PeriodJitter * random.NextDouble())), _listNow.Reader).ConfigureAwait(false);
            }
            else
            {
                await PauseAsync(backoff * (0.5 + (0.5 * random.NextDouble()))).ConfigureAwait(false);
                backoff = backoff * 2 < ListingBackoffMax ? backoff * 2 : ListingBackoffMax;
            }
        }
    }

    private async Task<bool> TryListAsync()
    {
        var beganAt = time.GetUtcNow();
        try
        {
            var shards = scope.Owned;
            var keys = new HashSet<string>(StringComparer.Ordinal);
            await foreach (var key in reconciler.ListAsync(shards, _stop.Token).ConfigureAwait(false))
            {
                keys.Add(key);
            }

            int refused;
            lock (_gate)
            {
                refused = _queue.Listed(keys, beganAt, time.GetUtcNow());
                _book.KeepOnly(keys);
                _isListed = true;
            }

            if (refused > 0)
            {
                log.TooManyKeys(reconciler.Name, refused);
            }

            Wake();
            return true;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception e)
        {
            log.ListingFailed(reconciler.Name, e);
            return false;
        }
    }

    private async Task PauseAsync(TimeSpan delay, ChannelReader<bool>? sooner = null)
    {
        try
        {
            if (sooner is null)
            {
                await Task.Delay(delay, time, _stop.Token).ConfigureAwait(false);
                return;
            }

            using var due = new CancellationTokenSource(delay, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(due.Token, _stop.Token);
            await sooner.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The caller's loop looks at the stop itself.
        }
    }
}

/// <summary>What the gauges of one reconciler show.</summary>
internal readonly record struct ReconcilerSample(int Depth, TimeSpan OldestWaiting, TimeSpan OldestSuccess);
