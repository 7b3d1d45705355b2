using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// Links to all peers: accepts, and dials those whose address sorts lower than its own, so that each pair has one dialler (tq 4.14). What a link
/// brings goes to its owner, one frame of a link at a time.
/// </summary>
internal sealed class TqMesh(TqMeshSettings settings, ITqMeshOwner owner, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan HandshakeMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly TcpListener _listener = new(settings.Listen);
    private readonly Lock _lock = new();
    private readonly Dictionary<IPEndPoint, BaseboardId?> _dialled = [];
    private readonly HashSet<Task> _running = [];
    private ImmutableArray<IPEndPoint> _peers = [];
    private TaskCompletionSource _nudge = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where peers find this node.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Opens the port.</summary>
    /// <exception cref="SocketException">The port is taken.</exception>
    public void Start()
    {
        _listener.Start();
        Track(AcceptAsync(_stop.Token));
        Track(DialAsync(_stop.Token));
    }

    /// <summary>Replaces the addresses of peers; the own one is ignored.</summary>
    public void SetPeers(IEnumerable<IPEndPoint> peers)
    {
        lock (_lock)
        {
            _peers = [.. peers.Distinct()];
            _nudge.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        Task[] running;
        lock (_lock)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    internal static int Compare(IPEndPoint a, IPEndPoint b)
    {
        var byAddress = a.Address.GetAddressBytes().AsSpan().SequenceCompareTo(b.Address.GetAddressBytes());
        return byAddress != 0 ? byAddress : a.Port.CompareTo(b.Port);
    }

    private async Task AcceptAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync(ct).ConfigureAwait(false);
            }
            catch (Exception e) when (e is ObjectDisposedException || (e is SocketException && ct.IsCancellationRequested))
            {
                return;
            }
            catch (SocketException)
            {
                // A peer that gave up before it was accepted, or no file descriptor left for a moment: the port stays open.
                await Task.Delay(AcceptPause, time, ct).ConfigureAwait(false);
                continue;
            }

            if (!TryTrack(() => ServeAsync(client, dialled: null, ct)))
            {
                client.Dispose();
            }
        }
    }

    private async Task DialAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            Task nudged;
            ImmutableArray<IPEndPoint> due;
            lock (_lock)
            {
                _nudge = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                nudged = _nudge.Task;
                due = [.. _peers.Where(p => Compare(p, EndPoint) < 0 && !_dialled.ContainsKey(p))];
                foreach (var peer in due)
                {
                    _dialled.Add(peer, null);
                }
            }

            foreach (var peer in due)
            {
                if (!TryTrack(() => DialOneAsync(peer, ct)))
                {
                    Undial(peer);
                }
            }

            await Task.WhenAny(nudged, Task.Delay(settings.Options.RedialPeriod, time, ct)).ConfigureAwait(false);
        }
    }

    private async Task DialOneAsync(IPEndPoint peer, CancellationToken ct)
    {
        var client = new TcpClient(peer.AddressFamily);
        try
        {
            using var deadline = new CancellationTokenSource(HandshakeMax, time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
            await client.ConnectAsync(peer, linked.Token).ConfigureAwait(false);
            await ServeAsync(client, peer, ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            client.Dispose();
        }
        finally
        {
            Undial(peer);
        }
    }

    private void Undial(IPEndPoint peer)
    {
        lock (_lock)
        {
            _dialled.Remove(peer);
        }
    }

    private async Task ServeAsync(TcpClient client, IPEndPoint? dialled, CancellationToken ct)
    {
        using var owned = client;
        client.NoDelay = true;
        TqSession session;
        try
        {
            using var deadline = new CancellationTokenSource(HandshakeMax, time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
            session = await settings.Handshake.RunAsync(client.GetStream(), settings.PlatformId, linked.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or TqWireException or OperationCanceledException or SocketException)
        {
            owner.Ended(null, e.Message);
            return;
        }

        using var link = new TqLink(session, settings.Options, time);
        if (!await owner.TryBeginAsync(link, ct).ConfigureAwait(false))
        {
            return;
        }

        try
        {
            await link.RunAsync(owner.TakeAsync, ct).ConfigureAwait(false);
        }
        finally
        {
            await owner.EndAsync(link).ConfigureAwait(false);
        }
    }

    private bool TryTrack(Func<Task> start)
    {
        lock (_lock)
        {
            if (_running.Count >= TqTransportOptions.LinksMax)
            {
                return false;
            }
        }

        Track(start());
        return true;
    }

    private void Track(Task task)
    {
        lock (_lock)
        {
            _running.Add(task);
        }

        _ = task.ContinueWith(
            done =>
            {
                lock (_lock)
                {
                    _running.Remove(done);
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }
}

/// <summary>Who takes what links bring.</summary>
internal interface ITqMeshOwner
{
    /// <summary>A peer is there; false refuses it.</summary>
    Task<bool> TryBeginAsync(TqLink link, CancellationToken ct);

    /// <summary>A frame came.</summary>
    Task TakeAsync(TqLink link, TqFrame frame);

    /// <summary>A link that began has ended.</summary>
    Task EndAsync(TqLink link);

    /// <summary>A stream ended before it was known whose it was.</summary>
    void Ended(BaseboardId? peer, string why);
}

/// <summary>What a mesh is made with.</summary>
/// <param name="Listen">Own address; port 0 lets the system choose.</param>
/// <param name="PlatformId">Who this is.</param>
/// <param name="Handshake">How peers are identified.</param>
/// <param name="Options">Times and bounds.</param>
internal sealed record TqMeshSettings(IPEndPoint Listen, string PlatformId, ITqHandshake Handshake, TqTransportOptions Options);
