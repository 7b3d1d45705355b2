namespace Gantry.Api;

/// <summary>Bounds of the watch stream (operator-experience 5, README of the specs).</summary>
internal static class WatchLimits
{
    /// <summary>Events that may wait for a slow reader; then it is cut with its resume token.</summary>
    public const int BufferMax = 1_000;

    /// <summary>Streams at once; one more is 503.</summary>
    public const int WatchersMax = 1_000;

    /// <summary>Streams of one caller at once; one more is 503. So one caller with a leak leaves places for the others.</summary>
    public const int WatchersPerCallerMax = 64;

    /// <summary>The longest resume token, in characters: 128 shards of at most ten bytes, in base64, with room.</summary>
    public const int ResumeLengthMax = 4_096;

    /// <summary>A resume token is good for this time at least, …</summary>
    public static readonly TimeSpan ResumeFor = TimeSpan.FromMinutes(10);

    /// <summary>… or for so many events, whichever is more.</summary>
    public const long ResumeEventsMax = 100_000;

    /// <summary>How long a stream trusts what it knew of its caller's token and roles.</summary>
    public static readonly TimeSpan RightsFor = TimeSpan.FromSeconds(10);

    /// <summary>Silence never lasts longer.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);
}
