using System.Collections.Concurrent;
using System.Collections.Frozen;
using Gantry.Actors.Kernel;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Runs activities: at least once each, at most 16 at a time per name, again with back-off while they throw. The result goes to the lane, which
/// deletes the message and posts the reply in one batch (engine 8.2).
/// </summary>
internal sealed class ActivityRunner(TimeProvider time, IRandomSource random, TimeSpan deadline, ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan BackoffFirst = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan BackoffMax = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LeaveBehindAfter = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<MailId, Run> _running = new();
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _room = new();
    private readonly CancellationTokenSource _stop = new();
    private bool _isLeftBehind;
    private volatile FrozenDictionary<string, IActivity> _activities = FrozenDictionary<string, IActivity>.Empty;

    public int RunningCount => _running.Count;

    public void Open(IEnumerable<IActivity> activities) => _activities = activities.ToFrozenDictionary(a => a.Name);

    public void Start(LaneOutput.RunActivity run, LaneInbox inbox)
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        // In the table before it can end, so that its end takes it out again.
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var one = new Run(run.Name, _stop.Token);
        _running[run.Mail] = one;
        one.Task = RunAsync(run, inbox, one, began.Task);
        began.SetResult();
    }

    /// <summary>Its shard has left: the next owner runs it again.</summary>
    public void Cancel(MailId mail)
    {
        if (_running.TryRemove(mail, out var run))
        {
            _ = run.Cancel.CancelAsync();
        }
    }

    /// <summary>
    /// Cancels what runs and waits for it within a bound: code that does not listen must not keep the node from joining anew. Its result reaches
    /// nobody, and the next incarnation runs it again.
    /// </summary>
    public async Task StopAsync()
    {
        if (_isLeftBehind)
        {
            return;
        }

        var runs = _running.Values.ToList();
        try
        {
            await Task.WhenAll([_stop.CancelAsync(), .. runs.Select(r => r.Task)]).WaitAsync(LeaveBehindAfter, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _isLeftBehind = true;
            RuntimeLog.ActivitiesLeftBehind(
                log, string.Join(", ", runs.Where(r => !r.Task.IsCompleted).Select(r => r.Name).Distinct(StringComparer.Ordinal)), LeaveBehindAfter.TotalSeconds);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        if (_isLeftBehind)
        {
            return; // who comes back late still gives its place up
        }

        foreach (var room in _room.Values)
        {
            room.Dispose();
        }

        _stop.Dispose();
    }

    private async Task RunAsync(LaneOutput.RunActivity run, LaneInbox inbox, Run one, Task began)
    {
        await began.ConfigureAwait(false);
        try
        {
            var reply = await UntilKnownAsync(run, one.Cancel.Token).ConfigureAwait(false);
            inbox.Complete(new LaneEvent.ActivityDone(run.Mail, reply));
        }
        catch (OperationCanceledException) when (one.Cancel.IsCancellationRequested)
        {
            // Its mail is still there: the next owner runs it again.
        }
        finally
        {
            if (_running.TryRemove(KeyValuePair.Create(run.Mail, one)))
            {
                one.Cancel.Dispose();
            }
        }
    }

    private async Task<Reply> UntilKnownAsync(LaneOutput.RunActivity run, CancellationToken cancelled)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                // Another node, of another release, may have run it before its shard came here: that this one has none of the name says nothing.
                var activity = _activities.GetValueOrDefault(run.Name)
                    ?? throw new InvariantException($"this node has no activity named {run.Name}; a node of another release may");
                return await OnceAsync(activity, run, cancelled).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancelled.IsCancellationRequested)
            {
                // "Not known": nothing may be concluded from a throw, so it is run again with the same token.
                var delay = BackoffFirst * Math.Pow(2, Math.Min(attempt, 10));
                delay = (delay > BackoffMax ? BackoffMax : delay) * (0.5 + (random.NextDouble() / 2));
                RuntimeLog.ActivityFailed(log, run.Name, run.Token, delay, $"{e.GetType().Name}: {e.Message}");
                await Task.Delay(delay, time, cancelled).ConfigureAwait(false);
            }
        }
    }

    private async Task<Reply> OnceAsync(IActivity activity, LaneOutput.RunActivity run, CancellationToken cancelled)
    {
        var room = _room.GetOrAdd(run.Name, static _ => new SemaphoreSlim(LaneLimits.ActivitiesPerName));
        await room.WaitAsync(cancelled).ConfigureAwait(false);
        try
        {
            using var patience = new CancellationTokenSource(run.Patience ?? deadline, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancelled);
            using var span = EngineTraces.Continue(EngineTraces.Source, "activity", run.Trace);
            span?.SetTag("activity", run.Name);
            span?.SetTag("token", run.Token);
            return await activity.RunAsync(run.Token, run.Input, either.Token).ConfigureAwait(false)
                ?? throw new InvariantException($"activity {run.Name} ended without a reply");
        }
        finally
        {
            room.Release();
        }
    }

    private sealed class Run(string name, CancellationToken stop)
    {
        public string Name => name;

        public CancellationTokenSource Cancel { get; } = CancellationTokenSource.CreateLinkedTokenSource(stop);

        public Task Task { get; set; } = Task.CompletedTask;
    }
}
