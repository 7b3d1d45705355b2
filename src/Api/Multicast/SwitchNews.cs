using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Multicast;

namespace Gantry.Api;

/// <summary>What this node knows of switches besides the rows: drift under repair, when each is looked at next.</summary>
internal sealed record SwitchNews(MulticastStatus Status, ImmutableArray<ReconcilerKeyStatus> Keys, DateTimeOffset Now)
{
    public static SwitchNews Of(ApiCall call) => new(
        call.Service<MulticastStatus>(),
        [.. call.Service<IReconcilers>().Status().Where(s => s.Reconciler == Reconcilers.Multicast)],
        call.Clock.GetUtcNow());

    /// <summary>When a switch is looked at next; null when that runs now or is not known here.</summary>
    public DateTimeOffset? NextAttempt(string key) => Keys.FirstOrDefault(k => k.Key == key)?.Due;
}
