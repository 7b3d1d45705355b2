using System.Collections.Concurrent;
using System.Net;
using Gantry.Actors.Runtime;
using Microsoft.AspNetCore.Http;

namespace Gantry.Actors.Cluster;

/// <summary>The links of one incarnation of this node, from <see cref="NodeLinks.Open"/> to <see cref="NodeLinks.Close"/>. Thread-safe.</summary>
internal sealed class LinkSession : IAsyncDisposable
{
    private readonly LinkParts _parts;
    private readonly CancellationTokenSource _ended = new();
    private readonly ConcurrentDictionary<Incarnation, PeerLink> _peers = new();
    private readonly ConcurrentDictionary<PeerLink, Task> _leaving = new();
    private readonly Lock _gate = new();
    private readonly ITimer _pulse;
    private TaskCompletionSource _peersSet = New();

    public LinkSession(LinkParts parts, LinkPeer me, ILinkReceiver receiver)
    {
        (_parts, Me, Receiver, Ended) = (parts, me, receiver, _ended.Token);
        var every = parts.Options.Ping / 4;
        _pulse = parts.Time.CreateTimer(_ => Pulse(), state: null, every, every);
    }

    public LinkPeer Me { get; }

    public ILinkReceiver Receiver { get; }

    public CancellationToken Ended { get; }

    public bool IsOver => Ended.IsCancellationRequested;

    public (int Up, int Connecting) States
    {
        get
        {
            var up = _peers.Values.Count(p => p.State == LinkState.Up);
            return (up, _peers.Count - up);
        }
    }

    public PeerLink? Find(Incarnation peer) => _peers.GetValueOrDefault(peer);

    public void SetPeers(IReadOnlyList<LinkPeer> peers)
    {
        lock (_gate)
        {
            foreach (var (incarnation, link) in _peers)
            {
                if (!peers.Contains(link.Peer) && _peers.TryRemove(incarnation, out _))
                {
                    Leave(link);
                }
            }

            foreach (var peer in peers.Where(p => p.Incarnation != Me.Incarnation && !_peers.ContainsKey(p.Incarnation) && !IsOver))
            {
                var link = new PeerLink(_parts, this, peer);
                _peers[peer.Incarnation] = link;
                link.Start();
            }
        }

        Interlocked.Exchange(ref _peersSet, New()).TrySetResult();
    }

    /// <summary>Serves a stream that somebody opened here.</summary>
    public async Task AcceptAsync(HttpContext context)
    {
        var input = new FrameInput(context.Request.BodyReader);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, Ended);
        late.CancelAfter(LinkLimits.OpenWithin);
        if (await input.ReadAsync(late.Token).ConfigureAwait(false) is not { } first)
        {
            return;
        }

        late.CancelAfter(Timeout.InfiniteTimeSpan);
        var hello = TransportFrames.ReadHello(first);
        var peer = await MeetAsync(hello, context.RequestAborted).ConfigureAwait(false);
        if (WhyNot(hello, peer, context) is { } why)
        {
            _parts.Log.Refused(From(context), why);
            await context.Response.Body.WriteAsync(TransportFrames.Unwelcome(why), context.RequestAborted).ConfigureAwait(false);
            return;
        }

        await peer!.ServeAsync(context, input).ConfigureAwait(false); // there is a why not without it
    }

    public static string From(HttpContext context) => new IPEndPoint(context.Connection.RemoteIpAddress ?? IPAddress.None, context.Connection.RemotePort).ToString();

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _pulse.DisposeAsync().ConfigureAwait(false);
        foreach (var peer in _peers.Values)
        {
            Leave(peer);
        }

        await Task.WhenAll(_leaving.Values).ConfigureAwait(false);
        _ended.Dispose();
    }

    // Who has just joined dials before we have looked at members again: that is waited for, which is sooner than its next attempt.
    private async Task<PeerLink?> MeetAsync(Hello hello, CancellationToken ct)
    {
        if (Find(hello.From) is { } known)
        {
            return known;
        }

        if (hello.To != Me.Incarnation || hello.Version != LinkLimits.Version)
        {
            return null;
        }

        Receiver.Stranger(hello.From);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(ct, Ended);
        late.CancelAfter(LinkLimits.KnownWithin);
        try
        {
            while (true)
            {
                var next = Volatile.Read(ref _peersSet).Task;
                if (Find(hello.From) is { } peer)
                {
                    return peer;
                }

                await next.WaitAsync(late.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return Find(hello.From);
        }
    }

    private string? WhyNot(Hello hello, PeerLink? peer, HttpContext context)
    {
        if (hello.Version != LinkLimits.Version)
        {
            return $"{hello.NodeId} speaks version {hello.Version} of links, this node {LinkLimits.Version}";
        }

        if (hello.To != Me.Incarnation)
        {
            return $"{hello.NodeId} wants another run of this node: {hello.To}, this is {Me.Incarnation}";
        }

        if (peer is null || peer.Peer.NodeId != hello.NodeId)
        {
            return $"{hello.NodeId} ({hello.From}) is not, or not yet, known as a member here";
        }

        return _parts.Identity is null ? null : NodeIdentity.WhyNotNamed(context.Connection.ClientCertificate, hello.NodeId);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Leave(PeerLink link) => _leaving.TryAdd(link, LeaveAsync(link));

    private async Task LeaveAsync(PeerLink link)
    {
        await Task.Yield();
        await link.EndAsync().ConfigureAwait(false);
        _leaving.TryRemove(link, out _);
    }

    private void Pulse()
    {
        foreach (var peer in _peers.Values)
        {
            peer.Pulse();
        }
    }
}
