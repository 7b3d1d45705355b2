namespace Gantry.Devices;

/// <summary>
/// Tells a restarted device by its uptime in whole seconds. The boot moment lies between <c>sent - uptime - 1 s</c> and
/// <c>received - uptime</c> on our own clock; a device is reborn when a new answer puts it later than the former one allows.
/// This also catches a restart after which the uptime is already higher than the one last seen.
/// </summary>
internal sealed record UptimeWatch(TimeSpan BootLatest)
{
    // Two clocks drift and answers jitter; a real restart is off by at least the time between two probes.
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(100);

    /// <summary>Takes an answer; says whether the device is another one than <paramref name="before"/> saw.</summary>
    public static (UptimeWatch Watch, bool IsReborn) Next(UptimeWatch? before, TimeSpan sent, TimeSpan received, long uptime)
    {
        var up = TimeSpan.FromSeconds(uptime);
        var earliest = sent - up - TimeSpan.FromSeconds(1);
        var isReborn = before is not null && earliest > before.BootLatest + Slack;
        return (new UptimeWatch(received - up), isReborn);
    }
}
