using System.Security.Cryptography;
using System.Text;

namespace Gantry.Primitives;

/// <summary>Makes well-formed version 4 UUIDs out of bytes that somebody else chose.</summary>
public static class GuidForm
{
    /// <summary>Sets version and variant on the first 16 bytes (big-endian UUID order).</summary>
    public static Guid Version4(ReadOnlySpan<byte> bytes)
    {
        Span<byte> copy = stackalloc byte[16];
        bytes[..16].CopyTo(copy);
        copy[6] = (byte)((copy[6] & 0x0F) | 0x40);
        copy[8] = (byte)((copy[8] & 0x3F) | 0x80);
        return new Guid(copy, bigEndian: true);
    }

    /// <summary>The UUID that follows from a text: equal texts give equal ids on every node and release.</summary>
    public static Guid FromText(string text) => Version4(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
