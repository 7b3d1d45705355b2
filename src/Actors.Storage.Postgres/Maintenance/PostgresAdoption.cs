using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>
/// Declares a database that was restored, or moved to another server, to be the store: fences whoever wrote it before, frees every shard far
/// above the epochs that may have been given out since the backup, and counts the restore. While no node is connected.
/// </summary>
public sealed class PostgresAdoption(PostgresStoreOptions options, TimeProvider time)
{
    // As with files: no lost history has moved a shard so often.
    private const int AdoptedEpochs = 4_096;

    /// <summary>Adopts it. Returns how often that was done to this store.</summary>
    /// <exception cref="StoreRefusedException">There is no store, it is of another release, or a node is connected.</exception>
    public async Task<int> AdoptAsync(CancellationToken ct)
    {
        await using var connections = new Connections(options);
        try
        {
            await using var connection = await connections.RentAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            await CheckAsync(connection, connections.Place, transaction, ct);
            await new SqlCall("UPDATE lane SET fenced = true").RunAsync(connection, ct, transaction);
            await new SqlCall("UPDATE node SET state = 'dead' WHERE state NOT IN ('dead', 'left')").RunAsync(connection, ct, transaction);
            await new SqlCall("UPDATE shard SET owner = NULL, epoch = epoch + $1, moved_at = $2")
                .Int(AdoptedEpochs).Long(time.GetUtcNow().UtcTicks).RunAsync(connection, ct, transaction);
            var restores = await new SqlCall("UPDATE cluster SET restore_count = restore_count + 1, system_id = $1 RETURNING restore_count")
                .Text(connections.Server.SystemId).ReadAsync(connection, r => r.GetInt32(0), ct, transaction);
            await transaction.CommitAsync(ct);
            return restores.Single();
        }
        catch (StoreConnectionException e)
        {
            throw new StoreRefusedException(e.Message);
        }
        catch (Exception e) when (StoreErrors.IsDatabase(e))
        {
            throw new StoreRefusedException($"{connections.Place} cannot be adopted: {e.Message}. Check the connection string and that this role owns the schema.");
        }
    }

    private async Task CheckAsync(NpgsqlConnection connection, string place, NpgsqlTransaction transaction, CancellationToken ct)
    {
        var has = await new SqlCall("SELECT to_regclass($1) IS NOT NULL").Text($"{options.Schema}.cluster")
            .ReadAsync(connection, r => r.GetBoolean(0), ct, transaction);
        if (!has.Single())
        {
            throw new StoreRefusedException($"{place} is no store: there is nothing to adopt. Restore the backup first, or name the database that has it.");
        }

        var steps = (await new SqlCall("SELECT max(level) FROM schema_step").ReadAsync(connection, r => r.GetInt32(0), ct, transaction)).Single();
        if (steps > SchemaSteps.All.Count)
        {
            throw new StoreRefusedException(
                $"{place} was written by a newer release (schema step {steps}; this one knows {SchemaSteps.All.Count}). Adopt it with that release.");
        }

        var nodes = await new SqlCall(
            "SELECT DISTINCT split_part(application_name, '/', 2) FROM pg_stat_activity "
            + "WHERE datname = current_database() AND application_name LIKE 'actors/%/%'").ReadAsync(connection, r => r.GetString(0), ct, transaction);
        if (nodes.Count > 0)
        {
            throw new StoreRefusedException(
                $"{place} is in use by {nodes.Count} node{(nodes.Count == 1 ? "" : "s")} ({string.Join(", ", nodes.Order(StringComparer.Ordinal))}). Stop them first.");
        }
    }
}
