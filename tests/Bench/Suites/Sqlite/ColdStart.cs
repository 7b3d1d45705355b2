using System.Diagnostics;
using Gantry.Actors;
using Gantry.Actors.Storage;

namespace Gantry.Bench;

/// <summary>P7: many entities that are on disk made resident through the running engine, beside a bare select and decode.</summary>
internal static class ColdStart
{
    private const int Entities = 50_000;
    private const int Callers = 256;
    private const int Rounds = 5;
    private const double PerSecondMin = 10_000;

    public static async Task<BenchResult> MeasureAsync(BenchFolder folder, EngineModel model, CancellationToken ct)
    {
        var data = folder.New();
        await using (var store = SqliteSuite.Store(data))
        {
            await store.OpenAsync(new StoreOptions(ShardId.DefaultCount, model.Views), ct);
            await StoreLoop.WriteAsync(store, model, Entities, commands: Entities, batchSize: 500, ct);
        }

        // Both open the same file anew each time, and take turns; the first round is for code that is compiled.
        var (engines, bares) = (new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            var bare = await BareAsync(data, model, ct);
            var engine = await EngineAsync(data, model, ct);
            if (round > 0)
            {
                bares.Add(bare);
                engines.Add(engine);
            }
        }

        return new BenchResult
        {
            Id = "P7",
            What = $"{Entities:N0} entities made resident from cold by {Callers} callers that change nothing, per second, median of {Rounds} rounds",
            Values = new Dictionary<string, double>
            {
                ["engine_per_s"] = Percentiles.Median(engines), ["bare_select_and_decode_per_s"] = Percentiles.Median(bares),
            },
            Targets =
            [
                new BenchTarget("engine / 10,000 per second", Percentiles.Median(engines) / PerSecondMin, 1),
                new BenchTarget("engine / bare", Percentiles.Median(engines.Zip(bares, (e, b) => e / b)), 0.5),
            ],
        };
    }

    private static async Task<double> BareAsync(string data, EngineModel model, CancellationToken ct)
    {
        await using var store = SqliteSuite.Store(data);
        await store.OpenAsync(new StoreOptions(ShardId.DefaultCount, model.Views), ct);
        const int Page = 256;
        var decoder = new RowDecoder(model);
        var from = Stopwatch.GetTimestamp();
        for (var at = 0; at < Entities; at += Page)
        {
            var some = Enumerable.Range(at, Math.Min(Page, Entities - at)).Select(Counter.Address).ToList();
            await foreach (var image in store.LoadAsync(some, ct))
            {
                decoder.Fold(image);
            }
        }

        return Entities / Stopwatch.GetElapsedTime(from).TotalSeconds;
    }

    private static async Task<double> EngineAsync(string data, EngineModel model, CancellationToken ct)
    {
        await using var store = SqliteSuite.Store(data);
        await using var engine = await EngineUnderLoad.StartAsync(store, model, lanes: 1, ct);
        var next = -1;
        var from = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(
            async () =>
            {
                while (Interlocked.Increment(ref next) is var i && i < Entities)
                {
                    // Refused for its revision: it must be resident to be refused, and nothing is written.
                    var outcome = await engine.Entities.AskAsync(
                        Counter.Address(i),
                        new AddToCounter(1),
                        new AskOptions
                        {
                            Key = new CommandKey("once:cold"), Deadline = TimeSpan.FromSeconds(60), Caller = Principal.Engine, ExpectedRevision = 99,
                        },
                        ct);
                    if (outcome is not Outcome<CounterReply>.Refused)
                    {
                        throw new InvalidOperationException($"a cold entity answered {outcome}");
                    }
                }
            },
            ct)));
        return Entities / Stopwatch.GetElapsedTime(from).TotalSeconds;
    }
}
