namespace Gantry.Switch.Simulator;

/// <summary>Display names and sizes of switch-dpd 3.4.</summary>
public static class TableNames
{
    /// <summary>Replication of underlay groups.</summary>
    public const string Replication = "Ingress.mcast_ingress.mcast_replication_ipv6";

    /// <summary>Source filter, IPv4.</summary>
    public const string Source4 = "Ingress.mcast_ingress.mcast_source_filter_ipv4";

    /// <summary>Source filter, IPv6.</summary>
    public const string Source6 = "Ingress.mcast_ingress.mcast_source_filter_ipv6";

    /// <summary>Rewriting of external groups, IPv4.</summary>
    public const string Nat4 = "Ingress.nat_ingress.ingress_ipv4_mcast";

    /// <summary>Rewriting of external groups, IPv6.</summary>
    public const string Nat6 = "Ingress.nat_ingress.ingress_ipv6_mcast";

    /// <summary>Routes of IPv4 groups.</summary>
    public const string Route4 = "Ingress.l3_router.MulticastRouter4.tbl";

    /// <summary>Routes of underlay and IPv6 external groups.</summary>
    public const string Route6 = "Ingress.l3_router.MulticastRouter6.tbl";

    /// <summary>Ports whose copies are decapsulated.</summary>
    public const string Decap = "Egress.mcast_egress.tbl_decap_ports";

    /// <summary>Chip port to port number.</summary>
    public const string PortNumber = "Egress.mcast_egress.asic_id_to_port";

    /// <summary>Source MAC per port.</summary>
    public const string SourceMac = "Egress.mac_rewrite.mac_rewrite";

    /// <summary>All with their sizes.</summary>
    public static readonly IReadOnlyList<(string Name, int Size)> All =
    [
        (Replication, 1024), (Source4, 1024), (Source6, 1024), (Nat4, 1024), (Nat6, 1024), (Route4, 1024), (Route6, 1024),
        (Decap, 1024), (PortNumber, 256), (SourceMac, 256),
    ];

    /// <summary>Those that hold multicast groups.</summary>
    public static readonly IReadOnlyList<string> Multicast = [Replication, Source4, Source6, Nat4, Nat6, Route4, Route6, Decap];

    /// <summary>Source filter of a family.</summary>
    public static string Source(bool isV6) => isV6 ? Source6 : Source4;

    /// <summary>Rewriting of a family.</summary>
    public static string Nat(bool isV6) => isV6 ? Nat6 : Nat4;

    /// <summary>Routes of a family.</summary>
    public static string Route(bool isV6) => isV6 ? Route6 : Route4;
}
