using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>Makes or opens the database of a folder that is ours by its lock, and checks that it is what was asked for.</summary>
internal static class StoreOpening
{
    /// <summary>A larger file is checked page by page by an operator, not at every start.</summary>
    private const long CheckedBytesMax = 256L << 20;

    private const int PageBytesMin = 512;

    private static ReadOnlySpan<byte> Magic => "SQLite format 3\0"u8;

    /// <summary>Gives the write connection of a store that is whole, current and configured as asked.</summary>
    /// <exception cref="StoreRefusedException">It cannot be used; the message names the file and the way out.</exception>
    public static Connection Open(
        DataFolder folder,
        int shardCount,
        ImmutableArray<ViewTable> tables,
        IRandomSource random,
        DateTimeOffset now,
        out StoreIdentity identity)
    {
        var file = folder.Database;
        Connection? connection = null;
        try
        {
            if (!folder.HasDatabase())
            {
                Create(folder, shardCount, random, now);
            }

            CheckHeader(file);
            if (LogCheck.FindDamage(folder.Log) is { } damage)
            {
                throw new StoreRefusedException(LogDamage(folder.Log, damage.At, damage.CommitsBehind));
            }

            connection = SqliteStore.OpenWriter(file);
            CheckPages(connection, file);
            Migration.Upgrade(connection, file, now);
            CheckGround(connection, file);
            identity = ReadIdentity(connection, file, shardCount);
            ViewTable.EnsureAll(connection, tables, file);
            var opened = connection;
            connection = null;
            return opened;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreRefusedException($"{file} cannot be opened: {e.Message} {DiskTrouble.WayOut(e, folder.Path)}");
        }
        catch (SqliteFailure e) when (e.IsDamage)
        {
            throw Damaged(file, e.Message);
        }
        catch (SqliteFailure e)
        {
            throw new StoreRefusedException($"{file} cannot be opened: {e.Message}. {DiskTrouble.WayOut(e, folder.Path)}");
        }
        finally
        {
            connection?.Dispose();
        }
    }

    // Made under another name and then renamed: a database that is there was complete once.
    private static void Create(DataFolder folder, int shardCount, IRandomSource random, DateTimeOffset now)
    {
        Invariant.Check(shardCount is >= 1 and <= 4_096, $"shard count {shardCount} is between 1 and 4096");
        foreach (var left in new[] { folder.Unfinished, folder.Unfinished + "-journal" })
        {
            File.Delete(left);
        }

        using (var connection = Connection.Open(folder.Unfinished, create: true))
        {
            connection.Execute("PRAGMA synchronous = FULL");
            Migration.Create(connection, shardCount, random, now);
        }

        File.Move(folder.Unfinished, folder.Database);
    }

    // Before the library sees it: a file shorter than a page is to the library a new database, and it would write one.
    public static void CheckHeader(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Span<byte> start = stackalloc byte[PageBytesMin];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.StartsWith(Magic))
        {
            throw Damaged(file, stream.Length == 0 ? "it is empty" : "it does not begin like a SQLite database");
        }
    }

    private static void CheckPages(Connection connection, string file)
    {
        if (new FileInfo(file).Length <= CheckedBytesMax && connection.Text("PRAGMA quick_check(1)") is { } found && found != "ok")
        {
            throw Damaged(file, found);
        }
    }

    // What nothing else would notice: a claim that is not found, an epoch that fell. Rows of entities are checked as they are read.
    private static void CheckGround(Connection connection, string file)
    {
        foreach (var table in new[] { "cluster", "shard", "claim" })
        {
            if (SummedTable.Of(table).FindDamage(connection).FirstOrDefault() is { } found)
            {
                throw Damaged(file, found);
            }
        }
    }

    /// <summary>What to say of a log with a wrong frame before good ones.</summary>
    public static string LogDamage(string log, long at, int commits) =>
        $"{log} is damaged at byte {at}: {commits} acknowledged commits from there on cannot be read. Keep a copy of the data folder, then restore "
        + $"a backup; or, to go on without those commits, cut the log there (truncate -s {at} {log}).";

    private static StoreRefusedException Damaged(string file, string why) => new(
        $"{file} is damaged: {why.ReplaceLineEndings(" ")}. Keep a copy of it and of {file}-wal, then restore a backup; only if the rack may forget everything, remove "
        + $"every {file}* to start empty.");

    private static StoreIdentity ReadIdentity(Connection connection, string file, int shardCount)
    {
        var find = connection.Prepare("SELECT id, shard_count, hash_version, restore_count, system_id, write_level FROM cluster");
        if (!find.Step())
        {
            find.Reset();
            throw Damaged(file, "it has no cluster row");
        }

        var identity = new StoreIdentity(Guid.Parse(find.Text(0) ?? ""), find.Text(4) ?? "", find.Int(1), find.Int(3));
        var (hashVersion, writeLevel) = (find.Int(2), find.Int(5));
        find.Reset();
        if (identity.ShardCount != shardCount)
        {
            throw new StoreRefusedException(
                $"{file} was made with {identity.ShardCount} shards and this node is configured for {shardCount}. The number is fixed when a store is "
                + $"made: set it back to {identity.ShardCount}.");
        }

        if (writeLevel > MemberProfile.ReleaseWireLevel)
        {
            throw new StoreRefusedException(
                $"{file} holds what a newer release wrote (wire level {writeLevel}; this one reads {MemberProfile.ReleaseWireLevel}). Start that release "
                + "again, or restore the backup made before the upgrade.");
        }

        return hashVersion == StableHash.Version
            ? identity
            : throw new StoreRefusedException(
                $"{file} places entities by hash version {hashVersion}, this release by {StableHash.Version}. Start the release that wrote it.");
    }
}
