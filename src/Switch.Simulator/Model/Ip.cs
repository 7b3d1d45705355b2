using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Gantry.Switch.Simulator;

/// <summary>An IP address as a number; IPv4 sorts before IPv6 (switch-dpd M2).</summary>
public readonly record struct Ip(bool IsV6, UInt128 Value) : IComparable<Ip>
{
    /// <summary>Inside <c>ff04::/64</c>.</summary>
    public bool IsUnderlay => IsV6 && (ulong)(Value >> 64) == 0xff04_0000_0000_0000;

    /// <summary>Inside <c>224.0.0.0/4</c> or <c>ff00::/8</c>.</summary>
    public bool IsMulticast => IsV6 ? First(8) == 0xff : First(4) == 0xe;

    /// <summary>Inside <c>232.0.0.0/8</c> or <c>ff30::/12</c>.</summary>
    public bool IsSourceSpecific => IsV6 ? First(12) == 0xff3 : First(8) == 232;

    /// <summary>Inside <c>224.0.0.0/24</c>, or flags 0 with scope 0, 1 or 2.</summary>
    public bool IsReserved => IsV6 ? First(16) is 0xff00 or 0xff01 or 0xff02 : First(24) == 0xe00000;

    /// <summary>S1: can be the exact source of a packet.</summary>
    public bool IsSource => !IsMulticast && (IsV6
        ? Value > 1 && First(10) != 0x3fa
        : Value != 0 && Value != uint.MaxValue && First(8) != 127 && First(16) != 0xa9fe);

    private static readonly SearchValues<char> Allowed = SearchValues.Create("0123456789abcdefABCDEF:.");

    private int Width => IsV6 ? 128 : 32;

    /// <summary>Reads dotted decimals or colon form without scope, brackets or other liberties of the base library.</summary>
    public static bool TryParse(string? text, out Ip ip)
    {
        ip = default;
        if (text is null || text.AsSpan().IndexOfAnyExcept(Allowed) >= 0 || !IPAddress.TryParse(text, out var parsed))
        {
            return false;
        }

        if (parsed.AddressFamily == AddressFamily.InterNetworkV6)
        {
            ip = new Ip(IsV6: true, BinaryPrimitives.ReadUInt128BigEndian(parsed.GetAddressBytes()));
            return true;
        }

        ip = new Ip(IsV6: false, BinaryPrimitives.ReadUInt32BigEndian(parsed.GetAddressBytes()));
        return parsed.ToString() == text;
    }

    /// <summary>Reads an address that is known to be one.</summary>
    public static Ip Parse(string text) => TryParse(text, out var ip) ? ip : throw new FormatException($"\"{text}\" is no IP address");

    /// <summary>The first bits as a number.</summary>
    public int First(int bits) => (int)(Value >> (Width - bits));

    /// <inheritdoc/>
    public int CompareTo(Ip other) => IsV6 == other.IsV6 ? Value.CompareTo(other.Value) : IsV6.CompareTo(other.IsV6);

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        if (IsV6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
            return new IPAddress(bytes).ToString();
        }

        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)Value);
        return new IPAddress(bytes[..4]).ToString();
    }
}
