using System.Collections.Concurrent;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>
/// Connections that only read. They see the newest commit and never wait for the writer. A few are kept; more are opened for a burst of
/// read transactions, up to a bound.
/// </summary>
internal sealed class ReadPool(string file) : IDisposable
{
    /// <summary>Connections kept when idle. Each holds a page cache of up to 2 MiB.</summary>
    public const int KeptMax = 8;

    /// <summary>Connections at once, read transactions of reconcilers included.</summary>
    public const int OpenMax = 64;

    /// <summary>Statements of one connection; one with more is closed and another opened. Questions come in some dozens of forms.</summary>
    public const int StatementsMax = 512;

    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(1);

    private readonly ConcurrentBag<Connection> _idle = [];
    private readonly SemaphoreSlim _free = new(OpenMax, OpenMax);
    private volatile bool _isClosed;

    /// <summary>Takes a connection out of the pool.</summary>
    /// <exception cref="StoreConnectionException">All are in use, or the file cannot be opened.</exception>
    public async ValueTask<Connection> RentAsync(CancellationToken ct)
    {
        if (!await _free.WaitAsync(WaitMax, ct).ConfigureAwait(false))
        {
            throw new StoreConnectionException(
                $"All {OpenMax} read connections are in use; a view snapshot may not have been disposed. Nothing was read, try again.", true);
        }

        try
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return _idle.TryTake(out var idle) ? idle : OpenReader();
        }
        catch (Exception e)
        {
            _free.Release();
            throw e is SqliteFailure failure ? Port(failure) : e;
        }
    }

    /// <summary>Gives a connection back; one that met an error is closed instead.</summary>
    public void Return(Connection connection, bool isSound)
    {
        var isFit = isSound && !connection.IsInTransaction && connection.StatementCount <= StatementsMax;
        if (isFit && !_isClosed && _idle.Count < KeptMax)
        {
            _idle.Add(connection);
        }
        else
        {
            connection.Dispose();
        }

        _free.Release();
    }

    /// <summary>Reads something on a connection of the pool.</summary>
    /// <exception cref="StoreConnectionException">It could not be read.</exception>
    public async ValueTask<T> ReadAsync<TArgument, T>(
        TArgument argument, Func<Connection, TArgument, T> read, CancellationToken ct)
    {
        var connection = await RentAsync(ct).ConfigureAwait(false);
        var isSound = false;
        try
        {
            var result = read(connection, argument);
            isSound = true;
            return result;
        }
        catch (SqliteFailure e)
        {
            throw Port(e);
        }
        finally
        {
            Return(connection, isSound);
        }
    }

    /// <summary>What a failed read is for the callers of the port.</summary>
    public StoreConnectionException Port(SqliteFailure failure) => new(
        $"{file} cannot be read: {failure.Message}. Nothing was done. Check the disk; if it says malformed, restore a backup.", true, failure) { IsDamage = failure.IsDamage };

    public void Dispose()
    {
        _isClosed = true;
        while (_idle.TryTake(out var connection))
        {
            connection.Dispose();
        }
    }

    private Connection OpenReader()
    {
        var connection = Connection.Open(file);
        connection.Execute("PRAGMA query_only = 1");
        return connection;
    }
}
