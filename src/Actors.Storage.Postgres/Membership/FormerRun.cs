using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>
/// The first thing a process that starts under a name can do for the cluster: end what still counts as its former run, so that the other nodes
/// take its shards while this one is still being built (engine 5.2). Safe by the fence; joining does the same once more.
/// </summary>
public static class FormerRun
{
    // Whoever cannot be reached within this time is met again by the start itself, which says what is wrong.
    private const int PatienceSeconds = 5;

    /// <summary>Declares dead what lives under the name. False when there was nothing, or the store did not take it.</summary>
    public static async Task<bool> EndAsync(PostgresStoreOptions options, string nodeId, CancellationToken ct)
    {
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString)
            {
                SearchPath = options.Schema,
                Pooling = false,
                Timeout = PatienceSeconds,
                CommandTimeout = PatienceSeconds,
                ApplicationName = "actors/start",
            };
            await using var connection = new NpgsqlConnection(settings.ConnectionString);
            await connection.OpenAsync(ct);
            return await new SqlCall($"UPDATE node SET state = 'dead' WHERE node_id = $1 AND state IN {PostgresMembership.Living}")
                .Text(nodeId).RunAsync(connection, ct) > 0;
        }
        catch (Exception e) when (StoreErrors.IsDatabase(e) || e is ArgumentException)
        {
            return false;
        }
    }
}
