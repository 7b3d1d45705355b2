using System.Threading.Channels;

namespace Gantry.Actors.Cluster;

/// <summary>Frames that wait to be written to one peer, bounded in number and bytes; a ping goes before them. Thread-safe, one reader.</summary>
internal sealed class LinkQueue
{
    // Wakes a reader that waits; stands for no frame.
    private static readonly byte[] s_wake = [];

    private readonly Channel<byte[]> _frames = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(LinkLimits.QueueFramesMax) { SingleReader = true });

    private long _bytes;
    private byte[]? _urgent;

    public bool TryAdd(byte[] frame)
    {
        if (Interlocked.Add(ref _bytes, frame.Length) <= LinkLimits.QueueBytesMax && _frames.Writer.TryWrite(frame))
        {
            return true;
        }

        Interlocked.Add(ref _bytes, -frame.Length);
        return false;
    }

    /// <summary>Puts the transport's own frame first; a later one replaces it.</summary>
    public void SetUrgent(byte[] frame)
    {
        Volatile.Write(ref _urgent, frame);

        // Full: the reader is at work and sees it by itself.
        _ = _frames.Writer.TryWrite(s_wake);
    }

    public void Close() => _frames.Writer.TryComplete();

    /// <summary>Waits until something is there. False when it was closed.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken ct) => _frames.Reader.WaitToReadAsync(ct);

    public bool TryTake(out byte[] frame)
    {
        do
        {
            if (Interlocked.Exchange(ref _urgent, null) is { } urgent)
            {
                frame = urgent;
                return true;
            }

            if (!_frames.Reader.TryRead(out frame!)) // false is not looked at
            {
                return false;
            }
        }
        while (frame.Length == 0);

        Interlocked.Add(ref _bytes, -frame.Length);
        return true;
    }
}
