namespace Gantry.Actors.Storage.Sqlite;

/// <summary>Where the store lives and how it writes.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>
    /// Data folder, made when missing; holds <c>gantry.db</c> and its companions. On a local disk: network file systems lose the lock
    /// that keeps a second process out.
    /// </summary>
    public required string Folder { get; init; }

    /// <summary>
    /// How long opening waits for another process to let go of the folder. Default 5 s, 0 to 60 s. Too short: a quick restart is refused
    /// while the old process still stops. Too long: a mistaken second start hangs before it says so.
    /// </summary>
    public TimeSpan LockWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Pages (4 KiB) in the write-ahead log after which they are copied into the database, beside the writer. Default 4,000, 100 to 100,000. While
    /// there is no pause the log may be four times as long. Small: more syncs. Large: more disk, and a longer first read after a crash.
    /// </summary>
    public int CheckpointPages { get; init; } = 4_000;
}
