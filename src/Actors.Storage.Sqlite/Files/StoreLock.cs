using System.Diagnostics.CodeAnalysis;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>
/// Keeps every other process out of a data folder for as long as this one lives: a file that nobody else may open. The operating system
/// frees it at once when the process is killed. The write-ahead log alone would let a second process write (engine 3.2).
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly FileStream _file;

    private StoreLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, waiting for a holder that is about to stop.</summary>
    /// <exception cref="StoreRefusedException">Another process keeps it.</exception>
    [SuppressMessage("Reliability", "CA2000", Justification = "The lock owns the file from here on.")]
    public static async ValueTask<StoreLock> TakeAsync(
        DataFolder folder, TimeSpan wait, TimeProvider time, CancellationToken ct)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            if (TryOpen(folder) is { } file)
            {
                return new StoreLock(file);
            }

            if (time.GetElapsedTime(began) >= wait)
            {
                throw new StoreRefusedException(
                    $"The data folder {folder.Path} is held by another process ({HolderOf(folder)}), waited {wait.TotalSeconds:0.#} s. Stop that "
                    + "process, or name another folder by gantry.storage.path.");
            }

            await Task.Delay(Poll, time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Writes down who holds the folder, for the message of whoever comes second.</summary>
    /// <exception cref="StoreRefusedException">It cannot be written.</exception>
    public void Sign(DataFolder folder, DateTimeOffset now)
    {
        // The lock file itself cannot be read by others while it is held.
        try
        {
            File.WriteAllText(
                folder.Holder,
                $"process {Environment.ProcessId} on {Environment.MachineName} since {now:yyyy-MM-ddTHH:mm:ssZ}\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreRefusedException($"{folder.Holder} cannot be written: {e.Message} {DiskTrouble.WayOut(e, folder.Path)}");
        }
    }

    public void Dispose() => _file.Dispose();

    private static FileStream? TryOpen(DataFolder folder)
    {
        try
        {
            return new FileStream(folder.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreRefusedException(
                $"The lock file {folder.Lock} cannot be opened: {e.Message} It must belong to the user that runs this node.");
        }
        catch (IOException e) when (DiskTrouble.IsHeld(e))
        {
            // The only way to know when it is free is to try again.
            return null;
        }
        catch (IOException e)
        {
            throw new StoreRefusedException(
                $"The lock file {folder.Lock} cannot be opened: {e.Message} {DiskTrouble.WayOut(e, folder.Path)}");
        }
    }

    private static string HolderOf(DataFolder folder)
    {
        try
        {
            return File.ReadAllText(folder.Holder).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "it has not signed yet";
        }
    }
}
