using System.Diagnostics;
using System.Globalization;
using Gantry.Actors;

namespace Gantry.Bench;

/// <summary>P9: what a node with 128 shards costs that does nothing: its own processor time, connections to the server, transactions per second.</summary>
internal static class IdleNode
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(20);

    public static async Task<BenchResult> MeasureAsync(EngineModel model, int lanes, TimeSpan duration, CancellationToken ct)
    {
        var time = duration > Least ? duration : Least;
        var database = await BenchServer.NewDatabaseAsync(ct);
        await using var store = BenchServer.Store(database);
        await using var engine = await EngineUnderLoad.StartAsync(store, model, lanes, ct);

        // The server reports its counts a second or so late.
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, ct);
        using var process = Process.GetCurrentProcess();
        var (cpu, transactions) = (process.TotalProcessorTime, await TransactionsAsync(database, ct));
        await Task.Delay(time, TimeProvider.System, ct);
        process.Refresh();
        var busy = (process.TotalProcessorTime - cpu) / time;
        var perSecond = (await TransactionsAsync(database, ct) - transactions) / time.TotalSeconds;
        var connections = Convert.ToDouble(
            await BenchServer.ScalarAsync(
                database, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'actors/%'", ct),
            CultureInfo.InvariantCulture);
        return new BenchResult
        {
            Id = "P9",
            What = $"an idle node of {ShardId.DefaultCount} shards for {time.TotalSeconds:0} s",
            Values = new Dictionary<string, double>
            {
                ["share_of_a_core"] = busy, ["connections"] = connections, ["transactions_per_s"] = perSecond,
            },
            Targets =
            [
                new BenchTarget("percent of a core", busy * 100, 1, IsAtMost: true),
                new BenchTarget("connections", connections, 14, IsAtMost: true),
                new BenchTarget("statements per second", perSecond, 20, IsAtMost: true),
            ],
        };
    }

    // Idle, every statement is a transaction of its own.
    private static async Task<double> TransactionsAsync(string database, CancellationToken ct) => Convert.ToDouble(
        await BenchServer.ScalarAsync(database, "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()", ct),
        CultureInfo.InvariantCulture);
}
