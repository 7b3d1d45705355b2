using System.Diagnostics;
using System.Globalization;
using Gantry.Actors;

namespace Gantry.Bench;

/// <summary>
/// P8: the same command to the same owner, asked at the owner and at another node, over HTTP/2 with mutual TLS. One caller asks here and there
/// by turns, so that both meet the same machine; the commit is in both.
/// </summary>
internal static class ForwardedAsk
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(1);

    public static async Task<BenchResult> MeasureAsync(EngineModel model, int lanes, TimeSpan duration, CancellationToken ct)
    {
        await using var cluster = await BenchCluster.StartAsync(2, model, lanes, ct);
        var (owner, other) = (cluster.Nodes[0], cluster.Nodes[1]);
        var own = owner.Serving();
        var counters = Enumerable.Range(0, 200).Select(Counter.Address).Where(a => own.Contains(ShardId.Of(a, ShardId.DefaultCount))).ToList();
        var asked = 0;
        await RunAsync(Warm);
        var (here, there) = await RunAsync(duration);
        return new BenchResult
        {
            Id = "P8",
            What = $"a forwarded ask beside a local one, two nodes, HTTP/2 with mutual TLS; one caller, {here.Count} of each",
            Values = new Dictionary<string, double>
            {
                ["local_p50_ms"] = Percentiles.Ms(here, 50),
                ["local_p99_ms"] = Percentiles.Ms(here, 99),
                ["forwarded_p50_ms"] = Percentiles.Ms(there, 50),
                ["forwarded_p99_ms"] = Percentiles.Ms(there, 99),
            },
            Targets = [new BenchTarget("p50 above a local ask, ms", Percentiles.Ms(there, 50) - Percentiles.Ms(here, 50), 1, IsAtMost: true)],
        };

        async Task<(List<long> Here, List<long> There)> RunAsync(TimeSpan time)
        {
            var (here, there) = (new List<long>(), new List<long>());
            for (var from = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(from) < time;)
            {
                var counter = counters[asked % counters.Count];
                here.Add(await AskAsync(owner, counter));
                there.Add(await AskAsync(other, counter));
            }

            return (here, there);
        }

        async Task<long> AskAsync(BenchNode at, EntityAddress counter)
        {
            var from = Stopwatch.GetTimestamp();
            var key = new CommandKey("p8:" + asked++.ToString(CultureInfo.InvariantCulture));
            var outcome = await at.Entities.AskAsync(
                counter, new AddToCounter(1), new AskOptions { Key = key, Deadline = Deadline, Caller = Principal.Engine }, ct);
            return outcome is Outcome<CounterReply>.Accepted
                ? Stopwatch.GetTimestamp() - from
                : throw new InvalidOperationException($"a bench command was not accepted: {outcome}");
        }
    }
}
