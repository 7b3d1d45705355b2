using System.Collections.Immutable;
using System.Globalization;

namespace Gantry.Switch.Simulator;

/// <summary>The way of a multicast packet through the tables, in the six lines of switch-dpd 3.9. Pure.</summary>
public static class PacketPath
{
    /// <summary>Sends one packet; the new state has its counters.</summary>
    public static (SwitchState State, PacketFate Fate) Send(SwitchState state, SimPacket packet)
    {
        state = state.Count("Ingress", packet.Ingress.ToString());
        var fate = Route(state, packet);
        if (fate.DropReason is { } reason)
        {
            state = state.Count("Drop_Reason", reason).Count("Drop_Port", packet.Ingress.ToString());
        }

        foreach (var copy in fate.Copies)
        {
            state = state.Count("Egress", copy.Egress.ToString()).Count("Multicast", copy.Egress.ToString());
        }

        return (state, fate);
    }

    private static PacketFate Route(SwitchState state, SimPacket packet)
    {
        var outer = packet.Geneve?.Destination ?? packet.Destination;
        if ((packet.EthernetDestination ?? MacOf(outer)) != MacOf(outer))
        {
            return Dropped("multicast_invalid_mac");
        }

        if (packet.Ttl <= 1)
        {
            // 1 is answered with an ICMP time-exceeded by the switch's processor; either way nothing is forwarded.
            return Dropped(packet.Ttl == 0 ? "ipv4_ttl_invalid" : "ipv4_ttl_exceeded");
        }

        if ((packet.Geneve ?? Wrap(state, packet)) is not { } geneve)
        {
            return Dropped("multicast_no_group");
        }

        if (!IsAllowed(state, packet.Source, packet.Destination))
        {
            return Dropped("multicast_src_filtered");
        }

        return state.Tables[TableNames.Replication].Entries.TryGetValue(geneve.Destination.ToString(), out var replication)
            ? new PacketFate(Copies(state, packet, geneve, replication), DropReason: null)
            : Dropped("multicast_no_group");
    }

    // Line 1: the VLAN must be the one of the entry, present or absent.
    private static GeneveHeader? Wrap(SwitchState state, SimPacket packet)
    {
        var key = $"{packet.Destination}|{(packet.Vlan is null ? "false" : "true")}|{packet.Vlan ?? 0}";
        return state.Tables[TableNames.Nat(packet.Destination.IsV6)].Entries.TryGetValue(key, out var entry)
            ? new GeneveHeader(Ip.Parse(entry.Arg("target")!), Replication: null)
            : null;
    }

    // Line 2: /0 lets every source in; otherwise the very address is needed.
    private static bool IsAllowed(SwitchState state, Ip source, Ip destination)
    {
        var entries = state.Tables[TableNames.Source(destination.IsV6)].Entries;
        var (any, exact) = destination.IsV6 ? ("::/0", $"{source}/128") : ("0.0.0.0/0", $"{source}/32");
        return entries.ContainsKey($"{any}|{destination}") || entries.ContainsKey($"{exact}|{destination}");
    }

    // Lines 4 to 6.
    private static ImmutableArray<SimCopy> Copies(SwitchState state, SimPacket packet, GeneveHeader geneve, ChipEntry replication)
    {
        var external = Lanes(state, replication.Arg("mcast_grp_a"));
        var underlay = Lanes(state, replication.Arg("mcast_grp_b"));
        var decap = state.Tables[TableNames.Decap].Entries.GetValueOrDefault(replication.Arg("rid")!);
        var copies = geneve.Replication switch
        {
            0 => external.Select(l => Decapsulated(l, packet, decap)),
            1 => underlay.Select(l => Encapsulated(l, packet)),
            2 => external.Concat(underlay).Select(l => IsDecapsulating(decap, l.Port) ? Decapsulated(l, packet, decap) : Encapsulated(l, packet)),
            _ => external.Concat(underlay).Select(l => Encapsulated(l, packet)),
        };
        return [.. copies.Where(c => c.Egress != packet.Ingress)];
    }

    private static ImmutableSortedSet<Lane> Lanes(SwitchState state, string? group) =>
        state.Pre.GetValueOrDefault(int.Parse(group!, CultureInfo.InvariantCulture)) ?? [];

    private static bool IsDecapsulating(ChipEntry? decap, PortName port) =>
        decap is not null
        && (uint.Parse(decap.Arg($"ports_{port.Number / 32}")!, CultureInfo.InvariantCulture) >> (port.Number % 32) & 1) == 1;

    private static SimCopy Encapsulated(Lane lane, SimPacket packet) => new(lane, IsEncapsulated: true, Vlan: null, packet.Ttl);

    private static SimCopy Decapsulated(Lane lane, SimPacket packet, ChipEntry? decap) => new(
        lane,
        IsEncapsulated: false,
        decap?.Arg("vlan_id") is { } vlan ? int.Parse(vlan, CultureInfo.InvariantCulture) : null,
        packet.Ttl - 1);

    private static PacketFate Dropped(string reason) => new([], reason);

    // 01:00:5e and the low 23 bits, or 33:33 and the low 32.
    private static long MacOf(Ip address) => address.IsV6
        ? 0x3333_0000_0000 | (long)(ulong)(address.Value & uint.MaxValue)
        : 0x0100_5e00_0000 | (long)(ulong)(address.Value & 0x7f_ffff);
}
