using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

// One turn on one key, from its trace to what it tells.
internal sealed partial class ReconcilerWorker
{
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
}
