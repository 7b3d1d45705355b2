using System.Collections.Immutable;
using System.Text;

namespace Gantry.Actors.Cluster;

/// <summary>Reads the members of one frame. Any bytes are safe: what is no frame throws, and nothing is made larger than the bytes that are there.</summary>
internal ref struct FrameReader(ReadOnlySpan<byte> payload)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = payload;

    public delegate T Member<T>(ref FrameReader reader);

    /// <summary>Bytes not read yet. A newer peer may have added members at the end.</summary>
    public readonly int Left => _rest.Length;

    public byte Byte() => Take(1)[0];

    public bool Flag() => Byte() switch
    {
        0 => false,
        1 => true,
        var other => throw new FrameException($"a flag is {other}"),
    };

    public long Number()
    {
        ulong folded = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            folded |= (ulong)(next & 0x7f) << shift;
            if ((next & 0x80) == 0)
            {
                return (long)(folded >> 1) ^ -(long)(folded & 1);
            }
        }

        throw new FrameException("a number has more than ten bytes");
    }

    public int Small()
    {
        var number = Number();
        return number is >= int.MinValue and <= int.MaxValue ? (int)number : throw new FrameException($"{number} is out of range");
    }

    public Guid Id() => new(Take(16), bigEndian: true);

    public TimeSpan Span() => TimeSpan.FromTicks(Number());

    public byte[] Bytes() => Take(Count()).ToArray();

    public string Text()
    {
        try
        {
            return Strict.GetString(Take(Count()));
        }
        catch (DecoderFallbackException)
        {
            throw new FrameException("a text is not UTF-8");
        }
    }

    public string? TextOrNull() => Flag() ? Text() : null;

    public long? NumberOrNull() => Flag() ? Number() : null;

    public TimeSpan? SpanOrNull() => Flag() ? Span() : null;

    public ImmutableArray<T> Many<T>(Member<T> read)
    {
        // Every member has a byte at least, so the count cannot exceed what is left.
        var count = Count();
        var values = ImmutableArray.CreateBuilder<T>(count);
        for (var i = 0; i < count; i++)
        {
            values.Add(read(ref this));
        }

        return values.MoveToImmutable();
    }

    private int Count()
    {
        var count = Number();
        return count >= 0 && count <= _rest.Length ? (int)count : throw new FrameException($"{count} is more than the {_rest.Length} bytes left");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw new FrameException($"{count} bytes are wanted and {_rest.Length} are left");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
