using System.Diagnostics;
using Gantry.Actors;
using Gantry.Actors.Storage;

namespace Gantry.Bench;

/// <summary>P6: an entity of 1,000 small events without a snapshot, from the file to its state.</summary>
internal static class Replay
{
    private const int Events = 1_000;
    private const int Rounds = 50;
    private const double MsMax = 8;

    public static async Task<BenchResult> MeasureAsync(BenchFolder folder, EngineModel model, CancellationToken ct)
    {
        await using var store = SqliteSuite.Store(folder.New());
        await store.OpenAsync(new StoreOptions(ShardId.DefaultCount, model.Views), ct);
        await StoreLoop.WriteAsync(store, model, entities: 1, commands: Events, batchSize: 100, ct);
        var decoder = new RowDecoder(model);
        var (whole, decode) = (new List<double>(), new List<double>());
        for (var i = 0; i < Rounds; i++)
        {
            var from = Stopwatch.GetTimestamp();
            var image = await OnlyAsync(store, ct);
            var read = Stopwatch.GetElapsedTime(from);
            if (decoder.Fold(image).Revision != Events)
            {
                throw new InvalidOperationException("the replayed entity has another revision");
            }

            whole.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
            decode.Add((Stopwatch.GetElapsedTime(from) - read).TotalMilliseconds);
        }

        return new BenchResult
        {
            Id = "P6",
            What = $"replay of {Events:N0} small events, median of {Rounds}",
            Values = new Dictionary<string, double> { ["ms"] = Percentiles.Median(whole), ["of_it_decoding_ms"] = Percentiles.Median(decode) },
            Targets = [new BenchTarget("8 ms / replay", MsMax / Percentiles.Median(whole), 1)],
        };
    }

    private static async Task<EntityImage> OnlyAsync(IActorStore store, CancellationToken ct)
    {
        await foreach (var image in store.LoadAsync([Counter.Address(0)], ct))
        {
            return image;
        }

        throw new InvalidOperationException("the store gave no image");
    }
}
