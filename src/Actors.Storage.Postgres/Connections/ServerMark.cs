using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>
/// The server that one incarnation works on: the first that it met. Every physical connection is held against it before anything else is done
/// with it: on another system, or after a promotion, acknowledged commits may be missing (engine 3.4).
/// </summary>
internal sealed class ServerMark(string place)
{
    // The last checkpoint still names the old timeline after a promotion; the log that is written does not.
    private const string Sql =
        "SELECT (SELECT system_identifier FROM pg_control_system())::text, "
        + "CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END";

    private Server? _met;

    /// <summary>The system identifier of the server met.</summary>
    public string SystemId => (Volatile.Read(ref _met) ?? throw new Primitives.InvariantException("no connection was made yet")).SystemId;

    /// <summary>Holds a new physical connection against it.</summary>
    /// <exception cref="StoreConnectionException">It leads to a standby, or to another server than before.</exception>
    public async Task CheckAsync(NpgsqlConnection connection, CancellationToken ct) =>
        Check((await new SqlCall(Sql).ReadAsync(connection, Read, ct)).Single());

    /// <summary>The same on the caller's own thread.</summary>
    /// <exception cref="StoreConnectionException">It leads to a standby, or to another server than before.</exception>
    public void Check(NpgsqlConnection connection)
    {
        using var command = new SqlCall(Sql).OnItsOwn(connection);
        using var reader = command.ExecuteReader();
        reader.Read();
        Check(Read(reader));
    }

    /// <summary>What a check threw that came through the driver, which puts what it met at several hosts into one error.</summary>
    public static StoreConnectionException? Within(Exception? e)
    {
        var all = Flat(e).OfType<StoreConnectionException>().ToList();
        return all.Find(x => x.IsAnotherServer) ?? all.FirstOrDefault();
    }

    private static IEnumerable<Exception> Flat(Exception? e) => e switch
    {
        null => [],
        AggregateException many => many.InnerExceptions.SelectMany(Flat),
        _ => Flat(e.InnerException).Prepend(e),
    };

    private static Server Read(NpgsqlDataReader r) => new(r.GetString(0), r.GetString(1));

    private void Check(Server found)
    {
        if (found.Timeline == "standby")
        {
            throw new StoreConnectionException($"{place} is in recovery: it is a standby, or still starting. Nothing was done.", true);
        }

        var known = Interlocked.CompareExchange(ref _met, found, null) ?? found;
        if (known != found)
        {
            throw new StoreConnectionException(
                $"{place} is another server than before (system {known.SystemId}, timeline {known.Timeline}; now {found.SystemId}, {found.Timeline}). "
                + "What this node remembers may be lost there: it starts anew.", true) { IsAnotherServer = true };
        }
    }

    private sealed record Server(string SystemId, string Timeline);
}
