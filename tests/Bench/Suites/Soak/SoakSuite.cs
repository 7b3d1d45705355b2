using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Bench;

/// <summary>
/// Half of what the engine can take, for as long as <c>--minutes</c> says (10 for the real thing): growth of memory after warm-up, the age of
/// what waits in the engine, the longest waits of callers, exceptions that nobody handled.
/// </summary>
internal sealed class SoakSuite : IBenchSuite
{
    private const int Entities = 10_000;
    private const int Callers = 64;
    private const double GrowthPercentMax = 1;
    private const double QueueAgeMsMax = 5_000;

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
        using var ages = new QueueAges();
        var run = new Run(engine.Entities, peak / 2 / Callers);
        var load = Task.WhenAll(Enumerable.Range(0, Callers).Select(c => Task.Run(() => run.AskAsync(c, duration, ct), ct)));
        var memory = await WatchAsync(duration, run, ages, output, ct);
        await load;
        yield return new BenchResult
        {
            Id = "soak",
            What = $"half load for {duration.TotalSeconds:0} s",
            Values = new Dictionary<string, double>
            {
                ["commands"] = run.Done,
                ["longest_wait_of_a_caller_ms"] = run.LongestMs,
                ["heap_mib_after_warm_up"] = memory.Count == 0 ? 0 : memory[memory.Count / 3].Bytes / 1048576.0,
            },
            Targets =
            [
                new BenchTarget("memory growth, percent per hour", GrowthPerHour(memory), GrowthPercentMax, IsAtMost: true),
                new BenchTarget("unhandled exceptions", unseen, 0, IsAtMost: true),
                new BenchTarget("commands not accepted", run.NotAccepted, 0, IsAtMost: true),
                new BenchTarget("oldest in a queue, ms", ages.LongestMs, QueueAgeMsMax, IsAtMost: true),
            ],
        };
    }

    private static EntityAddress Entity(long number) => Counter.Address((int)(number % Entities));

    private static async Task<List<(double Hours, double Bytes)>> WatchAsync(
        TimeSpan duration, Run run, QueueAges ages, TextWriter output, CancellationToken ct)
    {
        var samples = new List<(double, double)>();
        var from = Stopwatch.GetTimestamp();
        var every = TimeSpan.FromSeconds(Math.Clamp(duration.TotalSeconds / 20, 2, 30));
        while (Stopwatch.GetElapsedTime(from) + every < duration)
        {
            for (var next = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(next) < every;)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, ct);
                ages.Look();
            }

            // What is under way differs from look to look by more than an hour may add: nobody asks while memory is weighed.
            long bytes;
            using (await run.PauseAsync(ct))
            {
                bytes = GC.GetTotalMemory(forceFullCollection: true);
            }

            samples.Add((Stopwatch.GetElapsedTime(from).TotalHours, bytes));
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"  {Stopwatch.GetElapsedTime(from).TotalSeconds,5:0} s  heap {bytes / 1048576.0:0.0} MiB, process {Environment.WorkingSet / 1048576.0:0} MiB, "
                + $"{run.Done:N0} commands, longest wait {run.TakeLongestMs():0} ms, oldest in a queue {ages.LongestMs:0} ms"));
        }

        return samples;
    }

    // The median of the slopes between all pairs of samples after the first third, when caches of a bounded size are full: one collection that
    // came at a bad moment does not bend it.
    private static double GrowthPerHour(List<(double Hours, double Bytes)> samples)
    {
        var late = samples.Skip(samples.Count / 3).ToList();
        var slopes = late.SelectMany((a, i) => late.Skip(i + 1).Select(b => (b.Bytes - a.Bytes) / (b.Hours - a.Hours))).ToList();
        return slopes.Count < 3 ? 0 : Percentiles.Median(slopes) / late.Average(s => s.Bytes) * 100;
    }

    private sealed class Run(IEntities entities, double perSecond)
    {
        private readonly ConcurrentBag<string> _others = [];
        private readonly SemaphoreSlim _places = new(Callers, Callers);
        private long _done;
        private long _longest;
        private long _longestSince;

        public long Done => Interlocked.Read(ref _done);

        public int NotAccepted => _others.Count;

        public double LongestMs => TimeSpan.FromTicks(Interlocked.Read(ref _longest)).TotalMilliseconds;

        public double TakeLongestMs() => TimeSpan.FromTicks(Interlocked.Exchange(ref _longestSince, 0)).TotalMilliseconds;

        /// <summary>Waits until nobody asks any more; they go on when the result is disposed.</summary>
        public async Task<IDisposable> PauseAsync(CancellationToken ct)
        {
            for (var i = 0; i < Callers; i++)
            {
                await _places.WaitAsync(ct);
            }

            return new Resume(_places);
        }

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

                await _places.WaitAsync(ct);
                var asked = Stopwatch.GetTimestamp();
                var outcome = await entities.AskAsync(
                    Entity((caller * 7_919L) + (i * 104_729L)),
                    new AddToCounter(1),
                    new AskOptions
                    {
                        Key = CommandKey.Fresh(SystemRandomSource.Instance), Deadline = TimeSpan.FromSeconds(10), Caller = Principal.Engine,
                    },
                    ct);
                _places.Release();
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

        private sealed class Resume(SemaphoreSlim places) : IDisposable
        {
            public void Dispose() => places.Release(Callers);
        }
    }
}
