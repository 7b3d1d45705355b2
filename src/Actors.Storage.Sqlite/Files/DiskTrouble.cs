using SQLitePCL;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>What an operator does about a file that could not be written, by what the system says of it.</summary>
internal static class DiskTrouble
{
    private const int TooFewBytes = 64 * 1024;

    // errno of Linux; .NET hands them on as they are.
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int ReadOnlyFileSystem = 30;
    private const int WouldBlock = 11;
    private const int WouldBlockOnMac = 35;
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int LockViolation = unchecked((int)0x80070021);

    /// <summary>One sentence, to stand behind what happened. Nothing acknowledged is ever lost by it.</summary>
    /// <param name="failure">What happened.</param>
    /// <param name="folder">The folder that the file is in: a library's "I/O error" on a disk without room is a full disk.</param>
    public static string WayOut(Exception failure, string folder) => failure switch
    {
        { HResult: ReadOnlyFileSystem } or SqliteFailure { Code: raw.SQLITE_READONLY } =>
            "It is read-only: mount it so that it can be written, or name another folder by gantry.storage.path.",
        { HResult: NoSpace or QuotaExceeded } or SqliteFailure { Code: raw.SQLITE_FULL } => Full,
        _ when HasNoRoom(folder) => Full,
        SqliteFailure { Code: raw.SQLITE_BUSY or raw.SQLITE_LOCKED } => "Another program has it open: close that one.",
        _ => "Give this user the right to read and write there, or name another folder by gantry.storage.path.",
    };

    /// <summary>Whether opening failed because somebody else has the file, and not because of the disk.</summary>
    public static bool IsHeld(IOException failure) =>
        failure.HResult is WouldBlock or WouldBlockOnMac or SharingViolation or LockViolation;

    private const string Full = "The disk is full: make room on it and try again; nothing that was acknowledged is lost.";

    private static bool HasNoRoom(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace < TooFewBytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }
}
