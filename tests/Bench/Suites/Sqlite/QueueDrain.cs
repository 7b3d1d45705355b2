using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Primitives;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gantry.Bench;

/// <summary>P10: a reconciler with 10,000 dirty keys whose turns do nothing, and a change that overtakes a resync.</summary>
internal static class QueueDrain
{
    private const int Keys = 10_000;
    private const double DrainMax = 2;
    private const double OvertakeMsMax = 100;

    public static async Task<BenchResult> MeasureAsync(CancellationToken ct)
    {
        var drained = await DrainAsync(TimeSpan.Zero, nudgesOne: false, ct);
        var overtaken = await DrainAsync(TimeSpan.FromMilliseconds(1), nudgesOne: true, ct);
        return new BenchResult
        {
            Id = "P10",
            What = $"reconciler: {Keys:N0} keys, no-op turns; and a change nudged amid a resync whose turns take 1 ms",
            Values = new Dictionary<string, double> { ["drain_s"] = drained.Seconds, ["change_overtakes_resync_ms"] = overtaken.ChangeMs },
            Targets =
            [
                new BenchTarget("2 s / drain", DrainMax / drained.Seconds, 1),
                new BenchTarget("100 ms / overtaking", OvertakeMsMax / overtaken.ChangeMs, 1),
            ],
        };
    }

    private static async Task<(double Seconds, double ChangeMs)> DrainAsync(TimeSpan turn, bool nudgesOne, CancellationToken ct)
    {
        await using var host = new ReconcilerHost(
            new CommitListeners(), TimeProvider.System, SystemRandomSource.Instance, NullLogger<ReconcilerHost>.Instance);
        var reconciler = new Idle(turn);
        var from = Stopwatch.GetTimestamp();
        host.Start([reconciler], ShardSet.All(ShardId.DefaultCount));
        double change = 0;
        if (nudgesOne)
        {
            await reconciler.Begun.Task.WaitAsync(ct);
            var nudged = Stopwatch.GetTimestamp();
            host.Nudge(reconciler.Name, "changed");
            await reconciler.Changed.Task.WaitAsync(ct);
            change = Stopwatch.GetElapsedTime(nudged).TotalMilliseconds;
        }
        else
        {
            await reconciler.Drained.Task.WaitAsync(ct);
        }

        return (Stopwatch.GetElapsedTime(from).TotalSeconds, change);
    }

    private sealed class Idle(TimeSpan turn) : IReconciler
    {
        private int _turns;

        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Drained { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Changed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Name => "bench_idle";

        public ReconcilerOptions Options { get; } = new() { Concurrency = 4 };

        public async IAsyncEnumerable<string> ListAsync(ShardSet shards, [EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            foreach (var key in Enumerable.Range(0, Keys).Select(i => $"k{i}").ToImmutableArray())
            {
                yield return key;
            }
        }

        public async ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turnNow, CancellationToken ct)
        {
            var turns = Interlocked.Increment(ref _turns);
            if (turn > TimeSpan.Zero)
            {
                await Task.Delay(turn, TimeProvider.System, ct);
            }

            if (turns == 100)
            {
                Begun.TrySetResult();
            }

            if (turns == Keys)
            {
                Drained.TrySetResult();
            }

            if (key == "changed")
            {
                Changed.TrySetResult();
            }

            return Reconciled.Done;
        }
    }
}
