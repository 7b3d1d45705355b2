using Gantry.Actors;

namespace Gantry.Bench;

/// <summary>
/// Throughput of one, two and three nodes on one server. Callers are spread over the nodes and ask for any entity, so of three nodes two commands
/// in three are forwarded. All nodes share this process and this machine: it shows what links and more lanes cost, not what more machines give.
/// </summary>
internal static class NodesBeside
{
    private const int CallersAll = 256;
    private const int Entities = 1_000;

    public static async Task<BenchResult> MeasureAsync(EngineModel model, int lanes, TimeSpan duration, CancellationToken ct)
    {
        var values = new Dictionary<string, double>();
        for (var nodes = 1; nodes <= 3; nodes++)
        {
            await using var cluster = await BenchCluster.StartAsync(nodes, model, lanes, ct);
            await Callers.WakeAsync(cluster.Nodes[0].Entities, Entities, ct);
            await RunAsync(cluster, duration / 2, ct);
            var (perSecond, latencies) = await RunAsync(cluster, duration, ct);
            values[$"nodes_{nodes}_commands_per_s"] = perSecond;
            values[$"nodes_{nodes}_p50_ms"] = Percentiles.Ms(latencies, 50);
            values[$"nodes_{nodes}_p99_ms"] = Percentiles.Ms(latencies, 99);
        }

        return new BenchResult
        {
            Id = "nodes",
            What = $"{CallersAll} callers spread over one, two and three nodes of one process, {Entities} entities anywhere, one server",
            Values = values,
        };
    }

    private static async Task<(double PerSecond, List<long> Latencies)> RunAsync(BenchCluster cluster, TimeSpan duration, CancellationToken ct)
    {
        var each = CallersAll / cluster.Nodes.Count;
        var legs = await Task.WhenAll(cluster.Nodes.Select((node, n) => Callers.RunAsync(
            node.Entities, each, (caller, i) => Counter.Address((int)((((caller + (n * each)) * 7_919L) + (i * 104_729L)) % Entities)),
            duration, $"n{n}", ct)));
        return (legs.Sum(l => l.PerSecond), [.. legs.SelectMany(l => l.Latencies)]);
    }
}
