using Gantry.Actors;
using Npgsql;
using NpgsqlTypes;

namespace Gantry.Bench;

/// <summary>
/// What a person would write by hand who knows nothing of actors: the engine's own rows into the engine's own tables, a whole batch as one
/// pipeline with arrays, on one connection with prepared statements. No checks, no losers, no owners.
/// </summary>
internal sealed class BareServer : IBareLoop
{
    private const string LaneSql = "UPDATE lane SET batch_no = batch_no + 1 WHERE incarnation = $1 AND lane = $2 AND NOT fenced";

    private const string ReceiptSql =
        "INSERT INTO receipt (entity, key, digest, seq, at, tag, ver, reply) SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)";

    private const string EventSql =
        "INSERT INTO event (entity, seq, shard, pos, epoch, tag, ver, at, cause, caller, trace, body) "
        + "SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

    private const string ViewSql =
        "INSERT INTO view_bench_counters (key, entity, shard, rev, doc, value) SELECT * FROM unnest($1, $2, $3, $4, $5, $6) "
        + "ON CONFLICT (key) DO UPDATE SET rev = excluded.rev, doc = excluded.doc, value = excluded.value";

    private readonly NpgsqlConnection _connection;
    private readonly Incarnation _me;
    private readonly int _lane;
    private readonly SampleRows _rows;
    private readonly List<string> _entities;
    private readonly List<string> _viewKeys;
    private readonly long _from;
    private long _next;

    private BareServer(NpgsqlConnection connection, Incarnation me, int lane, SampleRows rows, int first)
    {
        _connection = connection;
        _me = me;
        _lane = lane;
        _rows = rows;
        _from = (1L << 50) + ((long)lane << 40);
        _next = first;
        _entities = [.. rows.Entities.Select(System.Text.Encoding.UTF8.GetString)];
        _viewKeys = [.. rows.ViewKeys.Select(System.Text.Encoding.UTF8.GetString)];
    }

    /// <summary>Opens a loop of its own on a store that is there, with its row of lanes.</summary>
    public static async Task<BareServer> OpenAsync(string database, Incarnation me, int lane, SampleRows rows, CancellationToken ct)
    {
        var connection = new NpgsqlConnection(
            $"{database};Pooling=false;Search Path=actors;Max Auto Prepare=32;Auto Prepare Min Usages=2");
        await connection.OpenAsync(ct);
        return new BareServer(connection, me, lane, rows, first: lane);
    }

    /// <summary>One batch, one round trip.</summary>
    public async ValueTask WriteBatchAsync(int commands)
    {
        await using var batch = new NpgsqlBatch(_connection);
        batch.BatchCommands.Add(Fence());
        Add(batch, Take(commands));
        await batch.ExecuteNonQueryAsync();
    }

    /// <summary>One command as a person would without batches: begin, look with a lock, write, commit; one after the other.</summary>
    public async ValueTask WriteOneAsync()
    {
        await using var transaction = await _connection.BeginTransactionAsync();
        await using (var look = new NpgsqlCommand(
            "SELECT seq FROM event WHERE entity = $1 ORDER BY seq DESC LIMIT 1", _connection, transaction))
        {
            look.Parameters.Add(Text(_entities[(int)(_next * 7_919 % _entities.Count)]));
            await look.ExecuteScalarAsync();
        }

        var rows = Take(1);
        foreach (var command in new[] { Receipts(rows), Events(rows), Views(rows) })
        {
            await using var alone = new NpgsqlCommand(command.CommandText, _connection, transaction);
            foreach (var parameter in command.Parameters.Cast<NpgsqlParameter>().ToList())
            {
                command.Parameters.Remove(parameter);
                alone.Parameters.Add(parameter);
            }

            await alone.ExecuteNonQueryAsync();
        }

        await transaction.CommitAsync();
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static NpgsqlParameter Text(string value) => new() { NpgsqlDbType = NpgsqlDbType.Text, Value = value };

    private static NpgsqlParameter Array<T>(NpgsqlDbType type, Row[] rows, Func<Row, T> read) =>
        new() { NpgsqlDbType = NpgsqlDbType.Array | type, Value = System.Array.ConvertAll(rows, r => read(r)) };

    private Row[] Take(int count)
    {
        var rows = new Row[count];
        for (var i = 0; i < count; i++)
        {
            var number = _next++;
            var entity = (int)(number * 7_919 % _entities.Count);
            rows[i] = new Row(number, entity, _rows.TakeSequence(entity), _rows.KeyText((number << 4) + _lane));
        }

        return rows;
    }

    private NpgsqlBatchCommand Fence()
    {
        var command = new NpgsqlBatchCommand(LaneSql);
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Uuid, Value = _me.Value });
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Integer, Value = _lane });
        return command;
    }

    private void Add(NpgsqlBatch batch, Row[] rows)
    {
        batch.BatchCommands.Add(Receipts(rows));
        batch.BatchCommands.Add(Events(rows));
        batch.BatchCommands.Add(Views(rows));
    }

    private NpgsqlBatchCommand Receipts(Row[] rows) => Command(
        ReceiptSql,
        Array(NpgsqlDbType.Text, rows, r => _entities[r.Entity]), Array(NpgsqlDbType.Text, rows, r => r.Key),
        Array(NpgsqlDbType.Text, rows, _ => _rows.Receipt.Digest), Array(NpgsqlDbType.Bigint, rows, r => r.Sequence),
        Array(NpgsqlDbType.Bigint, rows, _ => _rows.Receipt.At.UtcTicks), Array(NpgsqlDbType.Text, rows, _ => _rows.Receipt.Tag),
        Array(NpgsqlDbType.Integer, rows, _ => _rows.Receipt.Version), Array(NpgsqlDbType.Bytea, rows, _ => _rows.Receipt.Reply));

    private NpgsqlBatchCommand Events(Row[] rows) => Command(
        EventSql,
        Array(NpgsqlDbType.Text, rows, r => _entities[r.Entity]), Array(NpgsqlDbType.Bigint, rows, r => r.Sequence),
        Array(NpgsqlDbType.Integer, rows, r => _rows.Shards[r.Entity]), Array(NpgsqlDbType.Bigint, rows, r => _from + r.Number),
        Array(NpgsqlDbType.Bigint, rows, _ => _rows.Event.Epoch), Array(NpgsqlDbType.Text, rows, _ => _rows.Event.Tag),
        Array(NpgsqlDbType.Integer, rows, _ => _rows.Event.Version), Array(NpgsqlDbType.Bigint, rows, _ => _rows.Event.At.UtcTicks),
        Array(NpgsqlDbType.Text, rows, r => r.Key), Array(NpgsqlDbType.Text, rows, _ => _rows.Event.Caller),
        Array(NpgsqlDbType.Text, rows, _ => (string?)null), Array(NpgsqlDbType.Bytea, rows, _ => _rows.Event.Body));

    // The keys of one statement must differ: the last of a batch stands, as in the engine's.
    private NpgsqlBatchCommand Views(Row[] all)
    {
        var rows = all.GroupBy(r => r.Entity).Select(g => g.Last()).OrderBy(r => _viewKeys[r.Entity], StringComparer.Ordinal).ToArray();
        return Command(
            ViewSql,
            Array(NpgsqlDbType.Text, rows, r => _viewKeys[r.Entity]), Array(NpgsqlDbType.Text, rows, r => _entities[r.Entity]),
            Array(NpgsqlDbType.Integer, rows, r => _rows.Shards[r.Entity]), Array(NpgsqlDbType.Bigint, rows, r => r.Sequence),
            Array(NpgsqlDbType.Bytea, rows, _ => _rows.Document), Array(NpgsqlDbType.Bigint, rows, r => r.Number));
    }

    private static NpgsqlBatchCommand Command(string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.AddRange(parameters);
        return command;
    }

    private readonly record struct Row(long Number, int Entity, long Sequence, string Key);
}
