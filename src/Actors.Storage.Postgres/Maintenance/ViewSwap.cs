using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>
/// Swaps the view rows of one entity for rows that were folded from its events, while nothing of it can be committed (engine 3.6): the lanes of
/// its shard's owner wait at their first statement, and the shard keeps its owner. A snapshot of the transaction would not do: it does not see a
/// newer commit that removed what the swap is about to write.
/// </summary>
internal static class ViewSwap
{
    // A lane waits two seconds for its row; whoever stops in here must be gone by then.
    private const string Patience = "SET LOCAL lock_timeout = '2s'; SET LOCAL idle_in_transaction_session_timeout = '1s'";

    private const string OwnerSql = "SELECT coalesce(owner, '00000000-0000-0000-0000-000000000000'::uuid) FROM shard WHERE shard = $1";

    /// <summary>Swaps them in a transaction of its own. False when the entity, or its shard, has moved on: nothing was done then.</summary>
    public static async Task<bool> RunAsync(
        NpgsqlConnection connection, EntityAddress entity, long revision, IReadOnlyDictionary<string, ViewTable> tables,
        IReadOnlyList<ViewRowPlace> present, IReadOnlyList<ViewRowOp> rows, CancellationToken ct)
    {
        // By their keys: there is no index on whose they are.
        var written = rows.Where(r => !r.IsDelete).ToLookup(r => r.View.Name);
        var places = present.Concat(rows.Select(r => new ViewRowPlace(r.View.Name, r.Key))).Distinct().ToLookup(p => p.View, p => p.Key);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        try
        {
            if (!await HoldsAsync(connection, entity, revision, ct))
            {
                return false;
            }

            foreach (var view in places)
            {
                var table = tables[view.Key];
                await new SqlCall($"DELETE FROM {table.Name} WHERE entity = $1 AND key = ANY ($2)").Text(entity.ToString()).Texts([.. view], k => k)
                    .RunAsync(connection, ct);
                if (written[view.Key].ToList() is { Count: > 0 } own)
                {
                    await ViewWrites.Upsert(table, own).RunAsync(connection, ct);
                }
            }

            await transaction.CommitAsync(ct);
            return true;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            // A batch is under way for long: what it brings must be folded first.
            return false;
        }
    }

    // Lanes before the shard, as a lane that gives a shard away takes them.
    private static async Task<bool> HoldsAsync(NpgsqlConnection connection, EntityAddress entity, long revision, CancellationToken ct)
    {
        await new SqlCall(Patience).RunAsync(connection, ct);
        var shards = await new SqlCall("SELECT shard_count FROM cluster").ReadAsync(connection, r => r.GetInt32(0), ct);
        var shard = ShardId.Of(entity, shards.Single()).Value;
        var owner = await OneAsync(new SqlCall(OwnerSql).Int(shard), r => r.GetGuid(0));
        await new SqlCall("SELECT 1 FROM lane WHERE incarnation = $1 ORDER BY lane FOR NO KEY UPDATE").Uuid(owner).ReadAsync(connection, r => r.GetInt32(0), ct);
        return await OneAsync(new SqlCall($"{OwnerSql} FOR NO KEY UPDATE").Int(shard), r => r.GetGuid(0)) == owner
            && await OneAsync(
                new SqlCall("SELECT coalesce(max(seq), 0) FROM event WHERE entity = $1").Text(entity.ToString()), r => r.GetInt64(0)) == revision;

        async Task<T> OneAsync<T>(SqlCall call, Func<NpgsqlDataReader, T> read) => (await call.ReadAsync(connection, read, ct)).Single();
    }
}
