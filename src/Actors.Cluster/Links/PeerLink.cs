using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Gantry.Actors.Runtime;
using Microsoft.AspNetCore.Http;

namespace Gantry.Actors.Cluster;

/// <summary>
/// The link to one run of a peer: our stream to it, which it keeps opening, and the peer's stream to us. It is up while both work. Changes are
/// told to the engine by a task of its own, in order: every way down before the next way up. Thread-safe.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "EndAsync releases what it holds, when its tasks are over.")]
internal sealed class PeerLink
{
    private readonly LinkParts _parts;
    private readonly LinkPeer _peer;
    private readonly LinkSession _session;
    private readonly CancellationTokenSource _end;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _inTurn = new(1, 1);
    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile OutStream? _out;
    private volatile InStream? _in;
    private volatile bool _isUp;
    private int _ups;
    private string _why = "";
    private Task _dialling = Task.CompletedTask;
    private Task _telling = Task.CompletedTask;

    public PeerLink(LinkParts parts, LinkSession session, LinkPeer peer)
    {
        (_parts, _session, _peer) = (parts, session, peer);
        _end = CancellationTokenSource.CreateLinkedTokenSource(session.Ended);
    }

    public LinkPeer Peer => _peer;

    public LinkState State => _isUp ? LinkState.Up : LinkState.Connecting;

    public void Start()
    {
        _telling = TellAsync();
        _dialling = new LinkDialler(_parts, _session.Me, _peer, SetOut, ClearOut).RunAsync(_end.Token);
    }

    /// <summary>Takes a frame when it can be on its way at once.</summary>
    public bool TrySend(LinkFrame frame)
    {
        // An answer may go while only our direction works; an ask may not, for nothing could come back.
        if (_out is not { } stream || (!_isUp && frame is LinkFrame.Ask or LinkFrame.Inquire))
        {
            return false;
        }

        var bytes = FrameCodec.Encode(frame);
        if (bytes.Length > LinkLimits.FrameBytesMax)
        {
            _parts.Metrics.Refused("size");
            _parts.Log.TooLarge(frame.GetType().Name, bytes.Length, _peer.NodeId, LinkLimits.FrameBytesMax);
            return false;
        }

        if (stream.TrySend(frame, bytes) is { } why)
        {
            _parts.Metrics.Refused(why);
            return false;
        }

        _in?.Saying(frame);
        return true;
    }

    /// <summary>Pings and looks who is silent.</summary>
    public void Pulse()
    {
        if (_out is { } ours)
        {
            ours.PingWhenDue(_parts.Options.Ping);
            if (ours.Silence > _parts.Options.Dead)
            {
                ours.GiveUp($"no pong for {ours.Silence.TotalSeconds:0.0} s");
            }
        }

        if (_in is { } theirs)
        {
            theirs.Expire();
            if (theirs.Silence > _parts.Options.Dead)
            {
                theirs.GiveUp($"no ping for {theirs.Silence.TotalSeconds:0.0} s");
            }
        }
    }

    /// <summary>Serves a stream that the peer opened, until it ends. A newer one ends an older one.</summary>
    public async Task ServeAsync(HttpContext context, FrameInput input)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _end.Token);

        // Whoever serves the request aborts it when it is cancelled. From here it may be over by then, and what it stood on be another's.
        var stream = new InStream(_parts.Time, () =>
        {
            try
            {
                both.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has ended by itself.
            }
        });
        _in?.GiveUp("the peer opened it anew");
        await _inTurn.WaitAsync(both.Token).ConfigureAwait(false);
        try
        {
            stream.Back.TryAdd(TransportFrames.Welcome(LinkLimits.CreditMax));
            var writing = QueueWriter.RunAsync(stream.Back, context.Response.Body, both.Token);
            Change(() => _in = stream);
            try
            {
                await ReadAsync(stream, input, both.Token).ConfigureAwait(false);
            }
            finally
            {
                Change(() => _in = null, stream.Why ?? "the peer ended its stream");
                stream.Back.Close();
                await both.CancelAsync().ConfigureAwait(false);
                await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            _inTurn.Release();
        }
    }

    /// <summary>Ends both streams; when it returns the engine has been told.</summary>
    public async Task EndAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _dialling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _telling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // A stream that is being served ends by the token; its turn is over when it has.
        await _inTurn.WaitAsync().ConfigureAwait(false);
        _inTurn.Dispose();
        _end.Dispose();
    }

    private async Task ReadAsync(InStream stream, FrameInput input, CancellationToken ct)
    {
        try
        {
            while (await input.ReadAsync(ct).ConfigureAwait(false) is { } payload)
            {
                stream.Heard();
                if ((FrameKind)payload[0] == FrameKind.Ping)
                {
                    stream.Ping(TransportFrames.Read(payload).Number);
                }
                else if (FrameCodec.Decode(payload) is { } frame)
                {
                    stream.Arrived(frame);
                    Give(frame);
                }
            }
        }
        catch (FrameException e)
        {
            _parts.Log.Broken(_peer.NodeId, e.Message);
            stream.GiveUp(e.Message);
        }
    }

    // The stream goes on for the others when the engine fails over one.
    private void Give(LinkFrame frame)
    {
        try
        {
            _session.Receiver.Received(_peer.Incarnation, frame);
        }
        catch (Exception e)
        {
            _parts.Log.ReceiverThrew(_peer.NodeId, e);
        }
    }

    private void SetOut(OutStream stream) => Change(() => _out = stream);

    private void ClearOut(string why) => Change(() => _out = null, why);

    private void Change(Action change, string why = "")
    {
        lock (_gate)
        {
            change();
            var isUp = _out is not null && _in is not null;
            _ups += isUp && !_isUp ? 1 : 0;
            _why = _isUp && !isUp ? why : _why;
            _isUp = isUp;
        }

        _bell.Writer.TryWrite(true);
    }

    private async Task TellAsync()
    {
        var told = 0;
        try
        {
            while (await _bell.Reader.WaitToReadAsync(_end.Token).ConfigureAwait(false))
            {
                _bell.Reader.TryRead(out _);
                told = Tell(told);
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            if (told > 0 && !_session.IsOver)
            {
                _parts.Log.Down(_peer.NodeId, _peer.Incarnation.ToString(), "it is no peer any more");
                _session.Receiver.LinkDown(_peer.Incarnation);
            }
        }
    }

    /// <summary>Tells what changed. Returns which way up the engine knows of; 0: it is down.</summary>
    private int Tell(int told)
    {
        int ups;
        bool isUp;
        string why;
        lock (_gate)
        {
            (ups, isUp, why) = (_ups, _isUp, _why);
        }

        if (told > 0 && (told != ups || !isUp))
        {
            _parts.Log.Down(_peer.NodeId, _peer.Incarnation.ToString(), why);
            _session.Receiver.LinkDown(_peer.Incarnation);
            told = 0;
        }

        if (isUp && told == 0)
        {
            _parts.Log.Up(_peer.NodeId, _peer.Incarnation.ToString());
            _session.Receiver.LinkUp(_peer.Incarnation);
            told = ups;
        }

        return told;
    }
}
