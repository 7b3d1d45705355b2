using System.Net;

namespace Gantry.Switch;

/// <summary>IPv4 ascending, then IPv6 ascending, by number (switch-dpd M2, S4).</summary>
internal sealed class AddressOrder : IComparer<string>
{
    public static readonly AddressOrder Instance = new();

    public int Compare(string? x, string? y)
    {
        if (x is null || y is null)
        {
            return (x is null ? 0 : 1) - (y is null ? 0 : 1);
        }

        ReadOnlySpan<byte> left = IPAddress.Parse(x).GetAddressBytes();
        ReadOnlySpan<byte> right = IPAddress.Parse(y).GetAddressBytes();
        return left.Length == right.Length ? left.SequenceCompareTo(right) : left.Length - right.Length;
    }
}
