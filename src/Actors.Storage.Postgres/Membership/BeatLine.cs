using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>One incarnation's beats: a connection of their own, used by one thread that waits itself (engine 5.1).</summary>
internal sealed class BeatLine(Connections connections, Incarnation me, string beat) : IDisposable
{
    private readonly ServerMark _server = connections.Server;
    private NpgsqlConnection? _connection;
    private NpgsqlCommand? _command;

    /// <summary>False when the incarnation is dead or left.</summary>
    /// <exception cref="StoreConnectionException">No answer.</exception>
    public bool Beat(ImmutableArray<string> unreachable, TimeSpan patience)
    {
        try
        {
            var command = _command ??= Open(patience);
            command.Parameters[1].Value = unreachable.ToArray();
            return command.ExecuteNonQuery() > 0;
        }
        catch (StoreConnectionException)
        {
            Dispose();
            throw;
        }
        catch (Exception e) when (StoreErrors.IsDatabase(e))
        {
            Dispose();
            throw new StoreConnectionException($"{connections.Place} did not take a beat: {e.Message}. The next one comes.", false, e);
        }
    }

    public void Dispose()
    {
        _command?.Dispose();
        _connection?.Dispose();
        (_command, _connection) = (null, null);
    }

    private NpgsqlCommand Open(TimeSpan patience)
    {
        _connection = connections.BeatLine(me, patience);
        _connection.Open();
        _server.Check(_connection);
        var command = new NpgsqlCommand(beat, _connection);
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Uuid, Value = me.Value });
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text, Value = Array.Empty<string>() });
        return command;
    }
}
