using Gantry.Actors.Storage;
using Gantry.Actors.Storage.Sqlite;
using Gantry.Primitives;

namespace Gantry.Store.Conformance;

/// <summary>The store on SQLite, each test in a folder of its own.</summary>
public sealed class SqliteHarness : StoreHarness
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gantry-store-");

    /// <summary>The data folder.</summary>
    public string Folder => _folder.FullName;

    /// <summary>A store on a folder, without waiting for its lock.</summary>
    public static SqliteStore On(string folder) => new(
        new SqliteStoreOptions { Folder = folder, LockWait = TimeSpan.Zero }, TimeProvider.System, SystemRandomSource.Instance);

    public override IActorStore Make() => On(Folder);

    public override void LoseNextAnswer(IActorStore store, bool isCommitted)
    {
        var sqlite = (SqliteStore)store;
        sqlite.Fault = point =>
        {
            if (point == (isCommitted ? CommitPoint.AfterEnd : CommitPoint.AtEnd))
            {
                sqlite.Fault = null;
                throw new SqliteFailure(SQLitePCL.raw.SQLITE_IOERR_FSYNC, "made by a test");
            }
        };
    }

    public override ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}

public sealed class SqliteFenceTests : FenceConformance<SqliteHarness>;

public sealed class SqliteLoserTests : LoserConformance<SqliteHarness>;

public sealed class SqliteJournalTests : JournalConformance<SqliteHarness>;

public sealed class SqliteMailTests : MailConformance<SqliteHarness>;

public sealed class SqliteViewTests : ViewConformance<SqliteHarness>;

public sealed class SqliteModelTests : ModelConformance<SqliteHarness>;

public sealed class SqliteMaintenanceTests : MaintenanceConformance<SqliteHarness>;
