using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>Questions to the views that more than one caller has.</summary>
public static class MulticastQueries
{
    /// <summary>The live group of an identifier, or null.</summary>
    public static async ValueTask<MulticastGroupRow?> FindGroupAsync(this IViews views, GroupIdentifier group, CancellationToken ct)
    {
        var query = new ViewQuery<MulticastGroupRow>(GroupViews.Groups);
        var item = await views.FirstAsync(
            group switch
            {
                GroupIdentifier.ById byId => query.WhereEqual("key", byId.Id.ToString()),
                GroupIdentifier.ByAddress byAddress => query.WhereEqual("address", byAddress.Address.ToString()),
                GroupIdentifier.ByName byName => query.WhereEqual("name", byName.Name),
                _ => throw Invariant.Unreachable("a group is given by id, address or name"),
            },
            ct).ConfigureAwait(false);
        return item?.Row;
    }

    /// <summary>The live membership of an instance in a group, or null.</summary>
    public static async ValueTask<ViewItem<MulticastMemberRow>?> FindMemberAsync(
        this IViews views, GroupId group, InstanceId instance, CancellationToken ct) =>
        await views.FirstAsync(
            new ViewQuery<MulticastMemberRow>(GroupViews.Members)
                .WhereEqual("group", group.ToString())
                .WhereEqual("instance", instance.ToString()),
            ct).ConfigureAwait(false);

    /// <summary>Every live membership of an instance: 32, and for moments a few more.</summary>
    public static async ValueTask<ImmutableArray<MulticastMemberRow>> MembershipsAsync(
        this IViews views, InstanceId instance, CancellationToken ct)
    {
        var items = await views.ListAsync(
            new ViewQuery<MulticastMemberRow>(GroupViews.Members).WhereEqual("instance", instance.ToString()), ct).ConfigureAwait(false);
        return [.. items.Select(i => i.Row)];
    }

    /// <summary>Pools of a type that are linked to a silo, with their ranges.</summary>
    public static async ValueTask<ImmutableArray<PoolCandidate>> PoolCandidatesAsync(
        this IViews views, SiloId silo, PoolType type, CancellationToken ct)
    {
        var snapshot = await views.SnapshotAsync(ct).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var links = await snapshot.ListAsync(
                new ViewQuery<IpPoolLinkRow>(PoolViews.Links).WhereEqual("silo", silo.ToString()), ct).ConfigureAwait(false);
            var rows = links.Select(l => l.Row).ToList();
            var defaults = PoolDefaults.Of(rows);
            var candidates = ImmutableArray.CreateBuilder<PoolCandidate>();
            foreach (var link in rows.Where(l => l.Type == type))
            {
                var pool = await snapshot.GetAsync(PoolViews.Pools, link.Pool.ToString(), ct).ConfigureAwait(false);
                if (pool is null)
                {
                    continue;
                }

                var ranges = await snapshot.ListAsync(
                    new ViewQuery<IpPoolRangeRow>(PoolViews.Ranges).WhereEqual("pool", link.Pool.ToString()), ct).ConfigureAwait(false);
                candidates.Add(new PoolCandidate(
                    link.Pool,
                    pool.Row.Name,
                    link.Version,
                    defaults.Contains((link.Pool, silo)),
                    [.. ranges.Select(r => r.Row.Range).OrderBy(r => r.First)]));
            }

            return candidates.ToImmutable();
        }
    }

    /// <summary>The first salt whose underlay address no group holds, deleted ones included (multicast 6.2); null when all are held.</summary>
    public static async ValueTask<int?> FreeSaltAsync(this IViews views, Ip address, CancellationToken ct)
    {
        for (var salt = 0; salt <= UnderlayAddress.SaltMax; salt++)
        {
            var underlay = UnderlayAddress.Derive(address, salt).ToString();
            var holder = await views.FirstAsync(
                new ViewQuery<GroupDetailRow>(GroupViews.Details).WhereEqual("underlay", underlay), ct).ConfigureAwait(false);
            if (holder is null)
            {
                return salt;
            }
        }

        return null;
    }

    /// <summary>Keys of the recorded switches, ascending.</summary>
    public static async ValueTask<ImmutableArray<string>> SwitchKeysAsync(this IViews views, CancellationToken ct)
    {
        var items = await views.ListAsync(new ViewQuery<SwitchRow>(InventoryViews.Switches), ct).ConfigureAwait(false);
        return [.. items.Select(i => i.Key).Order(StringComparer.Ordinal)];
    }
}
