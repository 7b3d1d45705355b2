using System.Collections.Immutable;

namespace Gantry.Multicast;

/// <summary>How full one table of a switch is.</summary>
/// <param name="Table">Its name, as in the metric <c>multicast.switch.table.fill</c>.</param>
/// <param name="Used">Entries that groups use, foreign groups included.</param>
public sealed record SwitchTable(string Table, int Used)
{
    /// <summary>Entries that a table of the switch daemon holds (switch-dpd 3.8).</summary>
    public const int Size = 1024;

    /// <summary>What groups use, table by table.</summary>
    public static ImmutableArray<SwitchTable> Of(ImmutableArray<ActualGroup> groups)
    {
        var external = groups.Where(g => !g.IsUnderlay).ToLookup(g => g.Address.IsV4);
        var filled = groups.Count(g => g is { IsUnderlay: true, Members.IsEmpty: false });
        return
        [
            new("replication", filled),
            new("decap", filled),
            new("route_ipv4", external[true].Count()),
            new("route_ipv6", groups.Length - external[true].Count()),
            new("nat_ipv4", external[true].Count()),
            new("nat_ipv6", external[false].Count()),
            new("source_ipv4", external[true].Sum(SourcesOf)),
            new("source_ipv6", external[false].Sum(SourcesOf)),
        ];
    }

    private static int SourcesOf(ActualGroup group) => Math.Max(1, group.Sources.Length);
}
