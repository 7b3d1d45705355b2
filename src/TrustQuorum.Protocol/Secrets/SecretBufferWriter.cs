using System.Buffers;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>A growing buffer in pinned memory for bytes that hold shares on their way to a peer or to the sled's own disk. Zeroed when disposed.</summary>
internal sealed class SecretBufferWriter(int sizeMax) : IBufferWriter<byte>, IDisposable
{
    private const int FirstSize = 1_024;

    private SecretBytes _buffer = SecretBytes.Create(FirstSize);

    public int WrittenCount { get; private set; }

    public ReadOnlyMemory<byte> WrittenMemory => _buffer.Memory[..WrittenCount];

    public ReadOnlySpan<byte> Written => _buffer.Span[..WrittenCount];

    public void Advance(int count)
    {
        Invariant.Check(count >= 0 && WrittenCount + count <= _buffer.Length, "a writer claims more than it was given");
        WrittenCount += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.Memory[WrittenCount..];
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.Span[WrittenCount..];
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Advance(bytes.Length);
    }

    /// <summary>What was written first, to be overwritten.</summary>
    public Span<byte> Head(int count) => _buffer.Span[..Math.Min(count, WrittenCount)];

    public void WriteByte(byte value)
    {
        GetSpan(1)[0] = value;
        Advance(1);
    }

    public void Dispose() => _buffer.Dispose();

    private void Reserve(int count)
    {
        var wanted = WrittenCount + count;
        if (wanted <= _buffer.Length)
        {
            return;
        }

        if (wanted > sizeMax)
        {
            throw new TqWireException($"{wanted} bytes do not fit into the bound of {sizeMax}");
        }

        var larger = SecretBytes.Create(Math.Min(sizeMax, Math.Max(wanted, _buffer.Length * 2)));
        Written.CopyTo(larger.Span);
        _buffer.Dispose();
        _buffer = larger;
    }
}
