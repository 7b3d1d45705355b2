using System.Collections.Immutable;
using Gantry.Devices;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>
/// What a group has that was made by a call of its own and not by its first join (multicast 11.5): it stays without members, and can be
/// changed.
/// </summary>
public sealed record ExplicitGroup
{
    /// <summary>The project whose roles may change and delete it; null: any authenticated user may (multicast 11.2, #9091).</summary>
    public ProjectId? Project { get; init; }

    /// <summary>Source filter of members that join without naming sources, ascending; empty means any source.</summary>
    public required ImmutableArray<Ip> DefaultSources { get; init; }

    /// <summary>Overlay network id, chosen at creation.</summary>
    public required int Vni { get; init; }

    /// <summary>VLAN of packets that may enter, 2 to 4094; null for untagged ones.</summary>
    public int? Vlan { get; init; }

    /// <summary>Front ports that get decapsulated copies as long as the group has members, without duplicates, in the order given.</summary>
    public required ImmutableArray<GroupUplink> Uplinks { get; init; }

    /// <summary>Front ports that were given before: a switch that still has one of them loses it.</summary>
    public required ImmutableArray<GroupUplink> FormerUplinks { get; init; }

    /// <summary>The uplinks of one switch, present and former: entries that are ours to remove (multicast 11.5, I15).</summary>
    public ImmutableArray<SwitchMember> OwnedOn(int slot) => [.. Uplinks.Concat(FormerUplinks).Where(u => u.Slot == slot).Select(u => u.Entry).Distinct()];

    /// <summary>The uplinks of one switch that should have copies now.</summary>
    public ImmutableArray<SwitchMember> WantedOn(int slot) => [.. Uplinks.Where(u => u.Slot == slot).Select(u => u.Entry)];
}

/// <summary>A front port of one switch.</summary>
/// <param name="Slot">Slot of the switch, 0 or 1.</param>
/// <param name="Port"><c>qsfp0</c> to <c>qsfp31</c>.</param>
public readonly record struct GroupUplink(int Slot, string Port)
{
    /// <summary>How a switch has it.</summary>
    public SwitchMember Entry => new(Port, 0, SwitchMember.ExternalDirection);

    /// <summary>Reads <c>switchN.qsfpM</c>; null when it names no front port of a rack.</summary>
    public static GroupUplink? TryParse(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && text[..dot] is "switch0" or "switch1" && IsFrontPort(text[(dot + 1)..])
            ? new GroupUplink(text[6] - '0', text[(dot + 1)..])
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"switch{Slot}.{Port}";

    private static bool IsFrontPort(string port) =>
        port.StartsWith("qsfp", StringComparison.Ordinal)
        && int.TryParse(port.AsSpan(4), System.Globalization.NumberStyles.None, null, out var number)
        && number <= 31
        && port.Length == (number < 10 ? 5 : 6);
}
