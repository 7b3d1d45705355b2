using System.Diagnostics;
using System.Runtime.CompilerServices;
using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Actors.Storage.Sqlite;
using Gantry.Primitives;

namespace Gantry.Bench;

/// <summary>
/// P2: committed commands through the running engine on SQLite with a sync at every commit, beside a bare loop with the same rows at the
/// batch size reached and one transaction per command; P4: one hot entity; P5: memory of idle ones; P6: replay; P7: many made resident;
/// P10: the queue of a reconciler.
/// </summary>
internal sealed class SqliteSuite : IBenchSuite
{
    private const int Entities = 1_000;
    private const int CallersMany = 256;
    private const int Rounds = 3;

    private readonly EngineModel _model = new([Counter.Module]);

    public string Name => "sqlite";

    public IAsyncEnumerable<BenchResult> RunAsync(TimeSpan duration, TextWriter output, CancellationToken ct) =>
        RunAsync(new BenchOrder(duration, []), output, ct);

    public async IAsyncEnumerable<BenchResult> RunAsync(BenchOrder order, TextWriter output, [EnumeratorCancellation] CancellationToken ct)
    {
        using var folder = new BenchFolder();
        var duration = order.Duration;
        await output.WriteLineAsync($"sqlite: {SqliteStore.Library}, folder {folder.Path}, {duration.TotalSeconds:0} s each");
        (string Id, Func<Task<BenchResult>> Measure)[] all =
        [
            ("P2", () => ManyEntitiesAsync(folder, duration, ct)),
            ("P3", () => QuarterLoadAsync(folder, duration, ct)),
            ("P4", () => HotEntityAsync(folder, duration, ct)),
            ("P5", () => IdleEntities.MeasureAsync(_model, ct)),
            ("P6", () => Replay.MeasureAsync(folder, _model, ct)),
            ("P7", () => ColdStart.MeasureAsync(folder, _model, ct)),
            ("P10", () => QueueDrain.MeasureAsync(ct)),
        ];
        foreach (var (_, measure) in all.Where(m => order.Wants(m.Id)))
        {
            yield return await measure();
        }
    }

    // The legs take turns: on a machine with other work, two legs minutes apart would be compared in different weather.
    private async Task<BenchResult> ManyEntitiesAsync(BenchFolder folder, TimeSpan duration, CancellationToken ct)
    {
        var leg = duration / Rounds;
        var (engines, bares, naives, stores, syncs) = (new List<EngineRun>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var engine = await EngineAsync(
                folder, Entities, (caller, i) => Counter.Address((int)(((caller * 7_919L) + (i * 104_729L)) % Entities)), leg, ct);
            var size = Math.Max(1, (int)Math.Round(engine.BatchSize));
            engines.Add(engine);
            bares.Add(await BareAsync(folder.New(), engine.Sample, f => f.WriteBatch(size), size, leg, ct));
            naives.Add(await BareAsync(folder.New(), engine.Sample, f => f.WriteOne(), 1, leg, ct));
            stores.Add(await StoreAsync(folder, size, leg, ct));
            syncs.Add(FsyncProbe.Measure(folder.Path).TotalMilliseconds);
        }

        var latencies = engines.SelectMany(e => e.Latencies).ToList();
        return new BenchResult
        {
            Id = "P2",
            What = $"SQLite FULL, {CallersMany} callers on {Entities} entities, commands per second, median of {Rounds} rounds",
            Values = new Dictionary<string, double>
            {
                ["engine_commands_per_s"] = Percentiles.Median(engines.Select(e => e.PerSecond)),
                ["bare_loop_commands_per_s"] = Percentiles.Median(bares),
                ["store_alone_commands_per_s"] = Percentiles.Median(stores),
                ["one_transaction_each_per_s"] = Percentiles.Median(naives),
                ["batch_size_reached"] = engines.Average(e => e.BatchSize),
                ["share_of_time_in_commits"] = engines.Average(e => e.BusyShare),
                ["p50_ms"] = Percentiles.Ms(latencies, 50),
                ["p99_ms"] = Percentiles.Ms(latencies, 99),
                ["fsync_ms"] = Percentiles.Median(syncs),
            },
            Targets =
            [
                new BenchTarget("engine / bare loop (aim 0.60)", Percentiles.Median(engines.Zip(bares, (e, b) => e.PerSecond / b)), 0.4),
                new BenchTarget("engine / naive", Percentiles.Median(engines.Zip(naives, (e, n) => e.PerSecond / n)), 3),
            ],
        };
    }

    private Task<BenchResult> QuarterLoadAsync(BenchFolder folder, TimeSpan duration, CancellationToken ct) =>
        new QuarterLoad("SQLite FULL", _model, lanes: 1, Entities).MeasureAsync(
            Store(folder.New()),
            sample => OpenBareAsync(folder.New(), sample, ct),
            () => FsyncProbe.Measure(folder.Path).TotalMilliseconds,
            duration,
            ct);

    private async Task<BenchResult> HotEntityAsync(BenchFolder folder, TimeSpan duration, CancellationToken ct)
    {
        var engine = await EngineAsync(folder, entities: 1, (_, _) => Counter.Address(0), duration, ct);
        return new BenchResult
        {
            Id = "P4",
            What = $"SQLite FULL, {CallersMany} callers on one entity, commands per second",
            Values = new Dictionary<string, double>
            {
                ["engine_commands_per_s"] = engine.PerSecond,
                ["batch_size_reached"] = engine.BatchSize,
                ["p50_ms"] = Percentiles.Ms(engine.Latencies, 50),
                ["p99_ms"] = Percentiles.Ms(engine.Latencies, 99),
                ["fsync_ms"] = FsyncProbe.Measure(folder.Path).TotalMilliseconds,
            },
            Targets = [new BenchTarget("engine / 8,000 per second", engine.PerSecond / 8_000, 1)],
        };
    }

    private async Task<EngineRun> EngineAsync(
        BenchFolder folder, int entities, Func<int, long, EntityAddress> choose, TimeSpan duration, CancellationToken ct)
    {
        await using var store = new CountingStore(Store(folder.New()));
        await using var engine = await EngineUnderLoad.StartAsync(store, _model, lanes: 1, ct);

        // Once round: entities are born, code is compiled.
        await Callers.WakeAsync(engine.Entities, entities, ct);
        await Callers.RunAsync(engine.Entities, CallersMany, choose, duration / 4, ct);
        store.Take();
        var (perSecond, latencies) = await Callers.RunAsync(engine.Entities, CallersMany, choose, duration, ct);
        var (batches, commands, busy) = store.Take();
        return new EngineRun(
            perSecond, (double)commands / Math.Max(1, batches), busy / duration, latencies,
            store.Sample ?? throw new InvalidOperationException("the engine wrote no batch with events and receipts"));
    }

    private async Task<double> StoreAsync(BenchFolder folder, int size, TimeSpan duration, CancellationToken ct)
    {
        await using var store = Store(folder.New());
        await store.OpenAsync(new StoreOptions(ShardId.DefaultCount, _model.Views), ct);
        return await StoreLoop.RunAsync(store, _model, Entities, size, duration, ct);
    }

    private async Task<double> BareAsync(
        string folder, CommitBatch sample, Action<BareFile> write, int commands, TimeSpan duration, CancellationToken ct)
    {
        await using var loop = await OpenBareAsync(folder, sample, ct);
        var file = ((BareLoop)loop).File;
        var from = Stopwatch.GetTimestamp();
        long rounds = 0;
        do
        {
            write(file);
            rounds++;
        }
        while (Stopwatch.GetElapsedTime(from) < duration);

        return rounds * commands / Stopwatch.GetElapsedTime(from).TotalSeconds;
    }

    private async Task<IBareLoop> OpenBareAsync(string folder, CommitBatch sample, CancellationToken ct)
    {
        await using (var store = Store(folder))
        {
            await store.OpenAsync(new StoreOptions(ShardId.DefaultCount, _model.Views), ct);
            await store.JoinAsync(new Incarnation(Guid.NewGuid()), "bare", 1, ct);
        }

        return new BareLoop(new BareFile(Path.Combine(folder, "gantry.db"), new SampleRows(sample, SampleRows.Counters(Entities))));
    }

    internal static SqliteStore Store(string folder) =>
        new(new SqliteStoreOptions { Folder = folder }, TimeProvider.System, SystemRandomSource.Instance);

    private sealed record EngineRun(double PerSecond, double BatchSize, double BusyShare, List<long> Latencies, CommitBatch Sample);

    private sealed class BareLoop(BareFile file) : IBareLoop
    {
        public BareFile File => file;

        public ValueTask WriteBatchAsync(int commands)
        {
            file.WriteBatch(commands);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            file.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
