using System.Diagnostics;
using System.Runtime.CompilerServices;
using Gantry.Actors;
using Gantry.Actors.Storage;

namespace Gantry.Bench;

/// <summary>
/// P1: committed commands through the running engine on PostgreSQL with a sync at every commit, beside a bare loop with the same rows at the
/// batch size reached and one transaction per command on 32 connections, at 64 and at 256 callers; P3: latency at a quarter of the load;
/// P8: a forwarded ask; P9: what an idle node costs; throughput of several nodes; what a take-over loads.
/// </summary>
internal sealed class PostgresSuite : IBenchSuite
{
    private const int Entities = 1_000;
    private const int Rounds = 3;
    private const int CallersMany = 256;
    private const int NaiveConnections = 32;

    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(6);

    private static readonly int Lanes = Math.Clamp(Environment.ProcessorCount, 2, 8);

    private readonly EngineModel _model = new([Counter.Module]);

    public string Name => "postgres";

    // A run of every suite must not fail where no server is installed.
    public bool IsOnDemand => BenchServer.WhyNot is not null;

    public IAsyncEnumerable<BenchResult> RunAsync(TimeSpan duration, TextWriter output, CancellationToken ct) =>
        RunAsync(new BenchOrder(duration, []), output, ct);

    public async IAsyncEnumerable<BenchResult> RunAsync(BenchOrder order, TextWriter output, [EnumeratorCancellation] CancellationToken ct)
    {
        if (BenchServer.WhyNot is { } why)
        {
            await output.WriteLineAsync($"postgres: skipped, it {why}");
            yield break;
        }

        var duration = order.Duration;
        var database = await BenchServer.NewDatabaseAsync(ct);
        await output.WriteLineAsync($"postgres: {await BenchServer.DescribeAsync(database, ct)}, {Lanes} lanes, {duration.TotalSeconds:0} s each");
        (string Id, Func<Task<BenchResult>> Measure)[] all =
        [
            ("P1", () => ManyEntitiesAsync(64, duration, ct)),
            ("P1", () => ManyEntitiesAsync(CallersMany, duration, ct)),
            ("P3", () => QuarterLoadAsync(duration, ct)),
            ("P8", () => ForwardedAsk.MeasureAsync(_model, Lanes, duration, ct)),
            ("P9", () => IdleNode.MeasureAsync(_model, Lanes, duration, ct)),
            ("nodes", () => NodesBeside.MeasureAsync(_model, Lanes, duration, ct)),
            ("takeover", () => TakeOver.MeasureAsync(_model, Lanes, ct)),
        ];
        if (order.Wants("P1"))
        {
            // The runtime compiles hot code a second time, beside the work and for seconds: without this the first leg of all measures that.
            await EngineAsync(CallersMany, Warm, ct);
        }

        foreach (var (_, measure) in all.Where(m => order.Wants(m.Id)))
        {
            yield return await measure();
        }
    }

    // The legs take turns: on a machine with other work, two legs minutes apart would be compared in different weather.
    private async Task<BenchResult> ManyEntitiesAsync(int callers, TimeSpan duration, CancellationToken ct)
    {
        var leg = duration / Rounds;
        var (engines, bares, naives, syncs) = (new List<EngineLeg>(), new List<double>(), new List<double>(), new List<double>());
        var bareCosts = new List<Cost>();
        for (var round = 0; round < Rounds; round++)
        {
            var engine = await EngineAsync(callers, leg, ct);
            var size = Math.Max(1, (int)Math.Round(engine.BatchSize));
            engines.Add(engine);
            var (bare, cost) = await BareAsync(engine.Sample, Lanes, loop => loop.WriteBatchAsync(size), size, leg, ct);
            bares.Add(bare);
            bareCosts.Add(cost);
            naives.Add((await BareAsync(engine.Sample, NaiveConnections, loop => loop.WriteOneAsync(), 1, leg, ct)).PerSecond);
            syncs.Add(await BenchServer.CommitMsAsync(await BenchServer.NewDatabaseAsync(ct), ct));
        }

        var latencies = engines.SelectMany(e => e.Latencies).ToList();
        return new BenchResult
        {
            Id = "P1",
            What = $"PostgreSQL, fsync on, {callers} callers on {Entities} entities, commands per second, median of {Rounds} rounds",
            Values = new Dictionary<string, double>
            {
                ["engine_commands_per_s"] = Percentiles.Median(engines.Select(e => e.PerSecond)),
                ["bare_loop_commands_per_s"] = Percentiles.Median(bares),
                ["one_transaction_each_per_s"] = Percentiles.Median(naives),
                ["batch_size_reached"] = engines.Average(e => e.BatchSize),
                ["share_of_time_in_commits"] = engines.Average(e => e.BusyShare),
                ["p50_ms"] = Percentiles.Ms(latencies, 50),
                ["p99_ms"] = Percentiles.Ms(latencies, 99),
                ["smallest_commit_ms"] = Percentiles.Median(syncs),
                ["engine_us_of_cpu_per_command"] = Percentiles.Median(engines.Select(e => e.Cost.Process)),
                ["engine_us_of_server_cpu"] = Percentiles.Median(engines.Select(e => e.Cost.Server)),
                ["bare_us_of_cpu_per_command"] = Percentiles.Median(bareCosts.Select(c => c.Process)),
                ["bare_us_of_server_cpu"] = Percentiles.Median(bareCosts.Select(c => c.Server)),
            },
            Targets =
            [
                new BenchTarget("engine / bare loop (aim 0.60)", Percentiles.Median(engines.Zip(bares, (e, b) => e.PerSecond / b)), 0.4),

                // P1 is of 256 callers; with twice as many callers as connections a batch has no more commands than the naive loop has at once.
                .. callers == CallersMany
                    ? [new BenchTarget("engine / naive", Percentiles.Median(engines.Zip(naives, (e, n) => e.PerSecond / n)), 3)]
                    : Array.Empty<BenchTarget>(),
            ],
        };
    }

    private async Task<BenchResult> QuarterLoadAsync(TimeSpan duration, CancellationToken ct)
    {
        var database = await BenchServer.NewDatabaseAsync(ct);
        await using var store = BenchServer.Store(database);
        return await new QuarterLoad("PostgreSQL, fsync on", _model, Lanes, Entities).MeasureAsync(
            store,
            async sample =>
            {
                var (bare, me) = await PrepareAsync(1, ct);
                return await BareServer.OpenAsync(bare, me, 0, new SampleRows(sample, SampleRows.Counters(Entities)), ct);
            },
            () => BenchServer.CommitMsAsync(database, ct).GetAwaiter().GetResult(),
            duration,
            ct);
    }

    private async Task<EngineLeg> EngineAsync(int callers, TimeSpan duration, CancellationToken ct)
    {
        var database = await BenchServer.NewDatabaseAsync(ct);
        await using var inner = BenchServer.Store(database);
        await using var store = new CountingStore(inner);
        await using var engine = await EngineUnderLoad.StartAsync(store, _model, Lanes, ct);

        // Once round: entities are born, code is compiled, statements are prepared.
        await Callers.WakeAsync(engine.Entities, Entities, ct);
        await Callers.RunAsync(engine.Entities, callers, Choose, duration / 2, ct);
        var meter = await CostMeter.StartAsync(database, ct);
        store.Take();
        var (perSecond, latencies) = await Callers.RunAsync(engine.Entities, callers, Choose, duration, ct);
        var (batches, commands, busy) = store.Take();
        var cost = meter.Per(commands);
        return new EngineLeg(
            perSecond, (double)commands / Math.Max(1, batches), busy / duration / Lanes, latencies, cost,
            store.Sample ?? throw new InvalidOperationException("the engine wrote no batch with events and receipts"));
    }

    private static EntityAddress Choose(int caller, long i) => Counter.Address((int)(((caller * 7_919L) + (i * 104_729L)) % Entities));

    // Each connection has entities of its own, as lanes have shards of their own.
    private async Task<(double PerSecond, Cost Cost)> BareAsync(
        CommitBatch sample, int connections, Func<BareServer, ValueTask> write, int commands, TimeSpan duration, CancellationToken ct)
    {
        var (database, me) = await PrepareAsync(connections, ct);
        var counters = SampleRows.Counters(Entities);
        var loops = await Task.WhenAll(Enumerable.Range(0, connections).Select(n => BareServer.OpenAsync(
            database, me, n, new SampleRows(sample, [.. counters.Where((_, i) => i % connections == n)]), ct)));
        await Task.WhenAll(loops.Select(l => WriteForAsync(l, duration / 2)));
        var meter = await CostMeter.StartAsync(database, ct);
        var from = Stopwatch.GetTimestamp();
        var written = await Task.WhenAll(loops.Select(l => WriteForAsync(l, duration)));
        var seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        var cost = meter.Per(written.Sum() * commands);
        foreach (var loop in loops)
        {
            await loop.DisposeAsync();
        }

        return (written.Sum() * commands / seconds, cost);

        Task<long> WriteForAsync(BareServer loop, TimeSpan time) => Task.Run(
            async () =>
            {
                long count = 0;
                for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < time; count++)
                {
                    await write(loop);
                }

                return count;
            },
            ct);
    }

    private async Task<(string Database, Incarnation Me)> PrepareAsync(int lanes, CancellationToken ct)
    {
        var database = await BenchServer.NewDatabaseAsync(ct);
        await using var store = BenchServer.Store(database);
        await store.OpenAsync(new StoreOptions(ShardId.DefaultCount, _model.Views), ct);
        var me = new Incarnation(Guid.NewGuid());
        await store.JoinAsync(me, "bare", lanes, ct);
        return (database, me);
    }

    private sealed record EngineLeg(double PerSecond, double BatchSize, double BusyShare, List<long> Latencies, Cost Cost, CommitBatch Sample);
}
