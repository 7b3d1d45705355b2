using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>A pool.</summary>
public sealed record IpPoolRow(
    PoolId Id,
    string Name,
    string Description,
    PoolType Type,
    IpVersion Version,
    PoolAssignment Assignment,
    DateTimeOffset TimeCreated,
    DateTimeOffset TimeModified,
    long Generation)
{
    /// <summary>Unicast addresses lent to instances and floating IPs.</summary>
    public int LentCount { get; init; }

    /// <summary>VLAN and uplinks of its groups; null for neither.</summary>
    public PoolNetwork? Network { get; init; }
}

/// <summary>A range of a pool.</summary>
public sealed record IpPoolRangeRow(PoolRangeId Id, PoolId Pool, string PoolName, Ip First, Ip Last, DateTimeOffset TimeCreated)
{
    /// <summary>As an interval.</summary>
    public IpRange Range => new(First, Last);
}

/// <summary>A link as the pool has it; whether it is the silo's default follows from all links, see <see cref="PoolDefaults"/>.</summary>
public sealed record IpPoolLinkRow(
    PoolId Pool, SiloId Silo, PoolType Type, IpVersion Version, bool AsksDefault, long DefaultEpoch);

/// <summary>How far a pool counted range changes. Kept when the pool is deleted, so that the count of the fleet never falls.</summary>
public sealed record RangeEpochRow(PoolId Pool, long Epoch);

/// <summary>Views written by pools.</summary>
public static class PoolViews
{
    /// <summary>Pools by id.</summary>
    public static readonly ViewSchema<IpPoolRow> Pools = new(
        "ip_pools",
        MulticastJson.Default.IpPoolRow,
        ViewColumn<IpPoolRow>.Text("name", r => r.Name),
        ViewColumn<IpPoolRow>.Text("pool_type", r => r.Type.Word()),
        ViewColumn<IpPoolRow>.Text("ip_version", r => r.Version.Word()),
        ViewColumn<IpPoolRow>.Text("assignment", r => r.Assignment.Word()));

    /// <summary>Ranges by id.</summary>
    public static readonly ViewSchema<IpPoolRangeRow> Ranges = new(
        "ip_pool_ranges",
        MulticastJson.Default.IpPoolRangeRow,
        ViewColumn<IpPoolRangeRow>.Text("pool", r => r.Pool.ToString()));

    /// <summary>Links by <c>&lt;pool id&gt;.&lt;silo id&gt;</c>.</summary>
    public static readonly ViewSchema<IpPoolLinkRow> Links = new(
        "ip_pool_links",
        MulticastJson.Default.IpPoolLinkRow,
        ViewColumn<IpPoolLinkRow>.Text("pool", r => r.Pool.ToString()),
        ViewColumn<IpPoolLinkRow>.Text("silo", r => r.Silo.ToString()));

    /// <summary>Range counts by pool id.</summary>
    public static readonly ViewSchema<RangeEpochRow> RangeEpochs = new(
        "ip_range_epochs", MulticastJson.Default.RangeEpochRow, ViewColumn<RangeEpochRow>.Integer("epoch", r => r.Epoch));

    /// <summary>The key of a link's row.</summary>
    public static string LinkKey(PoolId pool, SiloId silo) => $"{pool}.{silo}";

    internal static IpPoolRow RowOf(PoolState s) =>
        new(s.Id, s.Name, s.Description, s.Type, s.Version, s.Assignment, s.TimeCreated, s.TimeModified, s.Generation)
        {
            LentCount = s.Lent.Count,
            Network = s.Network,
        };

    internal static IpPoolRangeRow RowOf(PoolState s, PoolRange range) =>
        new(range.Id, s.Id, s.Name, range.First, range.Last, range.TimeCreated);

    internal static IpPoolLinkRow RowOf(PoolState s, SiloId silo, PoolLink link) =>
        new(s.Id, silo, s.Type, s.Version, link.IsDefault, link.DefaultEpoch);

    internal static ImmutableArray<ViewOp> Project(EntityAddress self, PoolState before, PoolEvent fact, PoolState after) => fact switch
    {
        PoolEvent.Created or PoolEvent.Assigned or PoolEvent.Lent or PoolEvent.LeaseEnded => [Pools.Upsert(after.Id.ToString(), RowOf(after))],
        PoolEvent.Updated =>
        [
            Pools.Upsert(after.Id.ToString(), RowOf(after)),
            .. after.Ranges.Select(r => Ranges.Upsert(r.Id.ToString(), RowOf(after, r))),
        ],
        PoolEvent.Deleted =>
        [
            Pools.Delete(before.Id.ToString()),
            .. before.Links.Keys.Select(silo => Links.Delete(LinkKey(before.Id, silo))),
        ],
        PoolEvent.RangeAdded e =>
        [
            Ranges.Upsert(e.Range.Id.ToString(), RowOf(after, e.Range)),
            RangeEpochs.Upsert(after.Id.ToString(), new RangeEpochRow(after.Id, e.Epoch)),
        ],
        PoolEvent.RangeRemoved e => [Ranges.Delete(e.Range.ToString())],
        PoolEvent.Linked e => [Links.Upsert(LinkKey(after.Id, e.Silo), RowOf(after, e.Silo, e.Link))],
        PoolEvent.Unlinked e => [Links.Delete(LinkKey(after.Id, e.Silo))],
        _ => [],
    };
}
