using System.Collections.Immutable;
using System.Net;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>What the packet engine of every sled of a rack should hold (multicast 8.2): the same for all of them.</summary>
/// <param name="Mappings">Group address to underlay address.</param>
/// <param name="Forwarding">Underlay address to its one next hop.</param>
public sealed record SledProgram(ImmutableSortedDictionary<string, string> Mappings, ImmutableSortedDictionary<string, string> Forwarding)
{
    /// <summary>Pure: groups that are sent to some sled, each to the switch that its id falls on.</summary>
    public static SledProgram Of(IEnumerable<GroupDetailRow> groups, ImmutableArray<SwitchRow> switches)
    {
        var mappings = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var forwarding = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var zones = switches.OrderBy(s => s.Slot).Select(ZoneOf).ToImmutableArray();
        foreach (var group in groups.Where(g => g.State != GroupPhase.Deleting && !(g.JoinedSleds ?? g.Sleds).IsEmpty))
        {
            if (group.Underlay?.ToString() is not { } underlay)
            {
                continue;
            }

            mappings[group.Address.ToString()] = underlay;
            if (!zones.IsEmpty)
            {
                forwarding[underlay] = zones[(int)(StableHash.Of(group.Id.ToString()) % (ulong)zones.Length)];
            }
        }

        return new SledProgram(mappings.ToImmutable(), forwarding.ToImmutable());
    }

    // The switch zone is where the daemon listens; a sled takes an IPv6 address.
    private static string ZoneOf(SwitchRow row)
    {
        var host = new Uri(row.Address).Host.Trim('[', ']');
        return IPAddress.TryParse(host, out var address) ? address.MapToIPv6().ToString() : host;
    }
}

/// <summary>What a packet engine was read to hold.</summary>
public sealed record SledHolding(ImmutableArray<SledGroupMapping> Mappings, ImmutableArray<SledForwarding> Forwarding);

/// <summary>One call to a packet engine.</summary>
public abstract record SledStep
{
    private SledStep()
    {
    }

    /// <summary>Takes all next hops of an underlay address away.</summary>
    public sealed record ClearForwarding(string Underlay) : SledStep;

    /// <summary>Takes a mapping away.</summary>
    public sealed record ClearMapping(SledGroupMapping Mapping) : SledStep;

    /// <summary>Sets the next hop; whatever was there has been cleared.</summary>
    public sealed record SetForwarding(SledForwarding Forwarding) : SledStep;

    /// <summary>Sets a mapping.</summary>
    public sealed record SetMapping(SledGroupMapping Mapping) : SledStep;
}

/// <summary>From what a packet engine holds to what it should hold. Pure; a plan over what a plan left behind is empty.</summary>
public static class SledPlan
{
    /// <summary>Removals first, then forwarding, then what sends groups there.</summary>
    public static ImmutableArray<SledStep> Plan(SledProgram program, SledHolding holding)
    {
        // A sled may list a group twice: whatever it says must not throw.
        var right = holding.Forwarding
            .GroupBy(f => f.Underlay, StringComparer.Ordinal)
            .Where(f => f.ToList() is [var only] && IsRight(program, only))
            .Select(f => f.Key)
            .ToHashSet(StringComparer.Ordinal);
        var mapped = holding.Mappings.ToHashSet();
        return
        [
            .. holding.Mappings.Where(m => program.Mappings.GetValueOrDefault(m.Group) != m.Underlay).Select(m => new SledStep.ClearMapping(m)),
            .. holding.Forwarding.Select(f => f.Underlay).Distinct(StringComparer.Ordinal).Where(u => !right.Contains(u)).Select(u => new SledStep.ClearForwarding(u)),
            .. program.Forwarding
                .Where(f => !right.Contains(f.Key))
                .Select(f => new SledStep.SetForwarding(Wanted(f.Key, f.Value))),
            .. program.Mappings
                .Select(m => new SledGroupMapping(m.Key, m.Value))
                .Where(m => !mapped.Contains(m))
                .Select(m => new SledStep.SetMapping(m)),
        ];
    }

    /// <summary>The forwarding that leads to a next hop and keeps nothing out.</summary>
    public static SledForwarding Wanted(string underlay, string nextHop) =>
        new(underlay, [new SledNextHop(nextHop, "underlay", SledSourceFilter.None)]);

    private static bool IsRight(SledProgram program, SledForwarding present) =>
        program.Forwarding.TryGetValue(present.Underlay, out var wanted)
        && present.NextHops is [{ Replication: "underlay", Filter: { Mode: "exclude", Sources.IsEmpty: true } } only]
        && only.NextHop == wanted;
}
