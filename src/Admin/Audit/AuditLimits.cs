namespace Gantry.Admin;

/// <summary>Bounds of the audit of API writes.</summary>
internal static class AuditLimits
{
    /// <summary>Writes of one node that wait to be taken down; more are counted, and the trail says how many. Some 20 s of one caller's bound.</summary>
    public const int WaitingMax = 4_096;

    /// <summary>Lines of one batch: with <see cref="TextMax"/> it stays below the 64 KiB of a command (engine 9).</summary>
    public const int BatchMax = 32;

    /// <summary>Longest target or outcome, in characters; the rest is cut. A path segment may have 255.</summary>
    public const int TextMax = 512;

    /// <summary>Rows of a day that leave the list in one commit.</summary>
    public const int ExpiredAtOnce = 200;

    /// <summary>How long after the first line what comes is gathered: a kill of the process loses no more than that from the trail.</summary>
    public static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(100);

    /// <summary>After a batch that was not taken.</summary>
    public static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    /// <summary>Of one try to write a batch.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>How long lines are kept: as dead letters are (engine 9). Their events go 30 days later.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(90);

    /// <summary>Between two commits that let rows go.</summary>
    public static readonly TimeSpan ExpiryPause = TimeSpan.FromSeconds(1);
}
