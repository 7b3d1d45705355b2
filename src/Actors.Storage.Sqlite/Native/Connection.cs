using System.Diagnostics.CodeAnalysis;
using SQLitePCL;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>
/// One connection with its prepared statements. Not thread-safe: the writer's belongs to its thread, a reader's to whoever
/// rented it. Straight on the native calls because the commit path binds thousands of values a millisecond.
/// </summary>
internal sealed class Connection : IDisposable
{
    // Busy is an error after a second; it never means "wait for ever" (engine 3.2).
    private const int BusyMsMax = 1_000;

    private readonly sqlite3 _db;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);

    private Connection(sqlite3 db) => _db = db;

    /// <summary>Rows changed by the last statement.</summary>
    public int Changes => raw.sqlite3_changes(_db);

    /// <summary>Prepared statements kept.</summary>
    public int StatementCount => _statements.Count;

    /// <summary>Whether a transaction is open.</summary>
    public bool IsInTransaction => raw.sqlite3_get_autocommit(_db) == 0;

    /// <summary>Opens a file that exists, or makes it when asked to.</summary>
    /// <exception cref="SqliteFailure">It cannot be opened.</exception>
    public static Connection Open(string file, bool create = false)
    {
        _ = SqliteLibrary.Description;
        var flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX | (create ? raw.SQLITE_OPEN_CREATE : 0);
        var code = raw.sqlite3_open_v2(file, out var db, flags, null!); // null: the default file system layer
        if (code != raw.SQLITE_OK)
        {
            var failure = new SqliteFailure(code, $"{file} cannot be opened");
            db?.Dispose();
            throw failure;
        }

        _ = raw.sqlite3_busy_timeout(db, BusyMsMax);
        RowSumFunction.Register(db);
        return new Connection(db);
    }

    /// <summary>The prepared statement of a text, made at its first use. There are as many as there are texts in this project.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "The statement owns its handle, the connection its statements.")]
    public Statement Prepare(string sql)
    {
        if (_statements.TryGetValue(sql, out var known))
        {
            return known;
        }

        var code = raw.sqlite3_prepare_v3(_db, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle);
        var statement = code == raw.SQLITE_OK ? new Statement(this, handle, sql) : throw Failure(sql);
        _statements.Add(sql, statement);
        return statement;
    }

    /// <summary>Forgets the statement of a text.</summary>
    public void Forget(string sql)
    {
        if (_statements.Remove(sql, out var statement))
        {
            statement.Dispose();
        }
    }

    /// <summary>Runs statements that give nothing back.</summary>
    public void Execute(string sql)
    {
        if (raw.sqlite3_exec(_db, sql) != raw.SQLITE_OK)
        {
            throw Failure(sql);
        }
    }

    /// <summary>The first column of the first row, as text.</summary>
    public string? Text(string sql)
    {
        var statement = Prepare(sql);
        var text = statement.Step() ? statement.Text(0) : null;
        statement.Reset();
        return text;
    }

    /// <summary>The first column of the first row, as a number; 0 when there is none.</summary>
    public long Number(string sql)
    {
        var statement = Prepare(sql);
        var number = statement.Step() ? statement.Long(0) : 0;
        statement.Reset();
        return number;
    }

    /// <summary>Ends a transaction that is still open.</summary>
    public void RollbackIfOpen()
    {
        if (IsInTransaction)
        {
            Execute("ROLLBACK");
        }
    }

    /// <summary>Pages written to disk since the last call.</summary>
    public int TakePagesWritten()
    {
        _ = raw.sqlite3_db_status(_db, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, 1);
        return pages;
    }

    /// <summary>The last error of this connection.</summary>
    public SqliteFailure Failure(string what) =>
        new(raw.sqlite3_extended_errcode(_db), $"{raw.sqlite3_errmsg(_db).utf8_to_string()} in {what}");

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _db.Dispose();
    }
}
