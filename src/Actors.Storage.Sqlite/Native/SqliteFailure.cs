namespace Gantry.Actors.Storage.Sqlite;

/// <summary>An error code of SQLite. Never leaves this project: the store turns it into what the port promises.</summary>
internal sealed class SqliteFailure(int extendedCode, string message) : Exception($"{message} (SQLite {extendedCode})")
{
    /// <summary>With the detail in the upper bits.</summary>
    public int ExtendedCode { get; } = extendedCode;

    /// <summary>The primary code.</summary>
    public int Code => ExtendedCode & 0xFF;

    /// <summary>The rows are at fault: constraint, too big, mismatch, range.</summary>
    public bool IsAboutRows => Code is SQLitePCL.raw.SQLITE_CONSTRAINT or SQLitePCL.raw.SQLITE_TOOBIG
        or SQLitePCL.raw.SQLITE_MISMATCH or SQLitePCL.raw.SQLITE_RANGE;

    /// <summary>The file is not, or no longer, a database.</summary>
    public bool IsDamage => Code is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB;

    /// <summary>The disk may hold more or less than was asked for.</summary>
    public bool IsInputOutput => Code is SQLitePCL.raw.SQLITE_IOERR;

    /// <summary>
    /// Said of a COMMIT that failed. A full disk is no doubt: the log took the frame that ends a commit not or not whole, and the library has
    /// rolled back.
    /// </summary>
    public bool MayBeOnDisk(Connection connection) =>
        IsInputOutput || (!connection.IsInTransaction && Code != SQLitePCL.raw.SQLITE_FULL);

    /// <summary>It may go another time: busy, full, no memory, no file handle, read-only file system, I/O.</summary>
    public bool MayPass => IsInputOutput || Code is SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED
        or SQLitePCL.raw.SQLITE_NOMEM or SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_FULL
        or SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_PROTOCOL or SQLitePCL.raw.SQLITE_INTERRUPT;
}
