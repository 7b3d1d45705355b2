namespace Gantry.Multicast;

/// <summary>Bounds of the area, with their sources.</summary>
public static class MulticastLimits
{
    /// <summary>Groups per instance (multicast 1.1).</summary>
    public const int GroupsPerInstance = 32;

    /// <summary>Distinct sources of one member (multicast 1.1, FIX-12).</summary>
    public const int SourcesPerMember = 64;

    /// <summary>Distinct IPv4 sources of one group: more would not fit the switch daemon's body of 10,240 bytes (switch-dpd T3).</summary>
    public const int SourcesPerGroupV4 = 340;

    /// <summary>Distinct IPv6 sources of one group, for the same reason.</summary>
    public const int SourcesPerGroupV6 = 180;

    /// <summary>Members of one group: a group is one entity of bounded size (engine 9).</summary>
    public const int MembersPerGroup = 1024;

    /// <summary>Ranges of one pool: a pool is one entity of bounded size. Ours.</summary>
    public const int RangesPerPool = 256;

    /// <summary>Silos linked to one pool, for the same reason. Ours.</summary>
    public const int LinksPerPool = 256;

    /// <summary>External IPs of one instance (vmm-sled-rack 4.1).</summary>
    public const int ExternalIpsPerInstance = 32;

    /// <summary>External addresses that an instance lost and its sled does not know of: more are not given out until it does.</summary>
    public const int UntoldExternalIps = 64;

    /// <summary>Addresses given out by one pool: the switches hold 1,024 groups (switch-dpd 3.8), the rest is room for those being deleted. Ours.</summary>
    public const int AddressesPerPool = 2048;

    /// <summary>Overlay network id of every group (multicast 1, <c>DEFAULT_MULTICAST_VNI</c>).</summary>
    public const int Vni = 77;

    /// <summary>How old a group without members becomes before it is swept (multicast 1.1).</summary>
    public static readonly TimeSpan OrphanGrace = TimeSpan.FromSeconds(10);

    /// <summary>After this time a reservation or an allocation that nobody confirmed is checked. Three times the deadline of an API call.</summary>
    public static readonly TimeSpan UnconfirmedFor = TimeSpan.FromSeconds(30);

    /// <summary>How often a join starts over after it lost a race.</summary>
    public const int JoinAttempts = 16;

    /// <summary>VMMs times groups that one sled may be subscribed to: 128 guests in as many groups as an instance may join.</summary>
    public const int SubscriptionsPerSled = 4_096;

    /// <summary>Distinct sources that a group of the family may have.</summary>
    public static int SourcesPerGroup(IpVersion version) => version == IpVersion.V4 ? SourcesPerGroupV4 : SourcesPerGroupV6;

    /// <summary>Lowest overlay network id of a customer's network (multicast 1.1).</summary>
    public const int GuestVniMin = 1024;

    /// <summary>Highest overlay network id: 24 bits.</summary>
    public const int GuestVniMax = 0xFFFFFF;
}
