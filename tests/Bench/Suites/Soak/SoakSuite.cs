using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Bench;

/// <summary>
/// Half of what the engine can take, for as long as <c>--seconds</c> says (600 for the real thing): memory after warm-up, the longest
/// waits, exceptions that nobody saw. Prints; whoever reads decides.
/// </summary>
internal sealed class SoakSuite : IBenchSuite
{
    private const int Entities = 10_000;
    private const int Callers = 64;

    private static readonly TimeSpan Peak = TimeSpan.FromSeconds(10);

    public string Name => "soak";

    public bool IsOnDemand => true;

    public async IAsyncEnumerable<BenchResult> RunAsync(
        TimeSpan duration, TextWriter output, [EnumeratorCancellation] CancellationToken ct)
    {
        var model = new EngineModel([Counter.Module]);
        using var folder = new BenchFolder();
        await using var store = SqliteSuite.Store(folder.New());
        await using var engine = await EngineUnderLoad.StartAsync(store, model, lanes: 1, ct);
        var (peak, _) = await Bench.Callers.RunAsync(engine.Entities, 256, (caller, i) => Entity((caller * 7_919) + i), Peak, ct);
        await output.WriteLineAsync($"soak: {peak / 2:0} commands per second, half of {peak:0}, for {duration.TotalSeconds:0} s");

        var unseen = 0;
        TaskScheduler.UnobservedTaskException += (_, e) =>
        {
            Interlocked.Increment(ref unseen);
            e.SetObserved();
        };
        var run = new Run(engine.Entities, peak / 2 / Callers);
        var load = Task.WhenAll(Enumerable.Range(0, Callers).Select(c => Task.Run(() => run.AskAsync(c, duration, ct), ct)));
        var memory = await WatchAsync(duration, run, output, ct);
        await load;
        yield return new BenchResult
        {
            Id = "soak",
            What = $"half load for {duration.TotalSeconds:0} s",
            Values = new Dictionary<string, double>
            {
                ["commands"] = run.Done,
                ["not_accepted"] = run.NotAccepted,
                ["longest_wait_ms"] = run.LongestMs,
                ["unobserved_exceptions"] = unseen,
                ["memory_growth_percent_per_hour"] = GrowthPerHour(memory),
            },
        };
    }

    private static EntityAddress Entity(long number) => Counter.Address((int)(number % Entities));

    private static async Task<List<(double Hours, double Bytes)>> WatchAsync(TimeSpan duration, Run run, TextWriter output, CancellationToken ct)
    {
        var samples = new List<(double, double)>();
        var from = Stopwatch.GetTimestamp();
        var every = TimeSpan.FromSeconds(Math.Clamp(duration.TotalSeconds / 20, 2, 30));
        while (Stopwatch.GetElapsedTime(from) + every < duration)
        {
            await Task.Delay(every, TimeProvider.System, ct);
            var bytes = GC.GetTotalMemory(forceFullCollection: true);
            samples.Add((Stopwatch.GetElapsedTime(from).TotalHours, bytes));
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"  {Stopwatch.GetElapsedTime(from).TotalSeconds,5:0} s  heap {bytes / 1048576.0:0.0} MiB, process {Environment.WorkingSet / 1048576.0:0} MiB, "
                + $"{run.Done:N0} commands, longest wait {run.TakeLongestMs():0} ms"));
        }

        return samples;
    }

    // A straight line through what comes after the first third: caches of a bounded size are full by then.
    private static double GrowthPerHour(List<(double Hours, double Bytes)> samples)
    {
        var late = samples.Skip(samples.Count / 3).ToList();
        if (late.Count < 3)
        {
            return 0;
        }

        var (x, y) = (late.Average(s => s.Hours), late.Average(s => s.Bytes));
        var slope = late.Sum(s => (s.Hours - x) * (s.Bytes - y)) / late.Sum(s => (s.Hours - x) * (s.Hours - x));
        return slope / y * 100;
    }

    private sealed class Run(IEntities entities, double perSecond)
    {
        private readonly ConcurrentBag<string> _others = [];
        private long _done;
        private long _longest;
        private long _longestSince;

        public long Done => Interlocked.Read(ref _done);

        public int NotAccepted => _others.Count;

        public double LongestMs => TimeSpan.FromTicks(Interlocked.Read(ref _longest)).TotalMilliseconds;

        public double TakeLongestMs() => TimeSpan.FromTicks(Interlocked.Exchange(ref _longestSince, 0)).TotalMilliseconds;

        public async Task AskAsync(int caller, TimeSpan duration, CancellationToken ct)
        {
            var from = Stopwatch.GetTimestamp();
            for (long i = 0; Stopwatch.GetElapsedTime(from) < duration; i++)
            {
                var due = TimeSpan.FromSeconds(i / perSecond);
                if (due - Stopwatch.GetElapsedTime(from) is { TotalMilliseconds: > 1 } wait)
                {
                    await Task.Delay(wait, TimeProvider.System, ct);
                }

                var asked = Stopwatch.GetTimestamp();
                var outcome = await entities.AskAsync(
                    Entity((caller * 7_919L) + (i * 104_729L)),
                    new AddToCounter(1),
                    new AskOptions
                    {
                        Key = CommandKey.Fresh(SystemRandomSource.Instance), Deadline = TimeSpan.FromSeconds(10), Caller = Principal.Engine,
                    },
                    ct);
                Note(outcome, Stopwatch.GetElapsedTime(asked).Ticks);
            }
        }

        private void Note(Outcome<CounterReply> outcome, long ticks)
        {
            Interlocked.Increment(ref _done);
            if (outcome is not Outcome<CounterReply>.Accepted)
            {
                _others.Add(outcome.ToString());
            }

            // Good enough between racing callers: one of two maxima may be lost for a moment.
            if (ticks > Interlocked.Read(ref _longest))
            {
                Interlocked.Exchange(ref _longest, ticks);
            }

            if (ticks > Interlocked.Read(ref _longestSince))
            {
                Interlocked.Exchange(ref _longestSince, ticks);
            }
        }
    }
}
