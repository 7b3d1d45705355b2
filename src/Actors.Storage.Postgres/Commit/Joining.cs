using System.Collections.Immutable;
using Gantry.Primitives;
using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>Begins an incarnation that takes over every shard: what a single node does at start (engine 3.1).</summary>
internal static class Joining
{
    public static async Task<ImmutableArray<ShardEpoch>> RunAsync(
        NpgsqlConnection connection, Connections connections, StoreIdentity opened, Incarnation me, string nodeId, int lanes, DateTimeOffset now,
        CancellationToken ct)
    {
        Invariant.Check(lanes > 0, "a node has at least one lane");
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await RunAsync("SET LOCAL lock_timeout = '2s'");
        await ClusterRow.CheckAsync(connection, transaction, opened, connections, ct);
        await RunAsync("UPDATE lane SET fenced = true WHERE NOT fenced");
        await RunAsync("UPDATE node SET state = 'dead' WHERE state NOT IN ('dead', 'left')");
        await new SqlCall("INSERT INTO node (incarnation, node_id, state, started_at) VALUES ($1, $2, 'up', $3)")
            .Uuid(me.Value).Text(nodeId).Long(now.UtcTicks).RunAsync(connection, ct, transaction);
        await new SqlCall("INSERT INTO lane SELECT $1, i, 0, 0, false FROM generate_series(0, $2 - 1) AS i")
            .Uuid(me.Value).Int(lanes).RunAsync(connection, ct, transaction);

        // Mail that was loaded often without being consumed may be what kills the process (engine 4.6).
        await new SqlCall("UPDATE mail SET loads = loads + 1 WHERE due_at <= $1").Long(now.UtcTicks).RunAsync(connection, ct, transaction);
        await new SqlCall("UPDATE shard SET owner = $1, epoch = epoch + 1, moved_at = $2").Uuid(me.Value).Long(now.UtcTicks)
            .RunAsync(connection, ct, transaction);
        var shards = await new SqlCall("SELECT shard, epoch FROM shard ORDER BY shard")
            .ReadAsync(connection, r => new ShardEpoch(new ShardId(r.GetInt32(0)), r.GetInt64(1)), ct, transaction);
        await transaction.CommitAsync(ct);
        await DeadRows.SweepAsync(connection, now, ct);
        return [.. shards];

        Task<int> RunAsync(string sql) => new SqlCall(sql).RunAsync(connection, ct, transaction);
    }
}
