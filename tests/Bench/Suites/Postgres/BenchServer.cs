using Gantry.Actors.Storage.Postgres;
using Gantry.Primitives;
using Gantry.Tests;
using Npgsql;

namespace Gantry.Bench;

/// <summary>A throwaway server that syncs every commit, or the one that <c>GANTRY_TEST_POSTGRES</c> names; each measurement has a database.</summary>
internal static class BenchServer
{
    private const int LogFiles = 64;

    private static readonly Lazy<Task> Prepared = new(PrepareAsync);

    /// <summary>Why there is none; null when there is.</summary>
    public static string? WhyNot => TemporaryPostgres.WhyNot;

    /// <summary>A new database's connection string.</summary>
    public static async Task<string> NewDatabaseAsync(CancellationToken ct)
    {
        Environment.SetEnvironmentVariable("PGTEST_FSYNC", "on");
        await Prepared.Value.WaitAsync(ct);
        var name = TemporaryPostgres.NewDatabaseName();
        await RunAsync(TemporaryPostgres.Shared.Server, $"CREATE DATABASE {name}", ct);
        return $"{TemporaryPostgres.Shared.Server};Database={name}";
    }

    public static PostgresStore Store(string database) =>
        new(new PostgresStoreOptions { ConnectionString = database }, TimeProvider.System, SystemRandomSource.Instance);

    /// <summary>One line about the server.</summary>
    public static async Task<string> DescribeAsync(string database, CancellationToken ct) =>
        (string)(await ScalarAsync(
            database,
            "SELECT format('PostgreSQL %s, fsync %s, synchronous_commit %s, full_page_writes %s', split_part(version(), ' ', 2), "
            + "current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes'))",
            ct))!;

    /// <summary>Time of the smallest commit there is, in milliseconds: what a sync of the log costs here.</summary>
    public static async Task<double> CommitMsAsync(string database, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection($"{database};Pooling=false");
        await connection.OpenAsync(ct);
        await using (var make = new NpgsqlCommand("CREATE TABLE IF NOT EXISTS public.tick (n int)", connection))
        {
            await make.ExecuteNonQueryAsync(ct);
        }

        await using var write = new NpgsqlCommand("INSERT INTO public.tick VALUES (1)", connection);
        await write.PrepareAsync(ct);
        var times = new List<long>();
        for (var i = 0; i < 200; i++)
        {
            var from = System.Diagnostics.Stopwatch.GetTimestamp();
            await write.ExecuteNonQueryAsync(ct);
            times.Add(System.Diagnostics.Stopwatch.GetTimestamp() - from);
        }

        return Percentiles.Ms(times, 50);
    }

    public static async Task<object?> ScalarAsync(string database, string sql, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection($"{database};Pooling=false;Application Name=bench");
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(ct);
    }

    // A server that is seconds old makes a new file for every 16 MB of its log: zeroed and synced in the middle of a commit, for which all others
    // wait (measured: 130 ms on a busy disk, twice a second at full load, and so the p99 of whatever runs). One that has run for an hour takes its
    // old files again, and so does this one, for the engine and the bare loops alike. A server that somebody names is left as it is.
    private static async Task PrepareAsync()
    {
        if (!TemporaryPostgres.Shared.IsOurs)
        {
            return;
        }

        var server = TemporaryPostgres.Shared.Server;
        await RunAsync(server, $"ALTER SYSTEM SET min_wal_size = '{LogFiles * 16}MB'", CancellationToken.None);
        await RunAsync(server, "SELECT pg_reload_conf()", CancellationToken.None);
        for (var i = 0; i < LogFiles; i++)
        {
            await RunAsync(server, "SELECT pg_logical_emit_message(false, 'bench', 'so that the file is not empty')", CancellationToken.None);
            await RunAsync(server, "SELECT pg_switch_wal()", CancellationToken.None);
        }

        await RunAsync(server, "CHECKPOINT", CancellationToken.None);
    }

    private static async Task RunAsync(string server, string sql, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection($"{server};Database=postgres;Pooling=false");
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
