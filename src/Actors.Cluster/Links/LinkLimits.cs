namespace Gantry.Actors.Cluster;

/// <summary>Bounds of a link (engine 5.7). What is beyond one is refused to the engine at once, which knows what to answer.</summary>
internal static class LinkLimits
{
    /// <summary>The form of frames. A peer with another one is not spoken with.</summary>
    public const int Version = 1;

    /// <summary>The largest frame, its length not counted.</summary>
    public const int FrameBytesMax = 1024 * 1024;

    /// <summary>Asks and inquiries that a peer may have out at us; each answer gives one back.</summary>
    public const int CreditMax = 256;

    /// <summary>Frames that wait for a slow peer; more are refused.</summary>
    public const int QueueFramesMax = 4_096;

    /// <summary>Bytes that wait for a slow peer; more are refused.</summary>
    public const long QueueBytesMax = 8L * FrameBytesMax;

    /// <summary>Written at once when so much is there.</summary>
    public const int WriteBytes = 64 * 1024;

    /// <summary>An ask that was never answered gives its credit back so long after its deadline.</summary>
    public static readonly TimeSpan CreditGrace = TimeSpan.FromSeconds(5);

    /// <summary>A stream is opened within this time, hello and welcome included.</summary>
    public static readonly TimeSpan OpenWithin = TimeSpan.FromSeconds(3);

    /// <summary>A node that has just joined becomes known within this time, or is refused and comes again.</summary>
    public static readonly TimeSpan KnownWithin = TimeSpan.FromSeconds(1);

    /// <summary>What lived so long was a link: the next attempt is made at once.</summary>
    public static readonly TimeSpan Settled = TimeSpan.FromSeconds(5);
}
