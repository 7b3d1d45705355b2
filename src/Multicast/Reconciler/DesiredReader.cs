using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>What a turn knows of the world besides the switch itself: one commit's views.</summary>
internal sealed record DesiredWorld
{
    /// <summary>The switch; null when it has no record.</summary>
    public required SwitchRow? Switch { get; init; }

    /// <summary>Keys of every recorded switch, ascending.</summary>
    public required ImmutableArray<string> SwitchKeys { get; init; }

    /// <summary>What the switch should hold.</summary>
    public required DesiredDocument Document { get; init; }

    /// <summary>How every switch stands with every group.</summary>
    public required ILookup<GroupId, GroupSwitchRow> Standings { get; init; }

    /// <summary>Groups in <c>Creating</c>, <c>Active</c> and <c>Deleting</c>, for the status report.</summary>
    public required ImmutableDictionary<GroupId, GroupDetailRow> Details { get; init; }

    /// <summary>Where sleds are cabled, which switches are recorded and what pools say, as one text: another one calls for a full turn.</summary>
    public required string Places { get; init; }

    /// <summary>The document as it was published last; null before the first.</summary>
    public required SwitchConfigRow? Config { get; init; }
}

/// <summary>Reads the desired side of a turn in a handful of queries, however many groups there are.</summary>
internal static class DesiredReader
{
    public static async ValueTask<DesiredWorld> ReadAsync(IViews views, string key, CancellationToken ct)
    {
        var snapshot = await views.SnapshotAsync(ct).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var switches = await snapshot.ListAsync(new ViewQuery<SwitchRow>(InventoryViews.Switches), ct).ConfigureAwait(false);
            var ports = await snapshot.ListAsync(new ViewQuery<SledPortRow>(InventoryViews.SledPorts), ct).ConfigureAwait(false);
            var details = await snapshot.ListAsync(new ViewQuery<GroupDetailRow>(GroupViews.Details), ct).ConfigureAwait(false);
            var standings = await snapshot.ListAsync(new ViewQuery<GroupSwitchRow>(GroupViews.Switches), ct).ConfigureAwait(false);
            var config = await snapshot.GetAsync(SwitchConfigDecider.View, key, ct).ConfigureAwait(false);
            var networks = await NetworksAsync(snapshot, ct).ConfigureAwait(false);
            var row = switches.FirstOrDefault(s => s.Key == key)?.Row;
            return new DesiredWorld
            {
                Switch = row,
                SwitchKeys = [.. switches.Select(s => s.Key).Order(StringComparer.Ordinal)],
                Document = row is null
                    ? new DesiredDocument([])
                    : Document(
                        row.Rack,
                        row.Slot,
                        details.Select(d => d.Row),
                        ports.Select(p => p.Row),
                        networks,
                        await UnseenAsync(snapshot, details.Select(d => d.Row), ports, ct).ConfigureAwait(false)),
                Places = PlacesOf(switches, ports, networks),
                Standings = standings.ToLookup(s => s.Row.Group, s => s.Row),
                Details = details.ToImmutableDictionary(d => d.Row.Id, d => d.Row),
                Config = config?.Row,
            };
        }
    }

    /// <summary>The groups that are behind on one switch; null when there are more than the bound, or the switch has no record.</summary>
    public static async ValueTask<DesiredWorld?> ReadBehindAsync(IViews views, string key, int groupsMax, CancellationToken ct)
    {
        var snapshot = await views.SnapshotAsync(ct).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var behind = await snapshot.QueryAsync(
                new ViewQuery<GroupSwitchRow>(GroupViews.Switches).WhereEqual("switch", key).WhereEqual("lagging", 1L) with
                {
                    Limit = groupsMax + 1,
                },
                ct).ConfigureAwait(false);
            var switches = await snapshot.ListAsync(new ViewQuery<SwitchRow>(InventoryViews.Switches), ct).ConfigureAwait(false);
            if (behind.Items.Length > groupsMax || switches.FirstOrDefault(s => s.Key == key) is not { Row: { } row })
            {
                return null;
            }

            var ports = await snapshot.ListAsync(new ViewQuery<SledPortRow>(InventoryViews.SledPorts), ct).ConfigureAwait(false);
            var networks = await NetworksAsync(snapshot, ct).ConfigureAwait(false);
            var details = new List<GroupDetailRow>();
            var standings = new List<GroupSwitchRow>();
            foreach (var group in behind.Items.Select(b => b.Row.Group))
            {
                if (await snapshot.GetAsync(GroupViews.Details, group.ToString(), ct).ConfigureAwait(false) is { } detail)
                {
                    details.Add(detail.Row);
                    var own = await snapshot.ListAsync(
                        new ViewQuery<GroupSwitchRow>(GroupViews.Switches).WhereEqual("group", group.ToString()), ct).ConfigureAwait(false);
                    standings.AddRange(own.Select(s => s.Row));
                }
            }

            return new DesiredWorld
            {
                Switch = row,
                SwitchKeys = [.. switches.Select(s => s.Key).Order(StringComparer.Ordinal)],
                Document = Document(
                    row.Rack,
                    row.Slot,
                    details,
                    ports.Select(p => p.Row),
                    networks,
                    await UnseenAsync(snapshot, details, ports, ct).ConfigureAwait(false)),
                Standings = standings.ToLookup(s => s.Group),
                Details = details.ToImmutableDictionary(d => d.Id),
                Places = PlacesOf(switches, ports, networks),
                Config = null,
            };
        }
    }

    /// <summary>Pure: groups, places and what pools say to a switch's document. The unseen sleds are in service, and no collection was read with them yet.</summary>
    public static DesiredDocument Document(
        RackId rack,
        int slot,
        IEnumerable<GroupDetailRow> details,
        IEnumerable<SledPortRow> ports,
        ImmutableDictionary<PoolId, PoolNetwork> networks,
        IReadOnlySet<SledId>? unseen = null)
    {
        var bySled = ports.ToDictionary(p => p.Sled);
        var isInventoryKnown = bySled.Values.Any(p => p.Rack == rack);

        // No inventory at all says nothing about a sled, nor does one that was read before the sled came; else it says that it is gone (multicast 5.6).
        bool IsUnknown(SledId sled) => !isInventoryKnown || unseen?.Contains(sled) == true;
        return new DesiredDocument([.. details.OrderBy(d => d.Id.Value).Select(
            d => Group(d, networks.GetValueOrDefault(d.Pool, PoolNetwork.None), (rack, slot), bySled, IsUnknown))]);
    }

    // Every sled in service has a row of its place once a collection has seen the rack with it: also the one that has no port.
    private static async ValueTask<ImmutableHashSet<SledId>> UnseenAsync(
        IViewSnapshot snapshot, IEnumerable<GroupDetailRow> details, IEnumerable<ViewItem<SledPortRow>> ports, CancellationToken ct)
    {
        var seen = ports.Select(p => p.Row.Sled).ToHashSet();
        if (details.All(d => d.Sleds.All(seen.Contains)))
        {
            return [];
        }

        var sleds = await snapshot.ListAsync(new ViewQuery<SledRow>(InventoryViews.Sleds), ct).ConfigureAwait(false);
        return [.. sleds.Select(s => s.Row).Where(s => s is { State: "active", Policy: not "expunged" } && !seen.Contains(s.Id)).Select(s => s.Id)];
    }

    private static async ValueTask<ImmutableDictionary<PoolId, PoolNetwork>> NetworksAsync(IViewSnapshot snapshot, CancellationToken ct) =>
        (await snapshot.ListAsync(new ViewQuery<IpPoolRow>(PoolViews.Pools).WhereEqual("pool_type", PoolType.Multicast.Word()), ct)
            .ConfigureAwait(false))
        .Where(p => p.Row.Network is not null)
        .ToImmutableDictionary(p => p.Row.Id, p => p.Row.Network ?? PoolNetwork.None);

    private static DesiredGroup Group(
        GroupDetailRow detail, PoolNetwork pool, (RackId Rack, int Slot) at, Dictionary<SledId, SledPortRow> bySled, Func<SledId, bool> isUnknown)
    {
        var members = ImmutableArray.CreateBuilder<SwitchMember>();
        var unmapped = ImmutableArray.CreateBuilder<SledId>();
        var unknown = ImmutableArray.CreateBuilder<SledId>();
        foreach (var sled in detail.Sleds)
        {
            if (!bySled.TryGetValue(sled, out var place))
            {
                (isUnknown(sled) ? unknown : unmapped).Add(sled);
            }
            else if (place.Rack == at.Rack)
            {
                if (place.RearPort is { } port)
                {
                    members.Add(SwitchMember.Rear(port));
                }
                else
                {
                    unmapped.Add(sled);
                }
            }
        }

        if (detail.MemberCount > 0)
        {
            // First member in, last member out (multicast 11.5). What the group has of its own goes before what its pool says.
            members.AddRange(detail.Explicit is { Uplinks.IsEmpty: false } extras ? extras.WantedOn(at.Slot) : pool.WantedOn(at.Slot));
        }

        return new DesiredGroup
        {
            Id = detail.Id,
            Name = detail.Name,
            Tag = detail.Tag,
            Kind = KindOf(detail),
            Address = detail.Address,
            Underlay = detail.Underlay ?? default,
            Sources = detail.Filter,
            Vni = detail.Explicit?.Vni ?? MulticastLimits.Vni,
            VlanId = detail.Explicit?.Vlan ?? pool.VlanId,
            OwnedUplinks = [.. (detail.Explicit?.OwnedOn(at.Slot) ?? []).Concat(pool.OwnedOn(at.Slot)).Distinct()],
            Ports = [.. members.Distinct().OrderBy(m => m.PortId, StringComparer.Ordinal)],
            Unmapped = unmapped.ToImmutable(),
            UnmappedJoined = [.. unmapped.Where(s => detail.JoinedSleds?.Contains(s) ?? true)],
            Unknown = unknown.ToImmutable(),
            Wanted = detail.Wanted,
        };
    }

    private static string PlacesOf(
        IEnumerable<ViewItem<SwitchRow>> switches,
        IEnumerable<ViewItem<SledPortRow>> ports,
        ImmutableDictionary<PoolId, PoolNetwork> networks) => string.Join(
        '|',
        switches.Select(s => $"{s.Key}@{s.Row.Address}")
            .Concat(ports.Select(p => $"{p.Key}>{p.Row.Rack}/{p.Row.RearPort}"))
            .Concat(networks.Select(n => $"{n.Key}={n.Value}"))
            .Order(StringComparer.Ordinal));

    private static DesiredKind KindOf(GroupDetailRow detail) => detail switch
    {
        { State: GroupPhase.Deleting } => DesiredKind.Absent,
        { State: GroupPhase.Creating, MemberCount: 0, Explicit: null } => DesiredKind.LeftAlone,
        { Underlay: null } => DesiredKind.Unlinked,
        _ => DesiredKind.Present,
    };
}
