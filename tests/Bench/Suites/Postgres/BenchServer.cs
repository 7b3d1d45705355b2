using Gantry.Actors.Storage.Postgres;
using Gantry.Primitives;
using Gantry.Tests;
using Npgsql;

namespace Gantry.Bench;

/// <summary>A throwaway server that syncs every commit, or the one that <c>GANTRY_TEST_POSTGRES</c> names; each measurement has a database.</summary>
internal static class BenchServer
{
    /// <summary>Why there is none; null when there is.</summary>
    public static string? WhyNot => TemporaryPostgres.WhyNot;

    /// <summary>A new database's connection string.</summary>
    public static async Task<string> NewDatabaseAsync(CancellationToken ct)
    {
        Environment.SetEnvironmentVariable("PGTEST_FSYNC", "on");
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

    private static async Task RunAsync(string server, string sql, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection($"{server};Database=postgres;Pooling=false");
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
