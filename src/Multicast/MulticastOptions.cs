using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace Gantry.Multicast;

/// <summary>Settings under <c>gantry.multicast</c>.</summary>
public sealed class MulticastOptions
{
    /// <summary>
    /// <c>enabled</c>: multicast as a whole, default false; every shipped file says true. Off: joins and leaves are refused, groups in instance
    /// bodies are skipped, and no switch is touched.
    /// </summary>
    public bool Enabled { get; set; }

    /// <summary>
    /// <c>sled_programming</c>, default false: sleds' packet engines are told which underlay address carries a group and where it is sent, and VMMs
    /// that run are subscribed when they join (multicast 8.2). Needs sled agents of API version 50; older ones are left alone.
    /// </summary>
    [ConfigurationKeyName("sled_programming")]
    public bool SledProgramming { get; set; }

    /// <summary>
    /// <c>period_secs</c>, 1 to 3600, default 60: how often every switch is compared without being asked. Shorter finds drift sooner and
    /// lists every group of every switch as often; longer leaves foreign changes unseen.
    /// </summary>
    [ConfigurationKeyName("period_secs")]
    [Range(1, 3600)]
    public int PeriodSecs { get; set; } = 60;
}
