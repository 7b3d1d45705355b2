using System.Globalization;

namespace Gantry.Multicast;

/// <summary>Names and descriptions that a group gets from what the first joiner said (multicast 3.3).</summary>
public static class GroupNames
{
    /// <summary>Description of a group that was created by its name.</summary>
    public const string DescriptionByName = "Implicitly created for instance attachment";

    /// <summary><c>mcast-224-2-0-5</c>, or for IPv6 <c>mcast-</c> and eight uncompressed segments.</summary>
    public static string ForAddress(Ip address) => "mcast-" + (address.IsV4
        ? address.ToString().Replace('.', '-')
        : string.Join('-', Ip.Segments(address.Value).Select(s => s.ToString("x", CultureInfo.InvariantCulture))));

    /// <summary>Description of a group that was created by its address.</summary>
    public static string DescriptionFor(Ip address) => $"Implicitly created multicast group for {address}";
}
