using System.Collections.Immutable;

namespace Gantry.Switch.Simulator;

/// <summary>Effects of groups on tables and replication (switch-dpd 3.4).</summary>
internal static class GroupTables
{
    public static SwitchState AddReplication(SwitchState state, UnderlayGroup group, ModelFaults faults) =>
        state.Add(TableNames.Replication, new ChipEntry(
            [("dst_addr", group.Address.ToString())],
            "configure_mcastv6",
            [
                ("mcast_grp_a", $"{group.ExternalId}"), ("mcast_grp_b", $"{group.UnderlayId}"), ("rid", $"{group.ExternalId}"),
                ("level1_excl_id", "0"), ("level2_excl_id", "0"),
            ]), faults);

    public static SwitchState AddRoute(SwitchState state, Ip address, int? vlan, ModelFaults faults) =>
        state.Add(TableNames.Route(address.IsV6), Route(address, vlan), faults);

    public static SwitchState UpdateRoute(SwitchState state, Ip address, int? vlan) =>
        state.Update(TableNames.Route(address.IsV6), Route(address, vlan));

    public static SwitchState RemoveRoute(SwitchState state, Ip address) =>
        state.Remove(TableNames.Route(address.IsV6), address.ToString());

    public static SwitchState AddSources(SwitchState state, Ip address, ImmutableArray<Ip>? sources, ModelFaults faults) =>
        Prefixes(address, sources).Aggregate(state, (s, prefix) => s.Add(TableNames.Source(address.IsV6), new ChipEntry(
            [("src_addr", prefix), ("dst_addr", address.ToString())],
            address.IsV6 ? "allow_source_mcastv6" : "allow_source_mcastv4",
            []), faults));

    public static SwitchState RemoveSources(SwitchState state, Ip address, ImmutableArray<Ip>? sources) =>
        Prefixes(address, sources).Aggregate(
            state, (s, prefix) => s.Remove(TableNames.Source(address.IsV6), prefix, address.ToString()));

    public static SwitchState AddNat(SwitchState state, Ip address, NatTarget nat, int? vlan, ModelFaults faults) =>
        state.Add(TableNames.Nat(address.IsV6), Nat(address, nat, vlan), faults);

    public static SwitchState UpdateNat(SwitchState state, Ip address, NatTarget nat, int? vlan) =>
        state.Update(TableNames.Nat(address.IsV6), Nat(address, nat, vlan));

    public static SwitchState RemoveNat(SwitchState state, Ip address, int? vlan) =>
        state.Remove(TableNames.Nat(address.IsV6), address.ToString(), vlan is null ? "false" : "true", $"{vlan ?? 0}");

    /// <summary>Puts the decapsulation entry of an underlay group in line with its members and with the VLAN of whoever points to it.</summary>
    public static SwitchState SyncDecap(SwitchState state, UnderlayGroup group, ModelFaults faults)
    {
        var key = $"{group.ExternalId}";
        var holds = state.Holds(TableNames.Decap, key);
        if (group.Members.IsEmpty)
        {
            return holds ? state.Remove(TableNames.Decap, key) : state;
        }

        var vlan = state.Refs.TryGetValue(group.Address, out var external) ? (state.Groups.GetValueOrDefault(external) as ExternalGroup)?.Vlan : null;
        var entry = Decap(group, vlan);
        return holds ? state.Update(TableNames.Decap, entry) : state.Add(TableNames.Decap, entry, faults);
    }

    /// <summary>PRE group of a member: external copies in the first, underlay copies in the second (M5).</summary>
    public static int PreOf(UnderlayGroup group, SimMember member) => member.IsExternal ? group.ExternalId : group.UnderlayId;

    private static ChipEntry Route(Ip address, int? vlan) => new(
        [("dst_addr", address.ToString())],
        vlan is null ? "forward" : "forward_vlan",
        vlan is null ? [] : [("vlan_id", $"{vlan}")]);

    private static ChipEntry Nat(Ip address, NatTarget nat, int? vlan) => new(
        [("dst_addr", address.ToString()), ("vlan_valid", vlan is null ? "false" : "true"), ("vlan_id", $"{vlan ?? 0}")],
        address.IsV6 ? "mcast_forward_ipv6_to" : "mcast_forward_ipv4_to",
        [("target", nat.Internal.ToString()), ("inner_mac", nat.MacText), ("vni", $"{nat.Vni}")]);

    private static ChipEntry Decap(UnderlayGroup group, int? vlan)
    {
        var words = new uint[8];
        foreach (var port in group.Members.Where(m => m.IsExternal).Select(m => m.Lane.Port))
        {
            words[port.Number / 32] |= 1u << (port.Number % 32);
        }

        var ports = words.Select((word, i) => ($"ports_{i}", $"{word}"));
        return vlan is null
            ? new ChipEntry([("mcast_external_grp", $"{group.ExternalId}")], "set_decap_ports", [.. ports])
            : new ChipEntry(
                [("mcast_external_grp", $"{group.ExternalId}")], "set_decap_ports_and_vlan", [.. ports, ("vlan_id", $"{vlan}")]);
    }

    // S5, S6: one /0 for any source; sources of the other family install nothing.
    internal static IEnumerable<string> Prefixes(Ip group, ImmutableArray<Ip>? sources) => sources is { } list
        ? list.Where(s => s.IsV6 == group.IsV6).Select(s => $"{s}/{(s.IsV6 ? 128 : 32)}")
        : [group.IsV6 ? "::/0" : "0.0.0.0/0"];
}
