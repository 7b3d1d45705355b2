using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Gantry.Actors.Cluster;

/// <summary>
/// Writes one frame: four bytes of length (little end first, themselves not counted), the kind, then its members in order. Numbers are
/// variable-length, signed ones folded; text and bytes have their length before them. Not thread-safe.
/// </summary>
internal sealed class FrameWriter
{
    private const int LengthBytes = 4;

    private readonly ArrayBufferWriter<byte> _buffer = new(256);

    public FrameWriter(FrameKind kind)
    {
        _buffer.GetSpan(LengthBytes)[..LengthBytes].Clear();
        _buffer.Advance(LengthBytes);
        Byte((byte)kind);
    }

    /// <summary>The whole frame.</summary>
    public byte[] Finish()
    {
        var frame = _buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - LengthBytes);
        return frame;
    }

    public void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Number(long value)
    {
        var folded = (ulong)((value << 1) ^ (value >> 63));
        while (folded >= 0x80)
        {
            Byte((byte)(folded | 0x80));
            folded >>= 7;
        }

        Byte((byte)folded);
    }

    public void Id(Guid value)
    {
        value.TryWriteBytes(_buffer.GetSpan(16), bigEndian: true, out _);
        _buffer.Advance(16);
    }

    public void Span(TimeSpan value) => Number(value.Ticks);

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Number(value.Length);
        _buffer.Write(value);
    }

    public void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Number(length);
        Encoding.UTF8.GetBytes(value, _buffer.GetSpan(length));
        _buffer.Advance(length);
    }

    public void TextOrNull(string? value)
    {
        Flag(value is not null);
        if (value is not null)
        {
            Text(value);
        }
    }

    public void NumberOrNull(long? value)
    {
        Flag(value is not null);
        if (value is { } number)
        {
            Number(number);
        }
    }

    public void SpanOrNull(TimeSpan? value) => NumberOrNull(value?.Ticks);

    public void Many<T>(IReadOnlyCollection<T> values, Action<FrameWriter, T> write)
    {
        Number(values.Count);
        foreach (var value in values)
        {
            write(this, value);
        }
    }
}
