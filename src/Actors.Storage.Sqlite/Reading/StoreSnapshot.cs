namespace Gantry.Actors.Storage.Sqlite;

/// <summary>A read transaction: every query sees the same commit.</summary>
internal sealed class StoreSnapshot : IStoreSnapshot
{
    private readonly Lock _gate = new();
    private readonly ReadPool _pool;
    private readonly IReadOnlyDictionary<string, ViewTable> _tables;
    private Connection? _connection;

    public StoreSnapshot(ReadPool pool, Connection connection, IReadOnlyDictionary<string, ViewTable> tables)
    {
        _pool = pool;
        _connection = connection;
        _tables = tables;
        connection.Execute("BEGIN");

        // The transaction begins to see with its first read.
        _ = connection.Number("SELECT shard_count FROM cluster");
    }

    public ValueTask<ViewRowPage> QueryAsync(ViewRowQuery query, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_connection is null, this);
            try
            {
                return ValueTask.FromResult(ViewSql.Run(_connection, SqliteStore.TableOf(_tables, query), query));
            }
            catch (SqliteFailure e)
            {
                throw _pool.Port(e);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_connection is { } connection)
            {
                _connection = null;
                var isSound = End(connection);
                _pool.Return(connection, isSound);
            }
        }

        return ValueTask.CompletedTask;
    }

    private static bool End(Connection connection)
    {
        try
        {
            connection.RollbackIfOpen();
            return true;
        }
        catch (SqliteFailure)
        {
            // It only read: closing it is all there is to do.
            return false;
        }
    }
}
