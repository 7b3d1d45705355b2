using System.Buffers.Binary;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Frames as they are on a stream: four bytes of length, then CBOR.</summary>
internal static class TqFrames
{
    public const int LengthSize = 4;

    /// <summary>Length and frame; the caller disposes it.</summary>
    public static SecretBufferWriter Encode(TqFrame frame)
    {
        var bytes = new SecretBufferWriter(LengthSize + TqTransportOptions.FrameBytesMax);
        try
        {
            bytes.Write(stackalloc byte[LengthSize]);
            TqFrameEncoder.Write(bytes, frame);
            BinaryPrimitives.WriteInt32BigEndian(bytes.Head(LengthSize), bytes.WrittenCount - LengthSize);
            return bytes;
        }
        catch (TqWireException)
        {
            bytes.Dispose();
            throw;
        }
    }
}

/// <summary>Reads frames off a stream into one pinned buffer that is zeroed after each.</summary>
internal sealed class TqFrameReader(Stream stream) : IDisposable
{
    private const int FirstSize = 1_024;

    private readonly byte[] _length = new byte[TqFrames.LengthSize];
    private SecretBytes _buffer = SecretBytes.Create(FirstSize);

    /// <summary>The next frame; null when the peer closed between frames.</summary>
    /// <exception cref="TqWireException">It is no frame.</exception>
    public async ValueTask<TqFrame?> ReadAsync(CancellationToken ct)
    {
        var got = await stream.ReadAtLeastAsync(_length, _length.Length, throwOnEndOfStream: false, ct).ConfigureAwait(false);
        if (got < _length.Length)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32BigEndian(_length);
        if (length is <= 0 or > TqTransportOptions.FrameBytesMax)
        {
            throw new TqWireException($"a peer announces a frame of {length} bytes; at most {TqTransportOptions.FrameBytesMax} are taken");
        }

        if (length > _buffer.Length)
        {
            _buffer.Dispose();
            _buffer = SecretBytes.Create(length);
        }

        await stream.ReadExactlyAsync(_buffer.Memory[..length], ct).ConfigureAwait(false);
        try
        {
            return TqFrameDecoder.Read(_buffer.Span[..length]);
        }
        finally
        {
            _buffer.Span[..length].Clear();
        }
    }

    public void Dispose() => _buffer.Dispose();
}
