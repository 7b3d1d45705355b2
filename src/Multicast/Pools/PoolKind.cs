using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>The kind <c>ip-pool</c>, key pool id.</summary>
internal static class PoolKind
{
    public static readonly EntityKind Kind = EntityKind.Define<PoolDecider, PoolState, PoolCommand, PoolEvent>(
        "ip-pool",
        k => k
            .View(PoolViews.Project)
            .OnReply((token, reply) => PoolLending.LeaseOf(token) is { } lease
                ? new PoolCommand.LeaseChecked(lease, reply)
                : new PoolCommand.Checked(new GroupId(Guid.Parse(token)), reply))
            .EndsWhen(s => s.IsDeleted));
}
