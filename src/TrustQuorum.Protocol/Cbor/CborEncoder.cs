using System.Buffers.Binary;
using System.Text;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>The part of CBOR (RFC 8949) that peer frames need: definite lengths, shortest heads. Written by hand: the base library has none.</summary>
internal static class CborEncoder
{
    public const int UnsignedType = 0;
    public const int BytesType = 2;
    public const int TextType = 3;
    public const int ArrayType = 4;
    public const int MapType = 5;
    public const byte Null = 0xF6;

    public static void Unsigned(SecretBufferWriter to, ulong value) => Head(to, UnsignedType, value);

    public static void Array(SecretBufferWriter to, int count) => Head(to, ArrayType, (ulong)count);

    public static void Map(SecretBufferWriter to, int count) => Head(to, MapType, (ulong)count);

    public static void WriteNull(SecretBufferWriter to) => to.WriteByte(Null);

    public static void Bytes(SecretBufferWriter to, ReadOnlySpan<byte> bytes)
    {
        Head(to, BytesType, (ulong)bytes.Length);
        to.Write(bytes);
    }

    public static void Text(SecretBufferWriter to, ReadOnlySpan<byte> utf8)
    {
        Head(to, TextType, (ulong)utf8.Length);
        to.Write(utf8);
    }

    /// <summary>Public text only.</summary>
    public static void Text(SecretBufferWriter to, string text) => Text(to, Encoding.UTF8.GetBytes(text));

    private static void Head(SecretBufferWriter to, int type, ulong value)
    {
        Span<byte> head = stackalloc byte[9];
        int length;
        switch (value)
        {
            case < 24:
                head[0] = (byte)value;
                length = 1;
                break;
            case <= byte.MaxValue:
                head[0] = 24;
                head[1] = (byte)value;
                length = 2;
                break;
            case <= ushort.MaxValue:
                head[0] = 25;
                BinaryPrimitives.WriteUInt16BigEndian(head[1..], (ushort)value);
                length = 3;
                break;
            case <= uint.MaxValue:
                head[0] = 26;
                BinaryPrimitives.WriteUInt32BigEndian(head[1..], (uint)value);
                length = 5;
                break;
            default:
                head[0] = 27;
                BinaryPrimitives.WriteUInt64BigEndian(head[1..], value);
                length = 9;
                break;
        }

        head[0] |= (byte)(type << 5);
        to.Write(head[..length]);
    }
}
