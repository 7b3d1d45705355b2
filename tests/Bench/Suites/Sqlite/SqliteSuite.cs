using System.Diagnostics;
using System.Runtime.CompilerServices;
using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Actors.Storage.Sqlite;
using Gantry.Primitives;

namespace Gantry.Bench;

/// <summary>P2: committed commands on SQLite with a sync at every commit, beside the bare loops in the same run.</summary>
internal sealed class SqliteSuite : IBenchSuite
{
    private const int Entities = 1_000;

    public string Name => "sqlite";

    public async IAsyncEnumerable<BenchResult> RunAsync(
        TimeSpan duration, TextWriter output, [EnumeratorCancellation] CancellationToken ct)
    {
        var model = new EngineModel([Counter.Module]);
        using var folder = new BenchFolder();
        await output.WriteLineAsync($"sqlite: {SqliteStore.Library}, folder {folder.Path}");
        foreach (var size in new[] { 50, 200 })
        {
            await using var store = await OpenAsync(folder.New(), model, ct);
            var (rate, sample) = await StoreLoop.RunAsync(store, model, Entities, size, duration, ct);
            var bare = await BareAsync(folder.New(), model, sample, f => f.WriteBatch(size), size, duration, ct);
            var naive = await BareAsync(folder.New(), model, sample, f => f.WriteOne(), 1, duration, ct);
            yield return new BenchResult
            {
                Id = "P2-store",
                What = $"SQLite FULL, store without engine, {size} commands per batch",
                Values = new Dictionary<string, double>
                {
                    ["store_commands_per_s"] = rate,
                    ["bare_commands_per_s"] = bare,
                    ["naive_commands_per_s"] = naive,
                    ["fsync_ms"] = FsyncProbe.Measure(folder.Path).TotalMilliseconds,
                },
                Targets = [new BenchTarget("store / bare loop", rate / bare, 0.4), new BenchTarget("store / naive", rate / naive, 3)],
            };
        }
    }

    private static async Task<SqliteStore> OpenAsync(string folder, EngineModel model, CancellationToken ct)
    {
        var store = new SqliteStore(new SqliteStoreOptions { Folder = folder }, TimeProvider.System, SystemRandomSource.Instance);
        await store.OpenAsync(new StoreOptions(ShardId.DefaultCount, model.Views), ct);
        return store;
    }

    private static async Task<double> BareAsync(
        string folder, EngineModel model, CommitBatch sample, Action<BareFile> write, int commands, TimeSpan duration, CancellationToken ct)
    {
        await using (var store = await OpenAsync(folder, model, ct))
        {
            await store.JoinAsync(new Incarnation(Guid.NewGuid()), "bare", 1, ct);
        }

        var entities = Enumerable.Range(0, Entities).Select(Counter.Address)
            .Select(a => (a.ToString(), a.Key, ShardId.Of(a, ShardId.DefaultCount).Value)).ToList();
        using var file = new BareFile(Path.Combine(folder, "gantry.db"), new SampleRows(sample, entities));
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
}
