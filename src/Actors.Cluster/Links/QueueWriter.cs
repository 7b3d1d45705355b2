using System.Buffers;

namespace Gantry.Actors.Cluster;

/// <summary>Empties a queue into a stream: what is there goes out in one write.</summary>
internal static class QueueWriter
{
    public static async Task RunAsync(LinkQueue queue, Stream stream, CancellationToken ct)
    {
        var buffer = new ArrayBufferWriter<byte>(LinkLimits.WriteBytes);
        while (await queue.WaitAsync(ct).ConfigureAwait(false))
        {
            while (queue.TryTake(out var frame))
            {
                buffer.Write(frame);
                if (buffer.WrittenCount >= LinkLimits.WriteBytes)
                {
                    await WriteAsync(buffer, stream, ct).ConfigureAwait(false);
                }
            }

            await WriteAsync(buffer, stream, ct).ConfigureAwait(false);
        }
    }

    private static async Task WriteAsync(ArrayBufferWriter<byte> buffer, Stream stream, CancellationToken ct)
    {
        if (buffer.WrittenCount > 0)
        {
            await stream.WriteAsync(buffer.WrittenMemory, ct).ConfigureAwait(false);
            await stream.FlushAsync(ct).ConfigureAwait(false);
            buffer.ResetWrittenCount();
        }
    }
}
