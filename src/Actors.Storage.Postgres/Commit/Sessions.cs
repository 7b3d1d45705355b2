using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>Ends sessions of incarnations that are no more: a client stopped in the middle of a pipeline keeps its row locks for ever.</summary>
internal static class Sessions
{
    private const string EndSql =
        "SELECT count(pg_terminate_backend(pid, 2000)) FROM pg_stat_activity "
        + "WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE $1";

    /// <summary>Ends every session under a name or a pattern of names; gives how many there were.</summary>
    public static async Task<int> EndAsync(NpgsqlConnection connection, string name, CancellationToken ct)
    {
        var counts = await new SqlCall(EndSql).Text(name).ReadAsync(connection, r => r.GetInt64(0), ct);
        return (int)counts.Single();
    }
}
