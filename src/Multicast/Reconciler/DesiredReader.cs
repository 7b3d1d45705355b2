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
            var row = switches.FirstOrDefault(s => s.Key == key)?.Row;
            return new DesiredWorld
            {
                Switch = row,
                SwitchKeys = [.. switches.Select(s => s.Key).Order(StringComparer.Ordinal)],
                Document = row is null
                    ? new DesiredDocument([])
                    : Document(row.Rack, details.Select(d => d.Row), ports.Select(p => p.Row)),
                Standings = standings.ToLookup(s => s.Row.Group, s => s.Row),
                Details = details.ToImmutableDictionary(d => d.Row.Id, d => d.Row),
                Config = config?.Row,
            };
        }
    }

    /// <summary>Pure: groups and places to a switch's document.</summary>
    public static DesiredDocument Document(RackId rack, IEnumerable<GroupDetailRow> details, IEnumerable<SledPortRow> ports)
    {
        var bySled = ports.ToDictionary(p => p.Sled);
        var isInventoryKnown = bySled.Values.Any(p => p.Rack == rack);
        return new DesiredDocument([.. details.OrderBy(d => d.Id.Value).Select(d => Group(d, rack, bySled, isInventoryKnown))]);
    }

    private static DesiredGroup Group(
        GroupDetailRow detail, RackId rack, Dictionary<SledId, SledPortRow> bySled, bool isInventoryKnown)
    {
        var members = ImmutableArray.CreateBuilder<SwitchMember>();
        var unmapped = ImmutableArray.CreateBuilder<SledId>();
        var unknown = ImmutableArray.CreateBuilder<SledId>();
        foreach (var sled in detail.Sleds)
        {
            if (!bySled.TryGetValue(sled, out var place))
            {
                // No inventory at all says nothing about a sled; an inventory without it says that it is gone (multicast 5.6).
                (isInventoryKnown ? unmapped : unknown).Add(sled);
            }
            else if (place.Rack == rack)
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

        return new DesiredGroup
        {
            Id = detail.Id,
            Name = detail.Name,
            Tag = detail.Tag,
            Kind = KindOf(detail),
            Address = detail.Address,
            Underlay = detail.Underlay,
            Sources = detail.Filter,
            Ports = [.. members.Distinct().OrderBy(m => m.PortId, StringComparer.Ordinal)],
            Unmapped = unmapped.ToImmutable(),
            Unknown = unknown.ToImmutable(),
            Wanted = detail.Wanted,
        };
    }

    private static DesiredKind KindOf(GroupDetailRow detail) => detail switch
    {
        { State: GroupPhase.Deleting } => DesiredKind.Absent,
        { State: GroupPhase.Creating, MemberCount: 0 } => DesiredKind.LeftAlone,
        _ => DesiredKind.Present,
    };
}
