using System.Threading.Channels;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>One identified stream to a peer: frames in order both ways, a short write queue, pings, and an end when the peer falls silent.</summary>
internal sealed class TqLink : IDisposable
{
    private readonly Stream _stream;
    private readonly TqTransportOptions _options;
    private readonly TimeProvider _time;
    private readonly Channel<SecretBufferWriter> _outgoing;
    private readonly CancellationTokenSource _end = new();
    private long _lastFrame;

    public TqLink(TqSession session, TqTransportOptions options, TimeProvider time)
    {
        _stream = session.Stream;
        Peer = session.Peer;
        _options = options;
        _time = time;
        _lastFrame = time.GetTimestamp();
        _outgoing = Channel.CreateBounded<SecretBufferWriter>(options.WriteQueueMax);
    }

    public BaseboardId Peer { get; }

    /// <summary>Why it ended, for the log.</summary>
    public string? Why { get; private set; }

    /// <summary>Queues a frame. False, and the link ends, when the queue is full.</summary>
    public bool TrySend(TqFrame frame)
    {
        var bytes = TqFrames.Encode(frame);
        if (_outgoing.Writer.TryWrite(bytes))
        {
            return true;
        }

        bytes.Dispose();
        Close($"{_options.WriteQueueMax} frames wait to be written");
        return false;
    }

    public void Close(string why)
    {
        Why ??= why;
        try
        {
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself meanwhile.
        }
    }

    /// <summary>Carries frames until the link ends; never throws for what the network does.</summary>
    public async Task RunAsync(Func<TqLink, TqFrame, Task> take, CancellationToken ct)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, _end.Token);
        var read = ReadAsync(take, linked.Token);
        var write = WriteAsync(linked.Token);
        var ping = PingAsync(linked.Token);
        var first = await Task.WhenAny(read, write, ping).ConfigureAwait(false);
        Why ??= first.Exception?.InnerException is { } e ? $"{e.GetType().Name}: {e.Message}" : "the peer closed it";
        await linked.CancelAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(read, write, ping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _outgoing.Writer.TryComplete();
        while (_outgoing.Reader.TryRead(out var left))
        {
            left.Dispose();
        }
    }

    public void Dispose()
    {
        _end.Dispose();
        _stream.Dispose();
    }

    private async Task ReadAsync(Func<TqLink, TqFrame, Task> take, CancellationToken ct)
    {
        using var reader = new TqFrameReader(_stream);
        while (await reader.ReadAsync(ct).ConfigureAwait(false) is { } frame)
        {
            Volatile.Write(ref _lastFrame, _time.GetTimestamp());
            if (frame is not TqFrame.Ping)
            {
                await take(this, frame).ConfigureAwait(false);
            }
        }
    }

    private async Task WriteAsync(CancellationToken ct)
    {
        await foreach (var bytes in _outgoing.Reader.ReadAllAsync(ct).ConfigureAwait(false))
        {
            using (bytes)
            {
                await _stream.WriteAsync(bytes.WrittenMemory, ct).ConfigureAwait(false);
            }
        }
    }

    private async Task PingAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(_options.PingPeriod, _time);
        while (await timer.WaitForNextTickAsync(ct).ConfigureAwait(false))
        {
            if (_time.GetElapsedTime(Volatile.Read(ref _lastFrame)) > _options.InactivityMax)
            {
                throw new TqWireException($"nothing came for {_options.InactivityMax.TotalSeconds} s");
            }

            var ping = TqFrames.Encode(new TqFrame.Ping());
            if (!_outgoing.Writer.TryWrite(ping))
            {
                ping.Dispose();
            }
        }
    }
}
