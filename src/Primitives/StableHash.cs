using System.Buffers.Binary;
using System.Text;

namespace Gantry.Primitives;

/// <summary>
/// Our own 64-bit mix over UTF-8 text. Its values are on disk (shard numbers): golden vectors pin them, and
/// a change of even one bit is a new <c>hash_version</c>.
/// </summary>
public static class StableHash
{
    /// <summary>The version stored in the <c>cluster</c> row.</summary>
    public const int Version = 1;

    /// <summary>Hashes a text by its UTF-8 bytes.</summary>
    public static ulong Of(string text)
    {
        Span<byte> small = stackalloc byte[256];
        if (Encoding.UTF8.TryGetBytes(text, small, out var written))
        {
            return Of(small[..written]);
        }

        return Of(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Hashes bytes.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var hash = 0x9E3779B97F4A7C15UL ^ (ulong)bytes.Length;
        while (bytes.Length >= 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        ulong tail = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            tail |= (ulong)bytes[i] << (8 * i);
        }

        return Mix(hash ^ tail);
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return x ^ (x >> 31);
    }
}
