using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Tests;
using Npgsql;
using Shouldly;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>View rows are folded anew while the entity goes on (engine 3.6).</summary>
[Trait("spec", "engine/3.6")]
public sealed class PostgresViewSwapTests
{
    private static readonly EntityAddress A = TestLane.Thing("a");

    [PostgresFact]
    public async Task Rows_are_not_swapped_under_a_batch_that_is_under_way()
    {
        await using var harness = new PostgresHarness();
        await using var store = harness.Make();
        await store.OpenAsync(new StoreOptions(TestLane.ShardCount, [ThingViews.Things]), default);
        var lane = await TestLane.JoinAsync(store);
        await lane.CommitAsync(lane.WithEvent(A, 1));

        // The lane in the middle of its next batch: the entity has no row any more, and it had none that could be waited for.
        await using var batch = new NpgsqlConnection($"{harness.Database};Pooling=false");
        await batch.OpenAsync();
        await using var watch = new NpgsqlConnection($"{harness.Database};Pooling=false");
        await watch.OpenAsync();
        await using var transaction = await batch.BeginTransactionAsync();
        await RunAsync(batch, "UPDATE actors.lane SET batch_no = batch_no + 1");
        await RunAsync(
            batch,
            "INSERT INTO actors.event SELECT entity, seq + 1, shard, pos + 1, epoch, tag, ver, at, cause, caller, trace, body FROM actors.event");

        var stale = lane.Upsert(A, "a", 1, new ThingRow("stale", 1, null));
        var swap = store.Maintenance!.ReplaceViewRowsAsync(A, 1, [], [stale], default).AsTask();
        await Eventually.HoldsAsync(
            async () => swap.IsCompleted || await CountAsync(
                watch, "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") > 0,
            TimeSpan.FromSeconds(30));
        await transaction.CommitAsync();

        (await swap).ShouldBeFalse();
        (await CountAsync(watch, "actors.view_things")).ShouldBe(0);
        var fresh = lane.Upsert(A, "a", 2, new ThingRow("fresh", 1, null));
        (await store.Maintenance.ReplaceViewRowsAsync(A, 2, [], [fresh], default)).ShouldBeTrue();
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, string from)
    {
        await using var command = new NpgsqlCommand($"SELECT count(*) FROM {from}", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
