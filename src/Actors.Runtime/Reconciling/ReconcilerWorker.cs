using System.Threading.Channels;
using Gantry.Actors.Kernel;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Runs one reconciler over its queue: a loop that starts turns, and one that lists keys. The queue is the mailbox; it coalesces, so a
/// nudge is never lost for want of room, and <see cref="_gate"/> is held only for its few lines.
/// </summary>
internal sealed partial class ReconcilerWorker(
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
}

/// <summary>What the gauges of one reconciler show.</summary>
internal readonly record struct ReconcilerSample(int Depth, TimeSpan OldestWaiting, TimeSpan OldestSuccess);
