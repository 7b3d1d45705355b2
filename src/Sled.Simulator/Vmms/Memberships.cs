using System.Net;
using System.Net.Sockets;
using Gantry.Devices;

namespace Gantry.Sled.Simulator;

/// <summary>The multicast memberships of a VMM (multicast 8.1): joining twice and leaving what is not there are fine.</summary>
internal static class Memberships
{
    public static Vmm Change(Vmm vmm, SledMulticastMembership membership, bool isJoin)
    {
        var without = vmm.MulticastGroups.RemoveAll(m => IsSame(m, membership));
        return vmm with { MulticastGroups = isJoin ? without.Add(membership) : without };
    }

    public static Vmm Replace(Vmm vmm, SledMulticastMembership membership, bool isJoin)
    {
        var without = vmm.MulticastGroups.RemoveAll(m => m.GroupIp == membership.GroupIp);
        return vmm with { MulticastGroups = isJoin ? without.Add(membership) : without };
    }

    public static bool IsMulticast(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6
        ? address.IsIPv6Multicast
        : (address.GetAddressBytes()[0] & 0xF0) == 0xE0;

    private static bool IsSame(SledMulticastMembership a, SledMulticastMembership b) =>
        a.GroupIp == b.GroupIp && a.Sources.Order(StringComparer.Ordinal).SequenceEqual(b.Sources.Order(StringComparer.Ordinal));
}
