using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Gantry.Actors.Cluster;

/// <summary>Cuts a byte stream into frames. Not thread-safe.</summary>
internal sealed class FrameInput(PipeReader pipe)
{
    private const int LengthBytes = 4;

    /// <summary>The next frame without its length; null at the end of the stream.</summary>
    /// <exception cref="FrameException">A length is impossible, or the stream ends inside a frame.</exception>
    public async ValueTask<byte[]?> ReadAsync(CancellationToken ct)
    {
        while (true)
        {
            var read = await pipe.ReadAsync(ct).ConfigureAwait(false);
            var buffer = read.Buffer;
            if (TryCut(ref buffer, out var frame))
            {
                pipe.AdvanceTo(buffer.Start);
                return frame;
            }

            pipe.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                return buffer.IsEmpty ? null : throw new FrameException("the stream ended inside a frame");
            }
        }
    }

    private static bool TryCut(ref ReadOnlySequence<byte> buffer, out byte[]? frame)
    {
        frame = null;
        if (buffer.Length < LengthBytes)
        {
            return false;
        }

        Span<byte> head = stackalloc byte[LengthBytes];
        buffer.Slice(0, LengthBytes).CopyTo(head);
        var length = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length is < 1 or > LinkLimits.FrameBytesMax)
        {
            throw new FrameException($"a frame of {length} bytes; 1 to {LinkLimits.FrameBytesMax} are allowed");
        }

        if (buffer.Length < LengthBytes + length)
        {
            return false;
        }

        frame = buffer.Slice(LengthBytes, length).ToArray();
        buffer = buffer.Slice(LengthBytes + length);
        return true;
    }
}
