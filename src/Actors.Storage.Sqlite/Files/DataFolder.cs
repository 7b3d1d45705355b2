namespace Gantry.Actors.Storage.Sqlite;

/// <summary>The files of one store. All begin with <c>gantry.db</c>, so that whoever wants an empty start removes them together.</summary>
internal sealed class DataFolder(string folder)
{
    public string Path { get; } = System.IO.Path.GetFullPath(folder);

    public string Database => System.IO.Path.Combine(Path, "gantry.db");

    /// <summary>A database on its way to become <see cref="Database"/>; a crash leaves it behind and the next start removes it.</summary>
    public string Unfinished => Database + ".unfinished";

    public string Log => Database + "-wal";

    public string Lock => Database + ".lock";

    /// <summary>Who has, or last had, the lock. Tells also that a store was once here.</summary>
    public string Holder => Database + ".holder";

    /// <summary>Makes the folder and sees that files can be written in it.</summary>
    /// <exception cref="StoreRefusedException">It cannot be made or written.</exception>
    public void Prepare()
    {
        try
        {
            Directory.CreateDirectory(Path);
            var probe = Database + ".probe";
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new StoreRefusedException(
                $"The data folder {Path} cannot be written: {e.Message} {DiskTrouble.WayOut(e, Path)}");
        }
    }

    /// <summary>Whether a database is there. A store that was here and is not any more is never replaced by an empty one.</summary>
    /// <exception cref="StoreRefusedException">Only its companions are left.</exception>
    public bool HasDatabase()
    {
        if (File.Exists(Database))
        {
            return true;
        }

        foreach (var left in new[] { Holder, Log })
        {
            if (File.Exists(left))
            {
                throw new StoreRefusedException(
                    $"{Database} is gone, but {left} says that a store was here. Put the file back from a backup, or remove every {Database}* "
                    + "to start empty.");
            }
        }

        return false;
    }
}
