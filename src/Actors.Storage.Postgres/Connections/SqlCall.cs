using Npgsql;
using NpgsqlTypes;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>A statement with its values; goes out in a batch or alone.</summary>
internal sealed class SqlCall(string text)
{
    private readonly List<NpgsqlParameter> _parameters = [];

    public SqlCall Uuid(Guid value) => Add(NpgsqlDbType.Uuid, value);

    public SqlCall Int(int value) => Add(NpgsqlDbType.Integer, value);

    public SqlCall Long(long value) => Add(NpgsqlDbType.Bigint, value);

    public SqlCall Text(string? value) => Add(NpgsqlDbType.Text, value);

    /// <summary>A string, a long or null, of the type that the column has.</summary>
    public SqlCall Value(ViewColumnType type, object? value) =>
        Add(type == ViewColumnType.Integer ? NpgsqlDbType.Bigint : NpgsqlDbType.Text, value);

    public SqlCall Ints<T>(IReadOnlyList<T> rows, Func<T, int> read) => Array(NpgsqlDbType.Integer, rows, read);

    public SqlCall Longs<T>(IReadOnlyList<T> rows, Func<T, long> read) => Array(NpgsqlDbType.Bigint, rows, read);

    public SqlCall OptionalLongs<T>(IReadOnlyList<T> rows, Func<T, long?> read) => Array(NpgsqlDbType.Bigint, rows, read);

    public SqlCall Texts<T>(IReadOnlyList<T> rows, Func<T, string?> read) => Array(NpgsqlDbType.Text, rows, read);

    public SqlCall Blobs<T>(IReadOnlyList<T> rows, Func<T, byte[]> read) => Array(NpgsqlDbType.Bytea, rows, read);

    /// <summary>Appends it to a batch.</summary>
    public void Into(NpgsqlBatch batch)
    {
        var command = new NpgsqlBatchCommand(text);
        command.Parameters.AddRange(_parameters.ToArray());
        batch.BatchCommands.Add(command);
    }

    /// <summary>Makes a command of it.</summary>
    public NpgsqlCommand OnItsOwn(NpgsqlConnection connection, NpgsqlTransaction? transaction = null)
    {
        var command = new NpgsqlCommand(text, connection, transaction);
        command.Parameters.AddRange(_parameters.ToArray());
        return command;
    }

    /// <summary>Runs it alone and gives the number of rows it changed.</summary>
    public async Task<int> RunAsync(NpgsqlConnection connection, CancellationToken ct, NpgsqlTransaction? transaction = null)
    {
        await using var command = OnItsOwn(connection, transaction);
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Runs it alone and reads all of its rows.</summary>
    public async Task<List<T>> ReadAsync<T>(
        NpgsqlConnection connection, Func<NpgsqlDataReader, T> read, CancellationToken ct, NpgsqlTransaction? transaction = null)
    {
        await using var command = OnItsOwn(connection, transaction);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await RowsAsync(reader, read, ct);
    }

    /// <summary>The rows of one result.</summary>
    public static async Task<List<T>> RowsAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private SqlCall Array<T, TValue>(NpgsqlDbType type, IReadOnlyList<T> rows, Func<T, TValue> read)
    {
        var values = new TValue[rows.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = read(rows[i]);
        }

        return Add(NpgsqlDbType.Array | type, values);
    }

    private SqlCall Add(NpgsqlDbType type, object? value)
    {
        _parameters.Add(new NpgsqlParameter { NpgsqlDbType = type, Value = value ?? DBNull.Value });
        return this;
    }
}
