using System.Buffers.Binary;
using System.Text.Json.Serialization;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>SHA3-256 of a share. Public: the configuration lists one per member. Text: 64 lower-case hex digits [H6].</summary>
[JsonConverter(typeof(ShareDigestJsonConverter))]
public readonly record struct ShareDigest
{
    /// <summary>Bytes of a digest.</summary>
    public const int Size = 32;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    /// <summary>From 32 bytes.</summary>
    public ShareDigest(ReadOnlySpan<byte> bytes)
    {
        Invariant.Check(bytes.Length == Size, "a share digest has 32 bytes");
        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>Reads 64 hex digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ShareDigest digest)
    {
        Span<byte> bytes = stackalloc byte[Size];
        var isHex = text.Length == 2 * Size
            && Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
        digest = isHex ? new ShareDigest(bytes) : default;
        return isHex;
    }

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, _a);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(target[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(target[24..], _d);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
