using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>
/// Which pool is a silo's default. Links live in their pools, and no decision covers two pools; so each link counts when it last asked to
/// be the default, and the one with the highest count is. Making B the default therefore demotes A in the same instant; B also tells A
/// by mail, so that A does not come back when B is unlinked later. Pure.
/// </summary>
public static class PoolDefaults
{
    /// <summary>The default of each silo, type and version among the links.</summary>
    public static ImmutableHashSet<(PoolId Pool, SiloId Silo)> Of(IEnumerable<IpPoolLinkRow> links) =>
        [.. links
            .GroupBy(l => (l.Silo, l.Type, l.Version))
            .Select(g => g.OrderByDescending(l => l.DefaultEpoch).ThenBy(l => l.Pool.Value).First())
            .Where(l => l.AsksDefault)
            .Select(l => (l.Pool, l.Silo))];

    /// <summary>How a pool of that nature becomes the silo's default.</summary>
    public static PoolDefaultPlan PlanFor(SiloId silo, PoolNature nature, IEnumerable<IpPoolLinkRow> links)
    {
        var alike = links.Where(l => l.Silo == silo && l.Type == nature.Type && l.Version == nature.Version).ToList();
        var previous = Of(alike);
        return new PoolDefaultPlan(
            alike.Select(l => l.DefaultEpoch).DefaultIfEmpty().Max() + 1,
            previous.IsEmpty ? null : previous.First().Pool);
    }
}
