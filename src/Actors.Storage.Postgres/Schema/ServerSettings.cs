using Microsoft.Extensions.Logging;
using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>Refuses a server that may lose what it acknowledged.</summary>
internal static class ServerSettings
{
    private static readonly string[] Needed = ["fsync", "full_page_writes", "synchronous_commit"];

    /// <summary>Gives what is off although it is allowed; null for a server that keeps what it acknowledges.</summary>
    /// <exception cref="StoreRefusedException">It is not allowed.</exception>
    public static async Task<string?> CheckAsync(NpgsqlConnection connection, string place, bool isUnsafeAllowed, ILogger log, CancellationToken ct)
    {
        var off = await new SqlCall("SELECT name FROM pg_settings WHERE name = ANY ($1) AND setting = 'off' ORDER BY name").Texts(Needed, n => n)
            .ReadAsync(connection, r => r.GetString(0), ct);
        if (off.Count == 0)
        {
            return null;
        }

        var settings = string.Join(", ", off.Select(n => $"{n} = off"));
        if (!isUnsafeAllowed)
        {
            throw new StoreRefusedException(
                $"{place} may lose what it acknowledged: {settings}. Switch it on in postgresql.conf and reload, or, for a trial only, set "
                + "gantry.storage.allow_unsafe = on.");
        }

        PostgresStoreLog.Unsafe(log, settings);
        return settings;
    }
}
