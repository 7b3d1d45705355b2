using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>
/// What is done to the files of a store while no node has it: check, restore from a backup, adopt. Each takes the folder's lock, so a
/// running node refuses it.
/// </summary>
public sealed class SqliteStoreFiles(string folder, TimeProvider time, IRandomSource random)
{
    /// <summary>Above any epoch that a lost world may have reached (engine 3.4).</summary>
    private const int AdoptedEpochs = 4_096;

    private readonly DataFolder _folder = new(folder);

    /// <summary>Reads every page and index and the whole log; empty when nothing is wrong.</summary>
    /// <exception cref="StoreRefusedException">Another process has the folder, or there is no store.</exception>
    public Task<ImmutableArray<string>> CheckAsync(CancellationToken ct) => OnStoreAsync(
        () =>
        {
            if (LogCheck.FindDamage(_folder.Log) is { } damage)
            {
                return [StoreOpening.LogDamage(_folder.Log, damage.At, damage.CommitsBehind)];
            }

            using var connection = OpenSound(_folder.Database);
            return StoreDamage.Find(connection, ViewTable.Existing(connection)).Select(line => $"{_folder.Database}: {line}").ToImmutableArray();
        },
        ct);

    /// <summary>
    /// Puts a backup in place and adopts it. What was in the folder is kept under names that end in
    /// <c>.before-restore</c>, with a number from the second on: a restore never costs what another one kept. Returns where the
    /// former database is, or null when there was none.
    /// </summary>
    /// <exception cref="StoreRefusedException">The backup is no whole store of Gantry, or another process has the folder.</exception>
    public Task<string?> RestoreAsync(string backup, CancellationToken ct) => LockedAsync(
        () =>
        {
            var source = Path.GetFullPath(backup);
            if (!File.Exists(source))
            {
                throw new StoreRefusedException($"There is no backup {source}. Name the file that store backup wrote.");
            }

            File.Copy(source, _folder.Unfinished, overwrite: true);
            using (var copy = OpenSound(_folder.Unfinished))
            {
                if (StoreDamage.Find(copy, ViewTable.Existing(copy)).FirstOrDefault() is { } found)
                {
                    throw new StoreRefusedException($"{source} is damaged: {found.ReplaceLineEndings(" ")}. Use another backup.");
                }

                Adopt(copy);
            }

            var former = PutAside();
            File.Move(_folder.Unfinished, _folder.Database);
            return former;
        },
        ct);

    /// <summary>
    /// Declares the store that is in the folder to be the one that counts: every former node is dead, every shard's epoch jumps, the restore
    /// is counted. For files that came here in another way than by <see cref="RestoreAsync"/>. Returns the restores counted.
    /// </summary>
    /// <exception cref="StoreRefusedException">Another process has the folder, or the file cannot be used.</exception>
    public Task<int> AdoptAsync(CancellationToken ct) => OnStoreAsync(
        () =>
        {
            using var connection = OpenSound(_folder.Database);
            return Adopt(connection);
        },
        ct);

    /// <summary>
    /// Applies the schema steps that are missing, as the next start of a node would. Returns how many; 0 when there was nothing to do.
    /// </summary>
    /// <exception cref="StoreRefusedException">Another process has the folder, or the file is of a newer release or cannot be used.</exception>
    public Task<int> MigrateAsync(CancellationToken ct) => OnStoreAsync(
        () =>
        {
            using var connection = OpenSound(_folder.Database, out var applied);
            return applied;
        },
        ct);

    // Looked for before the folder is made and locked: a wrong path leaves nothing behind.
    private Task<T> OnStoreAsync<T>(Func<T> work, CancellationToken ct)
    {
        MustExist();
        return LockedAsync(work, ct);
    }

    private async Task<T> LockedAsync<T>(Func<T> work, CancellationToken ct)
    {
        _folder.Prepare();
        using var held = await StoreLock.TakeAsync(_folder, TimeSpan.Zero, time, ct).ConfigureAwait(false);
        try
        {
            return work();
        }
        catch (SqliteFailure e)
        {
            throw new StoreRefusedException(e.IsDamage
                ? $"{_folder.Database}: {e.Message}. Nothing was changed; use another backup."
                : $"{_folder.Database}: {e.Message}. Nothing was changed. {DiskTrouble.WayOut(e, _folder.Path)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreRefusedException($"{_folder.Path}: {e.Message} {DiskTrouble.WayOut(e, _folder.Path)}");
        }
    }

    private void MustExist()
    {
        if (!File.Exists(_folder.Database))
        {
            throw new StoreRefusedException($"There is no store in {_folder.Path}. Name its folder by gantry.storage.path, or restore a backup.");
        }
    }

    private Connection OpenSound(string file) => OpenSound(file, out _);

    private Connection OpenSound(string file, out int applied)
    {
        StoreOpening.CheckHeader(file);
        var connection = Connection.Open(file);
        try
        {
            if (connection.Text("PRAGMA quick_check(1)") is { } found && found != "ok")
            {
                throw new StoreRefusedException($"{file} is damaged: {found.ReplaceLineEndings(" ")}. Use another backup.");
            }

            applied = Migration.Upgrade(connection, file, time.GetUtcNow());
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private int Adopt(Connection connection)
    {
        connection.Execute("PRAGMA synchronous = FULL");
        return Transactions.Run(connection, () =>
        {
            connection.Execute("UPDATE lane SET fenced = 1");
            connection.Execute("UPDATE node SET state = 'dead'");
            SummedTable.Of("shard").Change(connection, () =>
                connection.Prepare("UPDATE shard SET owner = NULL, epoch = epoch + ?, moved_at = ?")
                    .Bind(1, AdoptedEpochs).Bind(2, time.GetUtcNow()).Run());
            SummedTable.Of("cluster").Change(connection, () =>
                connection.Prepare("UPDATE cluster SET restore_count = restore_count + 1, system_id = ?")
                    .Bind(1, random.NewGuid().ToString("N")).Run());
            return (int)connection.Number("SELECT restore_count FROM cluster");
        });
    }

    // With its log: a log that stayed would be read into the database that comes.
    private string? PutAside()
    {
        var former = Enumerable.Range(1, int.MaxValue - 1).Select(n => $"{_folder.Database}.before-restore{(n == 1 ? "" : $"-{n}")}").First(f => !File.Exists(f));
        var hadOne = File.Exists(_folder.Database);
        foreach (var suffix in new[] { "", "-wal", "-shm" })
        {
            if (File.Exists(_folder.Database + suffix))
            {
                File.Move(_folder.Database + suffix, former + suffix);
            }
        }

        return hadOne ? former : null;
    }
}
