using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>
/// Looks, within a join, whether the store is still the one that was opened (engine 3.4, 5.2): it may have been restored and adopted while this
/// node was cut off, and what this process tells others apart by would be of the lost world.
/// </summary>
internal static class ClusterRow
{
    /// <summary>Reads and locks the row of the cluster; gives the wire level that nodes write.</summary>
    /// <exception cref="StoreRefusedException">It is another store; the message says what to do.</exception>
    public static async Task<int> CheckAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, StoreIdentity opened, Connections connections, CancellationToken ct)
    {
        // Locked, so that the level is not raised between this look and the row that would have forbidden it.
        var rows = await new SqlCall("SELECT id, system_id, shard_count, restore_count, write_level, schema_level FROM cluster FOR SHARE").ReadAsync(
            connection, r => (Now: new StoreIdentity(r.GetGuid(0), r.GetString(1), r.GetInt32(2), r.GetInt32(3)), Level: r.GetInt32(4), Schema: r.GetInt32(5)),
            ct, transaction);
        var (now, level, schema) = rows.Single();
        if (schema > SchemaSteps.All.Count)
        {
            throw new StoreRefusedException(SchemaSteps.WhyTooOld(connections.Place, schema));
        }

        if (now.SystemId != connections.Server.SystemId)
        {
            throw new StoreRefusedException(
                $"{connections.Place} was restored from another server (system {now.SystemId}, this one is {connections.Server.SystemId}). Stop every "
                + "node of the old world, then run: gantry store adopt");
        }

        if (now.RestoreCount != opened.RestoreCount)
        {
            throw new StoreRefusedException(
                $"{connections.Place} was restored while this node ran: restore {now.RestoreCount}, it knows {opened.RestoreCount}. What it remembers is of "
                + "the lost world: start this node anew.");
        }

        return now.ClusterId == opened.ClusterId && now.ShardCount == opened.ShardCount
            ? level
            : throw new StoreRefusedException(
                $"{connections.Place} is another cluster than this node opened ({now.ClusterId} with {now.ShardCount} shards; it knows "
                + $"{opened.ClusterId} with {opened.ShardCount}). Check gantry.storage.connection and start this node anew.");
    }
}
