using System.Net;
using System.Net.Sockets;

namespace Gantry.Switch;

/// <summary>The address ranges of switch-dpd 1.2 and 1.3.</summary>
internal static class AddressRules
{
    public static bool IsMulticast(IPAddress ip) => ip.AddressFamily == AddressFamily.InterNetwork
        ? ip.GetAddressBytes()[0] is >= 224 and <= 239
        : ip.GetAddressBytes()[0] == 0xff;

    /// <summary>Inside <c>ff04::/64</c>.</summary>
    public static bool IsUnderlay(IPAddress ip) =>
        ip.AddressFamily == AddressFamily.InterNetworkV6
        && ip.GetAddressBytes().AsSpan(0, 8).SequenceEqual<byte>([0xff, 0x04, 0, 0, 0, 0, 0, 0]);

    /// <summary>Inside <c>232.0.0.0/8</c> or <c>ff30::/12</c>.</summary>
    public static bool IsSourceSpecific(IPAddress ip)
    {
        var bytes = ip.GetAddressBytes();
        return ip.AddressFamily == AddressFamily.InterNetwork ? bytes[0] == 232 : bytes[0] == 0xff && bytes[1] >> 4 == 3;
    }

    /// <summary>Inside <c>224.0.0.0/24</c>, <c>ff00::/16</c>, <c>ff01::/16</c> or <c>ff02::/16</c>.</summary>
    public static bool IsReserved(IPAddress ip)
    {
        var bytes = ip.GetAddressBytes();
        return ip.AddressFamily == AddressFamily.InterNetwork
            ? bytes is [224, 0, 0, _]
            : bytes[0] == 0xff && bytes[1] <= 2;
    }

    /// <summary>S1: unicast and neither loopback, broadcast, unspecified nor link-local.</summary>
    public static bool IsSource(IPAddress ip)
    {
        if (IsMulticast(ip) || IPAddress.IsLoopback(ip) || ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
        {
            return false;
        }

        var bytes = ip.GetAddressBytes();
        return ip.AddressFamily == AddressFamily.InterNetwork
            ? bytes[0] != 127 && bytes is not ([255, 255, 255, 255] or [169, 254, _, _])
            : !ip.IsIPv6LinkLocal;
    }
}
