using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>A read transaction: every query sees the same commit.</summary>
internal sealed class StoreSnapshot(PostgresStore store, NpgsqlConnection connection, NpgsqlTransaction transaction) : IStoreSnapshot
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private bool _isDisposed;

    public async ValueTask<ViewRowPage> QueryAsync(ViewRowQuery query, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return await store.QueryOnAsync(connection, transaction, query, ct);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        if (!_isDisposed)
        {
            _isDisposed = true;
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }

        _turn.Release();
    }
}
