using System.Net;
using System.Net.Sockets;

namespace Gantry.Inventory;

/// <summary>The rack's /56 and the /64s cut from it: the sled's octet is the last byte of the network (vmm 1.2).</summary>
internal static class RackSubnet
{
    /// <summary>Canonical text of a rack subnet; null when the text is not an IPv6 /56.</summary>
    public static string? Normalize(string text)
    {
        if (!IPNetwork.TryParse(text, out var net) || net.PrefixLength != 56)
        {
            return null;
        }

        return net.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6 ? net.ToString() : null;
    }

    /// <summary>The /64 of a sled.</summary>
    public static string SledSubnet(string rackSubnet, int octet)
    {
        var bytes = IPNetwork.Parse(rackSubnet).BaseAddress.GetAddressBytes();
        bytes[7] = (byte)octet;
        return new IPNetwork(new IPAddress(bytes), 64).ToString();
    }

    /// <summary>The address with the given low 64 bits in a sled's /64.</summary>
    public static string Host(string sledSubnet, long low)
    {
        var bytes = IPNetwork.Parse(sledSubnet).BaseAddress.GetAddressBytes();
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(8), low);
        return new IPAddress(bytes).ToString();
    }
}
