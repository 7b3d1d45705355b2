namespace Gantry.Switch.Simulator;

/// <summary>Every call that the simulator answers, with the first API version that has it.</summary>
internal static class RouteTable
{
    public static IEnumerable<(string Method, string Template, int Since, Func<SimCall, SimAnswer> Handler)> All =>
        [.. Multicast, .. Identity, .. Ports, .. Links, .. Nat, .. Neighbours, .. Unicast, .. Rest];

    /// <summary>Calls of versions that are over, with the version that does not have them any more (switch-dpd 4).</summary>
    public static IEnumerable<(string Method, string Template, int Before, Func<SimCall, SimAnswer> Handler)> Former =>
    [
        ("GET", "/ports/{port_id}/links/{link_id}/nat_only", 5, c => LinkHandlers.Flag(c, l => l.IsUplink)),
        ("PUT", "/ports/{port_id}/links/{link_id}/nat_only", 5, c => LinkHandlers.SetFlag(c, (l, on) => l with { IsUplink = on })),
        ("GET", "/rpw/nat/ipv4/gen", 2, NatHandlers.Generation),
        ("POST", "/rpw/nat/ipv4/trigger", 2, NatHandlers.Trigger),
    ];

    private static (string, string, int, Func<SimCall, SimAnswer>)[] Multicast =>
    [
        ("POST", "/multicast/underlay-groups", 1, UnderlayHandlers.Create),
        ("GET", "/multicast/underlay-groups/{group_ip}", 1, UnderlayHandlers.Get),
        ("PUT", "/multicast/underlay-groups/{group_ip}", 1, UnderlayHandlers.SetMembers),
        ("POST", "/multicast/external-groups", 1, ExternalHandlers.Create),
        ("PUT", "/multicast/external-groups/{group_ip}", 1, ExternalHandlers.Update),
        ("GET", "/multicast/groups", 1, GroupHandlers.List),
        ("GET", "/multicast/groups/{group_ip}", 1, GroupHandlers.Get),
        ("DELETE", "/multicast/groups/{group_ip}", 1, GroupHandlers.Delete),
        ("DELETE", "/multicast/groups", 1, GroupHandlers.DeleteAll),
        ("GET", "/multicast/tags/{tag}", 1, GroupHandlers.ListByTag),
        ("DELETE", "/multicast/tags/{tag}", 1, GroupHandlers.DeleteByTag),
        ("DELETE", "/multicast/untagged", 1, GroupHandlers.DeleteUntagged),
    ];

    private static (string, string, int, Func<SimCall, SimAnswer>)[] Identity =>
    [
        ("GET", "/switch/identifiers", 1, IdentityHandlers.Identifiers),
        ("GET", "/build-info", 1, IdentityHandlers.BuildInfo),
        ("GET", "/dpd-version", 1, IdentityHandlers.Version),
        ("GET", "/dpd-uptime", 1, IdentityHandlers.Uptime),
        ("GET", "/backplane-map", 1, IdentityHandlers.BackplaneMap),
        ("GET", "/backplane-map/{port_id}", 1, IdentityHandlers.BackplaneLink),
    ];

    private static (string, string, int, Func<SimCall, SimAnswer>)[] Ports =>
    [
        ("GET", "/ports", 1, PortHandlers.List),
        ("GET", "/ports/{port_id}", 1, PortHandlers.Get),
        ("GET", "/channels", 1, PortHandlers.Channels),
        ("GET", "/transceivers", 1, PortHandlers.Transceivers),
        ("GET", "/ports/{port_id}/transceiver", 1, PortHandlers.Transceiver),
        ("GET", "/port/{port_id}/settings", 1, PortSettingsHandlers.Get),
        ("POST", "/port/{port_id}/settings", 1, PortSettingsHandlers.Apply),
        ("DELETE", "/port/{port_id}/settings", 1, PortSettingsHandlers.Clear),
    ];

    private static (string, string, int, Func<SimCall, SimAnswer>)[] Links =>
    [
        ("GET", "/links", 1, LinkHandlers.ListAll),
        ("POST", "/ports/{port_id}/links", 1, LinkHandlers.Create),
        ("GET", "/ports/{port_id}/links", 1, LinkHandlers.List),
        ("GET", "/ports/{port_id}/links/{link_id}", 1, LinkHandlers.Get),
        ("DELETE", "/ports/{port_id}/links/{link_id}", 1, LinkHandlers.Delete),
        ("GET", "/ports/{port_id}/links/{link_id}/enabled", 1, c => LinkHandlers.Flag(c, l => l.IsEnabled)),
        ("PUT", "/ports/{port_id}/links/{link_id}/enabled", 1, c => LinkHandlers.SetFlag(c, (l, on) => l with { IsEnabled = on })),
        ("GET", "/ports/{port_id}/links/{link_id}/ipv6_enabled", 1, c => LinkHandlers.Flag(c, l => l.IsIpv6Enabled)),
        ("PUT", "/ports/{port_id}/links/{link_id}/ipv6_enabled", 1, c => LinkHandlers.SetFlag(c, (l, on) => l with { IsIpv6Enabled = on })),
        ("GET", "/ports/{port_id}/links/{link_id}/kr", 1, c => LinkHandlers.Flag(c, l => l.IsKr)),
        ("PUT", "/ports/{port_id}/links/{link_id}/kr", 1, c => LinkHandlers.SetFlag(c, (l, on) => l with { IsKr = on })),
        ("GET", "/ports/{port_id}/links/{link_id}/autoneg", 1, c => LinkHandlers.Flag(c, l => l.IsAutoneg)),
        ("PUT", "/ports/{port_id}/links/{link_id}/autoneg", 1, c => LinkHandlers.SetFlag(c, (l, on) => l with { IsAutoneg = on })),
        ("GET", "/ports/{port_id}/links/{link_id}/uplink", 5, c => LinkHandlers.Flag(c, l => l.IsUplink)),
        ("PUT", "/ports/{port_id}/links/{link_id}/uplink", 5, c => LinkHandlers.SetFlag(c, (l, on) => l with { IsUplink = on })),
        ("GET", "/ports/{port_id}/links/{link_id}/linkup", 1, c => LinkHandlers.Flag(c, l => l.IsUp)),
        ("GET", "/ports/{port_id}/links/{link_id}/mac", 1, LinkHandlers.Mac),
        ("PUT", "/ports/{port_id}/links/{link_id}/mac", 1, LinkHandlers.SetMac),
        ("GET", "/ports/{port_id}/links/{link_id}/fault", 1, LinkHandlers.Fault),
        ("POST", "/ports/{port_id}/links/{link_id}/fault", 1, LinkHandlers.InjectFault),
        ("DELETE", "/ports/{port_id}/links/{link_id}/fault", 1, LinkHandlers.ClearFault),
        .. LinkAddresses("ipv4", isV6: false),
        .. LinkAddresses("ipv6", isV6: true),
        .. Loopbacks("ipv4", isV6: false),
        .. Loopbacks("ipv6", isV6: true),
    ];

    private static (string, string, int, Func<SimCall, SimAnswer>)[] Nat =>
    [
        .. NatOf("ipv4", isV6: false),
        .. NatOf("ipv6", isV6: true),
        ("GET", "/rpw/nat/gen", 2, NatHandlers.Generation),
        ("POST", "/rpw/nat/trigger", 2, NatHandlers.Trigger),
    ];

    private static (string, string, int, Func<SimCall, SimAnswer>)[] Neighbours =>
    [
        .. NeighboursOf("arp", isV6: false),
        .. NeighboursOf("ndp", isV6: true),
    ];

    private static (string, string, int, Func<SimCall, SimAnswer>)[] Unicast =>
    [
        .. RoutesOf("ipv4", isV6: false),
        .. RoutesOf("ipv6", isV6: true),
        ("GET", "/attached_subnet", 3, AttachedSubnetHandlers.List),
        ("DELETE", "/attached_subnet", 3, AttachedSubnetHandlers.Clear),
        ("GET", "/attached_subnet/{subnet}", 3, AttachedSubnetHandlers.Get),
        ("PUT", "/attached_subnet/{subnet}", 3, AttachedSubnetHandlers.Put),
        ("DELETE", "/attached_subnet/{subnet}", 3, AttachedSubnetHandlers.Remove),
    ];

    private static (string, string, int, Func<SimCall, SimAnswer>)[] Rest =>
    [
        ("DELETE", "/all-settings", 1, ResetHandlers.All),
        ("DELETE", "/all-settings/{tag}", 1, ResetHandlers.Tagged),
        ("GET", "/table", 1, TableHandlers.List),
        ("GET", "/table/{table}/dump", 1, TableHandlers.Dump),
        ("GET", "/table/{table}/counters", 1, TableHandlers.Counters),
        ("GET", "/counters/p4", 1, CounterHandlers.List),
        ("GET", "/counters/p4/{counter}", 1, CounterHandlers.Get),
        ("POST", "/counters/p4/{counter}/reset", 1, CounterHandlers.Reset),
    ];

    private static (string, string, int, Func<SimCall, SimAnswer>)[] LinkAddresses(string family, bool isV6)
    {
        var path = $"/ports/{{port_id}}/links/{{link_id}}/{family}";
        return
        [
            ("GET", path, 1, c => AddressHandlers.List(c, isV6)),
            ("POST", path, 1, c => AddressHandlers.Add(c, isV6)),
            ("DELETE", path, 1, c => AddressHandlers.Clear(c, isV6)),
            ("DELETE", path + "/{address}", 1, c => AddressHandlers.Remove(c, isV6)),
        ];
    }

    private static (string, string, int, Func<SimCall, SimAnswer>)[] Loopbacks(string family, bool isV6) =>
    [
        ("GET", $"/loopback/{family}", 1, c => AddressHandlers.Loopbacks(c, isV6)),
        ("POST", $"/loopback/{family}", 1, c => AddressHandlers.AddLoopback(c, isV6)),
        ("DELETE", $"/loopback/{family}/{{address}}", 1, c => AddressHandlers.RemoveLoopback(c, isV6)),
    ];

    private static (string, string, int, Func<SimCall, SimAnswer>)[] NatOf(string family, bool isV6) =>
    [
        ("GET", $"/nat/{family}", 1, c => NatHandlers.Addresses(c, isV6)),
        ("DELETE", $"/nat/{family}", 1, c => NatHandlers.Clear(c, isV6)),
        ("GET", $"/nat/{family}/{{ip}}", 1, c => NatHandlers.Mappings(c, isV6)),
        ("GET", $"/nat/{family}/{{ip}}/{{port}}", 1, c => NatHandlers.Get(c, isV6)),
        ("DELETE", $"/nat/{family}/{{ip}}/{{port}}", 1, c => NatHandlers.Delete(c, isV6)),
        ("PUT", $"/nat/{family}/{{ip}}/{{low}}/{{high}}", 1, c => NatHandlers.Put(c, isV6)),
    ];

    private static (string, string, int, Func<SimCall, SimAnswer>)[] RoutesOf(string family, bool isV6) =>
    [
        ("GET", $"/route/{family}", 1, c => RouteHandlers.List(c, isV6)),
        ("POST", $"/route/{family}", 1, c => RouteHandlers.Add(c, isV6)),
        ("PUT", $"/route/{family}", 1, c => RouteHandlers.Set(c, isV6)),
        ("GET", $"/route/{family}/{{cidr}}", 1, c => RouteHandlers.Get(c, isV6)),
        ("DELETE", $"/route/{family}/{{cidr}}", 1, c => RouteHandlers.Remove(c, isV6)),
        ("DELETE", $"/route/{family}/{{cidr}}/{{port_id}}/{{link_id}}/{{tgt_ip}}", 1, c => RouteHandlers.RemoveTarget(c, isV6)),
    ];

    private static (string, string, int, Func<SimCall, SimAnswer>)[] NeighboursOf(string name, bool isV6) =>
    [
        ("GET", $"/{name}", 1, c => NeighbourHandlers.List(c, isV6)),
        ("POST", $"/{name}", 1, c => NeighbourHandlers.Add(c, isV6)),
        ("DELETE", $"/{name}", 1, c => NeighbourHandlers.Clear(c, isV6)),
        ("GET", $"/{name}/{{ip}}", 1, c => NeighbourHandlers.Get(c, isV6)),
        ("DELETE", $"/{name}/{{ip}}", 1, c => NeighbourHandlers.Remove(c, isV6)),
    ];
}
