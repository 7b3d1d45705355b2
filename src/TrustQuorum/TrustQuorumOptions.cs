using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace Gantry.TrustQuorum;

/// <summary>Settings under <c>gantry.trust_quorum</c>.</summary>
public sealed class TrustQuorumOptions
{
    /// <summary>
    /// <c>period_secs</c>, 1 to 3600, default 60: how often every rack is looked at when nothing asks for it. No step waits for it; shorter
    /// only costs reads, longer leaves a lost nudge unseen for as long.
    /// </summary>
    [ConfigurationKeyName("period_secs")]
    [Range(1, 3600)]
    public int PeriodSecs { get; set; } = 60;
}
