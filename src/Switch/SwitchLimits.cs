namespace Gantry.Switch;

/// <summary>Bounds of the switch daemon (switch-dpd 1.1, 2.1, 2.3) and our own.</summary>
internal static class SwitchLimits
{
    /// <summary>Request body, T3.</summary>
    public const int BodyBytesMax = 10_240;

    public const int TagLengthMax = 80;

    public const int VlanMin = 2;

    public const int VlanMax = 4095;

    public const int VniMax = 16_777_215;

    public const int LaneMax = 3;

    /// <summary>Groups asked for at once; the daemon clamps at 10,000.</summary>
    public const int PageSize = 1000;

    /// <summary>Table sizes allow some 3,000 groups; a longer list is a daemon that pages in a circle.</summary>
    public const int PagesMax = 20;

    /// <summary>The version this client is built for.</summary>
    public const string ApiVersion = "13.0.0";

    /// <summary>The oldest with the same multicast semantics (V4).</summary>
    public const string ApiVersionOldest = "8.0.0";

    /// <summary>A hundred years; ours, so that times can be counted with it.</summary>
    public const long UptimeSecondsMax = 36_525L * 86_400;

    /// <summary>Uptime is read this often while all is well, so that a restart between two calls is seen within a second or two.</summary>
    public static readonly TimeSpan WatchEvery = TimeSpan.FromSeconds(1);
}
