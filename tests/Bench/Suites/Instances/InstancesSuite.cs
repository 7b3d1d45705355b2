using System.Diagnostics;

namespace Gantry.Bench;

/// <summary>The four figures of the instances' issue: a whole node on SQLite, simulated sleds behind real HTTP, all on this machine.</summary>
internal sealed class InstancesSuite : IBenchSuite
{
    public string Name => "instances";

    public async IAsyncEnumerable<BenchResult> RunAsync(
        TimeSpan duration, TextWriter output, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await using (var rack = await RackUnderLoad.StartAsync(sleds: 32, ct))
        {
            await output.WriteLineAsync("instances: makes 1,000 running VMMs on 32 sleds");
            await rack.PopulateAsync(1_000, ct);
            yield return await DoorbellLatencyAsync(rack, duration, ct);
            yield return await WithoutDoorbellAsync(rack, ct);
            yield return await BurstAsync(rack, ct);
            await output.WriteLineAsync("instances: makes 4,000 more");
            await rack.PopulateAsync(4_000, ct);
            yield return await WatcherPassAsync(rack, ct);
        }

        await using var fresh = await RackUnderLoad.StartAsync(sleds: 32, ct);
        yield return await StartsAsync(fresh, output, ct);
    }

    // 200 changes a second, each on another VMM; every tenth is looked for over HTTP until it shows.
    private static async Task<BenchResult> DoorbellLatencyAsync(RackUnderLoad rack, TimeSpan duration, CancellationToken ct)
    {
        const int PerSecond = 200;
        var samples = new List<long>();
        var looks = new List<Task<long>>();
        var began = Stopwatch.GetTimestamp();
        var count = (int)(duration.TotalSeconds * PerSecond);
        for (var i = 0; i < count; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / PerSecond) - Stopwatch.GetElapsedTime(began);
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due, TimeProvider.System, ct);
            }

            var vmm = rack.Vmms[i * 7 % 1_000];
            var generation = rack.Change(vmm);
            if (i % 10 == 0)
            {
                looks.Add(rack.SeenAfterAsync(vmm, generation, ct));
            }
        }

        var took = Stopwatch.GetElapsedTime(began);
        samples.AddRange(await Task.WhenAll(looks));
        var p50 = Percentiles.Ms(samples, 50);
        var p99 = Percentiles.Ms(samples, 99);
        return new BenchResult
        {
            Id = "I1",
            What = "sled change to visible in the API through the doorbell, 200 rings/s over 1,000 VMMs",
            Values = new Dictionary<string, double>
            {
                ["changes/s"] = count / took.TotalSeconds, ["samples"] = samples.Count, ["p50 ms"] = p50, ["p99 ms"] = p99,
            },
            Targets = [new BenchTarget("20 ms / p50", 20 / p50, 1), new BenchTarget("100 ms / p99", 100 / p99, 1)],
        };
    }

    private static async Task<BenchResult> WithoutDoorbellAsync(RackUnderLoad rack, CancellationToken ct)
    {
        rack.DropRings(true);
        var began = Stopwatch.GetTimestamp();
        var looks = rack.Vmms.Take(100).Select(vmm => rack.SeenAfterAsync(vmm, rack.Change(vmm), ct)).ToList();
        var worst = (await Task.WhenAll(looks)).Max();
        rack.DropRings(false);
        var took = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var allowed = RackUnderLoad.WatcherPeriodSecs + 2;
        return new BenchResult
        {
            Id = "I2",
            What = $"the same change with every ring lost, watcher period {RackUnderLoad.WatcherPeriodSecs} s",
            Values = new Dictionary<string, double> { ["slowest s"] = Stopwatch.GetElapsedTime(0, worst).TotalSeconds, ["all s"] = took },
            Targets = [new BenchTarget($"{allowed} s / slowest", allowed / took, 1)],
        };
    }

    private static async Task<BenchResult> BurstAsync(RackUnderLoad rack, CancellationToken ct)
    {
        GC.Collect();
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        var pulls = rack.PullCount;
        var began = Stopwatch.GetTimestamp();
        var failed = 0;
        var slowest = 0L;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 10_000),
            new ParallelOptions { MaxDegreeOfParallelism = 256, CancellationToken = ct },
            async (i, token) =>
            {
                var one = Stopwatch.GetTimestamp();
                var status = await rack.RingAsync(rack.Vmms[i % 1_000], token);
                Interlocked.Exchange(ref slowest, Math.Max(Volatile.Read(ref slowest), Stopwatch.GetTimestamp() - one));
                if (status >= 500)
                {
                    Interlocked.Increment(ref failed);
                }
            });
        var rung = Stopwatch.GetElapsedTime(began);
        await rack.QuietAsync(ct);
        var made = rack.PullCount - pulls;
        var grown = (GC.GetTotalMemory(forceFullCollection: true) - memory) / 1048576.0;
        return new BenchResult
        {
            Id = "I3",
            What = "10,000 doorbells in one burst for 1,000 VMMs",
            Values = new Dictionary<string, double>
            {
                ["rings/s"] = 10_000 / rung.TotalSeconds, ["slowest ring ms"] = Stopwatch.GetElapsedTime(0, slowest).TotalMilliseconds,
                ["pulls"] = made, ["5xx"] = failed, ["memory grown MiB"] = grown,
            },
            Targets =
            [
                new BenchTarget("2,000 / pulls", 2_000.0 / made, 1), new BenchTarget("no 5xx", failed == 0 ? 1 : 0, 1),
                new BenchTarget("64 MiB / memory grown", 64 / Math.Max(1, grown), 1),
            ],
        };
    }

    private static async Task<BenchResult> WatcherPassAsync(RackUnderLoad rack, CancellationToken ct)
    {
        rack.SlowGets(TimeSpan.FromMilliseconds(5));
        await rack.WatcherPassAsync(ct); // connections and caches warm
        using var self = Process.GetCurrentProcess();
        var cpu = self.TotalProcessorTime;
        var bytes = GC.GetTotalAllocatedBytes();
        var took = await rack.WatcherPassAsync(ct);
        self.Refresh();
        var values = new Dictionary<string, double>
        {
            ["pass s"] = took.TotalSeconds, ["VMMs"] = rack.Vmms.Count, ["cpu s (sleds included)"] = (self.TotalProcessorTime - cpu).TotalSeconds,
            ["allocated MiB (sleds included)"] = (GC.GetTotalAllocatedBytes() - bytes) / 1048576.0,
        };
        return new BenchResult
        {
            Id = "I4",
            What = "one pass of the watcher over 5,000 VMMs on 32 sleds that answer in 5 ms, 16 at once",
            Values = values,
            Targets = [new BenchTarget("5 s / pass", 5 / took.TotalSeconds, 1)],
        };
    }

    private static async Task<BenchResult> StartsAsync(RackUnderLoad rack, TextWriter output, CancellationToken ct)
    {
        await output.WriteLineAsync("instances: makes 1,000 stopped instances on a fresh rack");
        var bare = await rack.BareStartsPerSecondAsync(1_000, ct);
        var made = await rack.MakeStoppedAsync(1_000, ct);
        var took = await rack.StartAllAsync(made, ct);
        var (running, overcommitted) = await rack.CountAsync(ct);
        return new BenchResult
        {
            Id = "I5",
            What = "1,000 instances started at once, beside what the simulated sleds alone can take",
            Values = new Dictionary<string, double>
            {
                ["starts/s"] = 1_000 / took.TotalSeconds, ["simulators alone, starts/s"] = bare, ["running"] = running,
                ["overcommitted sleds"] = overcommitted,
            },
            Targets = [new BenchTarget("all running", running / 1_000.0, 1), new BenchTarget("none overcommitted", overcommitted == 0 ? 1 : 0, 1)],
        };
    }
}
