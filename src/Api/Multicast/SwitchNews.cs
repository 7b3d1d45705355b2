using Gantry.Multicast;

namespace Gantry.Api;

/// <summary>What is known of switches besides the rows, at whichever node works them: drift under repair, when each is looked at next.</summary>
internal sealed record SwitchNews(MulticastSight Status, DateTimeOffset Now)
{
    public static async ValueTask<SwitchNews> OfAsync(ApiCall call, CancellationToken ct) =>
        new(await call.Service<MulticastNews>().LookAsync(ct).ConfigureAwait(false), call.Clock.GetUtcNow());

    /// <summary>Every recorded switch was read back to hold the group, and none is known to have lost it or to have been away since.</summary>
    public bool IsConverged(MulticastGroupRow row) => row.IsConverged && Status.IsTrue(row.Id);

    /// <summary>When a switch is looked at next; null when that runs now or is not known.</summary>
    public DateTimeOffset? NextAttempt(string key) => Status.NextAttempt(key);
}
