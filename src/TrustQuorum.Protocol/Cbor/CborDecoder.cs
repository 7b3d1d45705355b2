using System.Buffers.Binary;
using System.Text;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Reads what <see cref="CborEncoder"/> writes; everything else is refused. Gives views into the frame, copies nothing.</summary>
internal ref struct CborDecoder(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public readonly bool IsText => !_rest.IsEmpty && _rest[0] >> 5 == CborEncoder.TextType;

    public ulong Unsigned() => Head(CborEncoder.UnsignedType);

    public byte Byte() => Unsigned() is var value and <= byte.MaxValue ? (byte)value : throw Wrong("a byte");

    public int Array(int countMax) => Count(CborEncoder.ArrayType, countMax);

    public void Map(int count)
    {
        if (Count(CborEncoder.MapType, count) != count)
        {
            throw Wrong($"a map of {count}");
        }
    }

    public ReadOnlySpan<byte> Bytes() => Take((int)Math.Min(Head(CborEncoder.BytesType), int.MaxValue));

    public ReadOnlySpan<byte> Text() => Take((int)Math.Min(Head(CborEncoder.TextType), int.MaxValue));

    public string String() => Encoding.UTF8.GetString(Text());

    /// <summary>The next text must be this.</summary>
    public void Name(ReadOnlySpan<byte> name)
    {
        if (!Text().SequenceEqual(name))
        {
            throw Wrong(Encoding.UTF8.GetString(name));
        }
    }

    public bool TryNull()
    {
        if (_rest.IsEmpty || _rest[0] != CborEncoder.Null)
        {
            return false;
        }

        _rest = _rest[1..];
        return true;
    }

    private static TqWireException Wrong(string wanted) => new($"a peer frame does not hold {wanted} where it should");

    private int Count(int type, int countMax)
    {
        var count = Head(type);
        return count <= (ulong)countMax ? (int)count : throw Wrong($"at most {countMax} items");
    }

    private ulong Head(int type)
    {
        if (_rest.IsEmpty || _rest[0] >> 5 != type)
        {
            throw Wrong($"a value of type {type}");
        }

        var small = _rest[0] & 0x1F;
        _rest = _rest[1..];
        return small switch
        {
            < 24 => (ulong)small,
            24 => Take(1)[0],
            25 => BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
            26 => BinaryPrimitives.ReadUInt32BigEndian(Take(4)),
            27 => BinaryPrimitives.ReadUInt64BigEndian(Take(8)),
            _ => throw Wrong("a definite length"),
        };
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _rest.Length)
        {
            throw Wrong($"{count} more bytes");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
