using System.Collections.Immutable;
using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

// How its keys stand, for operators and metrics.
internal sealed partial class ReconcilerWorker
{
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
}
