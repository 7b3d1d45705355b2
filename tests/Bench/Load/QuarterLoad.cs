using System.Diagnostics;
using Gantry.Actors;
using Gantry.Actors.Storage;

namespace Gantry.Bench;

/// <summary>A hand-written loop that commits batches of the engine's own rows.</summary>
internal interface IBareLoop : IAsyncDisposable
{
    ValueTask WriteBatchAsync(int commands);
}

/// <summary>
/// P3: latency at a quarter of the load that the engine can take, beside one bare commit of a batch of the size that the engine reached at that
/// load, at the engine's own pace. The legs take turns, for a machine has weather.
/// </summary>
internal sealed class QuarterLoad(string what, EngineModel model, int lanes, int entities)
{
    private const int Rounds = 5;
    private const int CallersAtPeak = 256;

    public async Task<BenchResult> MeasureAsync(
        IActorStore inner, Func<CommitBatch, Task<IBareLoop>> openBare, Func<double> fsyncMs, TimeSpan duration, CancellationToken ct)
    {
        await using var store = new CountingStore(inner);
        await using var engine = await EngineUnderLoad.StartAsync(store, model, lanes, ct);
        var (peak, _) = await Callers.RunAsync(engine.Entities, CallersAtPeak, Choose, duration, ct);
        store.Take();
        var (legs, engines, bares, syncs) = (duration / Rounds, new List<long>(), new List<long>(), new List<double>());
        await using var bare = await openBare(store.Sample ?? throw new InvalidOperationException("the engine wrote no batch with receipts"));
        await bare.WriteBatchAsync(1);
        var (p50s, p99s) = (new List<double>(), new List<double>());
        long batchesAll = 0;
        long commandsAll = 0;
        for (var round = 0; round <= Rounds; round++)
        {
            var own = await PacedCallers.RunAsync(engine.Entities, peak / 4, Choose, legs, ct);
            var (batches, commands, _) = store.Take();
            var size = Math.Max(1, (int)Math.Round((double)commands / Math.Max(1, batches)));
            var bareOwn = await BareAsync(bare, size, batches / legs.TotalSeconds, legs, ct);
            if (round == 0)
            {
                // Once round for code that is compiled and files that grow.
                continue;
            }

            (batchesAll, commandsAll) = (batchesAll + batches, commandsAll + commands);
            engines.AddRange(own);
            bares.AddRange(bareOwn);
            p50s.Add(Percentiles.Ms(own, 50) - Percentiles.Ms(bareOwn, 50));
            p99s.Add(Percentiles.Ms(own, 99) / Percentiles.Ms(bareOwn, 99));
            syncs.Add(fsyncMs());
        }

        return new BenchResult
        {
            Id = "P3",
            What = $"{what}, latency at {peak / 4:0} commands per second, a quarter of {peak:0}; medians of {Rounds} rounds",
            Values = new Dictionary<string, double>
            {
                ["engine_p50_ms"] = Percentiles.Ms(engines, 50),
                ["engine_p99_ms"] = Percentiles.Ms(engines, 99),
                ["bare_commit_p50_ms"] = Percentiles.Ms(bares, 50),
                ["bare_commit_p99_ms"] = Percentiles.Ms(bares, 99),
                ["engine_p99_over_bare_p50"] = Percentiles.Ms(engines, 99) / Percentiles.Ms(bares, 50),
                ["batch_size_reached"] = (double)commandsAll / Math.Max(1, batchesAll),
                ["fsync_ms"] = Percentiles.Median(syncs),
            },
            Targets =
            [
                new BenchTarget("p50 above a bare commit, ms", Percentiles.Median(p50s), 1, IsAtMost: true),
                new BenchTarget("p99 / p99 of a bare commit", Percentiles.Median(p99s), 5, IsAtMost: true),
            ],
        };
    }

    private EntityAddress Choose(int caller, long i) => Counter.Address((int)(((caller * 7_919L) + (i * 104_729L)) % entities));

    private static Task<List<long>> BareAsync(IBareLoop bare, int size, double perSecond, TimeSpan duration, CancellationToken ct) => Task.Run(
        async () =>
        {
            var own = new List<long>();
            using var pacer = new Pacer();
            for (long i = 0; pacer.Now < duration; i++)
            {
                await pacer.UntilAsync(TimeSpan.FromSeconds(i / perSecond));
                var began = Stopwatch.GetTimestamp();
                await bare.WriteBatchAsync(size);
                own.Add(Stopwatch.GetTimestamp() - began);
            }

            return own;
        },
        ct);
}
