using SQLitePCL;

namespace Gantry.Bench;

/// <summary>
/// What a person would write by hand who knows nothing of actors: the engine's own rows into the engine's own tables by prepared
/// statements on one connection with the same settings. No checks, no losers, no owners.
/// </summary>
internal sealed class BareFile : IDisposable
{
    private readonly sqlite3 _db;
    private readonly List<sqlite3_stmt> _all = [];
    private readonly sqlite3_stmt _begin;
    private readonly sqlite3_stmt _commit;
    private readonly sqlite3_stmt _lane;
    private readonly sqlite3_stmt _lock;
    private readonly sqlite3_stmt _receipt;
    private readonly sqlite3_stmt _event;
    private readonly sqlite3_stmt _view;
    private readonly SampleRows _rows;
    private long _next;
    private long _batch;

    /// <summary>Opens a file that the store made and closed; the lane's row is made by the caller's join.</summary>
    public BareFile(string file, SampleRows rows)
    {
        _rows = rows;
        Check(raw.sqlite3_open_v2(file, out _db, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX, null!)); // null: the default layer
        foreach (var pragma in new[] { "journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 4000", "cache_size = -32768" })
        {
            Check(raw.sqlite3_exec(_db, $"PRAGMA {pragma}"));
        }

        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _lane = Prepare("UPDATE lane SET batch_no = ? WHERE fenced = 0");
        _lock = Prepare("SELECT batch_no FROM lane WHERE fenced = 0");

        // A number as large as a checksum stands for it: the same bytes, nothing computed.
        _receipt = Prepare("INSERT INTO receipt (entity, key, digest, seq, at, tag, ver, reply, sum) VALUES (?,?,?,?,?,?,?,?,4000000000)");
        _event = Prepare(
            "INSERT INTO event (entity, seq, shard, pos, epoch, tag, ver, at, cause, caller, trace, body, sum) "
            + "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,4000000000)");
        _view = Prepare(
            "INSERT INTO view_bench_counters (key, entity, shard, rev, doc, value, sum) VALUES (?,?,?,?,?,?,4000000000) "
            + "ON CONFLICT (key) DO UPDATE SET rev = excluded.rev, doc = excluded.doc, value = excluded.value, sum = excluded.sum");
    }

    /// <summary>Writes a number of commands as one transaction.</summary>
    public void WriteBatch(int commands)
    {
        Run(_begin);
        Bind(_lane, 1, ++_batch);
        Run(_lane);
        for (var i = 0; i < commands; i++)
        {
            WriteRows();
        }

        Run(_commit);
    }

    /// <summary>Writes one command as a person would without batches: look, write, commit.</summary>
    public void WriteOne()
    {
        Run(_begin);
        _ = raw.sqlite3_step(_lock);
        _ = raw.sqlite3_reset(_lock);
        WriteRows();
        Run(_commit);
    }

    public void Dispose()
    {
        foreach (var statement in _all)
        {
            statement.Dispose();
        }

        _db.Dispose();
    }

    private void WriteRows()
    {
        var number = _next++;
        var entity = (int)(number * 7_919 % _rows.Entities.Length);
        var sequence = _rows.TakeSequence(entity);
        var address = _rows.Entities[entity];

        var receipt = _rows.Receipt;
        Bind(_receipt, 1, address);
        Bind(_receipt, 2, _rows.Key(number));
        BindOrNull(_receipt, 3, _rows.Digest);
        Bind(_receipt, 4, sequence);
        Bind(_receipt, 5, receipt.At.UtcTicks);
        Bind(_receipt, 6, _rows.ReceiptTag);
        Bind(_receipt, 7, receipt.Version);
        _ = raw.sqlite3_bind_blob(_receipt, 8, receipt.Reply);
        Run(_receipt);

        var fact = _rows.Event;
        Bind(_event, 1, address);
        Bind(_event, 2, sequence);
        Bind(_event, 3, _rows.Shards[entity]);
        Bind(_event, 4, (1L << 50) + number);
        Bind(_event, 5, fact.Epoch);
        Bind(_event, 6, _rows.EventTag);
        Bind(_event, 7, fact.Version);
        Bind(_event, 8, fact.At.UtcTicks);
        Bind(_event, 9, _rows.Key(number));
        Bind(_event, 10, _rows.Caller);
        _ = raw.sqlite3_bind_null(_event, 11);
        _ = raw.sqlite3_bind_blob(_event, 12, fact.Body);
        Run(_event);

        Bind(_view, 1, _rows.ViewKeys[entity]);
        Bind(_view, 2, address);
        Bind(_view, 3, _rows.Shards[entity]);
        Bind(_view, 4, sequence);
        _ = raw.sqlite3_bind_blob(_view, 5, _rows.Document);
        Bind(_view, 6, number);
        Run(_view);
    }

    private sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_db, sql, raw.SQLITE_PREPARE_PERSISTENT, out var statement));
        _all.Add(statement);
        return statement;
    }

    private void Run(sqlite3_stmt statement)
    {
        var code = raw.sqlite3_step(statement);
        _ = raw.sqlite3_reset(statement);
        Check(code == raw.SQLITE_DONE ? raw.SQLITE_OK : code);
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw new InvalidOperationException($"bare loop: {raw.sqlite3_errmsg(_db).utf8_to_string()} ({code})");
        }
    }

    private static void Bind(sqlite3_stmt statement, int index, long value) => _ = raw.sqlite3_bind_int64(statement, index, value);

    private static void Bind(sqlite3_stmt statement, int index, byte[] text) => _ = raw.sqlite3_bind_text(statement, index, text);

    private static void BindOrNull(sqlite3_stmt statement, int index, byte[]? text) =>
        _ = text is null ? raw.sqlite3_bind_null(statement, index) : raw.sqlite3_bind_text(statement, index, text);
}
