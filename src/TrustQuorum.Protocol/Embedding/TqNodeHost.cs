using System.Net;
using System.Security.Cryptography;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// A node in a process: its store, its links, its turns. For simulated sleds and for a process that is a real one. One input at a time; what an
/// input changed is durable before anything of it leaves; a node that cannot save stops and answers <see cref="TqErrorCode.Stopped"/> from then
/// on, until the process makes a new one. Thread-safe.
/// </summary>
public sealed class TqNodeHost : ITqMeshOwner, IAsyncDisposable
{
    private readonly TqNodeHostOptions _options;
    private readonly ITqStore _store;
    private readonly TqNode _node;
    private readonly TqMesh _mesh;
    private readonly TimeProvider _time;
    private readonly IRandomSource _dice;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<BaseboardId, TqLink> _links = [];
    private readonly ProxyDesk _proxies = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _tick;
    private int _waiting;
    private TqNetworkConfig? _network;
    private Exception? _failure;
    private bool _isDisposed;

    private TqNodeHost(TqNodeHostOptions options, ITqStore store, TimeProvider time, ISecretRandom random, IRandomSource dice)
    {
        _options = options;
        _store = store;
        _time = time;
        _dice = dice;
        _node = new TqNode(options.Self, store.Load() ?? Import(options.Lrtq, store) ?? TqPersistentState.Empty, random) { OnNote = options.Events.Note };
        _network = store.LoadNetworkConfig();
        var platform = TqPlatformId.Of(options.Self, options.Revision);
        _mesh = new TqMesh(new TqMeshSettings(options.Listen, platform, options.Handshake, options.Transport), this, time);
        _tick = time.CreateTimer(static h => ((TqNodeHost)h!).Tick(), this, options.Transport.TickPeriod, options.Transport.TickPeriod);
    }

    /// <summary>Who this is.</summary>
    public BaseboardId Self => _options.Self;

    /// <summary>Where peers find it.</summary>
    public IPEndPoint EndPoint => _mesh.EndPoint;

    internal TqPersistentState State => _node.State;

    /// <summary>The rack, once the node knows it.</summary>
    public RackId? RackId => _node.State.RackId;

    /// <summary>Why the node stopped; null while it works.</summary>
    public Exception? Failure => _failure;

    /// <summary>Reads the store, opens the port.</summary>
    /// <exception cref="PlatformNotSupportedException">The system lacks SHA3-256 or ChaCha20-Poly1305.</exception>
    /// <exception cref="TqWireException">The stored state is damaged.</exception>
    public static TqNodeHost Start(TqNodeHostOptions options, ITqStore store, TimeProvider time, ISecretRandom random, IRandomSource dice)
    {
        if (!SHA3_256.IsSupported || !ChaCha20Poly1305.IsSupported)
        {
            throw new PlatformNotSupportedException(
                "trust quorum needs SHA3-256 and ChaCha20-Poly1305 of the system: OpenSSL 1.1.1 or later, or Windows 11 build 25324 or later");
        }

        var host = new TqNodeHost(options, store, time, random, dice);
        host._mesh.Start();
        return host;
    }

    /// <summary>Replaces the addresses of peers.</summary>
    public void SetPeers(IEnumerable<IPEndPoint> peers) => _mesh.SetPeers(peers);

    /// <summary>Coordinate a reconfiguration.</summary>
    public Task<TqError?> ReconfigureAsync(ReconfigureMsg message, CancellationToken ct) =>
        CallAsync(n => n.Reconfigure(message), e => e, ct);

    /// <summary>Coordinate the upgrade from LRTQ.</summary>
    public Task<TqError?> UpgradeFromLrtqAsync(LrtqUpgradeMsg message, CancellationToken ct) =>
        CallAsync(n => n.UpgradeFromLrtq(message), e => e, ct);

    /// <summary>Put a prepared epoch in force.</summary>
    public Task<TqCommitResult> CommitAsync(TqCommitRequest request, CancellationToken ct) =>
        CallAsync(n => n.Commit(request.RackId, request.Epoch), e => new TqCommitResult(TqCommitStatus.Pending, e), ct);

    /// <summary>Put an epoch in force on a member that may have missed its prepare.</summary>
    public Task<TqCommitResult> PrepareAndCommitAsync(TqConfiguration config, CancellationToken ct) =>
        CallAsync(n => n.PrepareAndCommit(config), e => new TqCommitResult(TqCommitStatus.Pending, e), ct);

    /// <summary>What is being coordinated; a null value for nothing.</summary>
    public Task<TqReply<TqCoordinatorStatus>> CoordinatorStatusAsync(CancellationToken ct) =>
        CallAsync(n => new TqReply<TqCoordinatorStatus>(n.CoordinatorStatus, null), e => new TqReply<TqCoordinatorStatus>(null, e), ct);

    /// <summary>How the node stands.</summary>
    public Task<TqReply<TqNodeStatus>> StatusAsync(CancellationToken ct) =>
        CallAsync(n => new TqReply<TqNodeStatus>(StatusOf(n), null), e => new TqReply<TqNodeStatus>(null, e), ct);

    /// <summary>The secret of an epoch, which the caller disposes; pending until enough shares came: ask again.</summary>
    public Task<TqLoadResult> LoadAsync(ulong epoch, CancellationToken ct) => CallAsync(n => n.Load(epoch), e => new TqLoadResult(null, e), ct);

    /// <summary>The secret of the latest commit.</summary>
    public Task<TqLatestResult> LoadLatestAsync(CancellationToken ct) =>
        CallAsync(n => n.LoadLatest(), e => new TqLatestResult(0, new TqLoadResult(null, e)), ct);

    /// <summary>Forgets loaded secrets.</summary>
    public Task ClearSecretsAsync(CancellationToken ct) => CallAsync<TqError?>(
        n =>
        {
            n.ClearSecrets();
            return null;
        },
        e => e,
        ct);

    /// <summary>Commit at another member, through the session with it.</summary>
    public async Task<TqCommitResult> ProxyCommitAsync(TqProxyCommitRequest request, CancellationToken ct) =>
        Commit(await PassOnAsync(request.Destination, new TqProxyCall.Commit(request.Request), ct).ConfigureAwait(false));

    /// <summary>Prepare and commit at another member.</summary>
    public async Task<TqCommitResult> ProxyPrepareAndCommitAsync(TqProxyPrepareAndCommitRequest request, CancellationToken ct) =>
        Commit(await PassOnAsync(request.Destination, new TqProxyCall.PrepareAndCommit(request.Request.Config), ct).ConfigureAwait(false));

    /// <summary>Status of another member.</summary>
    public async Task<TqReply<TqNodeStatus>> ProxyStatusAsync(BaseboardId destination, CancellationToken ct) =>
        await PassOnAsync(destination, new TqProxyCall.Status(), ct).ConfigureAwait(false) switch
        {
            TqProxyAnswer.Status status => new TqReply<TqNodeStatus>(status.Value, null),
            TqProxyAnswer.Refused refused => new TqReply<TqNodeStatus>(null, refused.Error),
            _ => new TqReply<TqNodeStatus>(null, TqError.InvalidResponse),
        };

    /// <summary>The early-network configuration, if any.</summary>
    public Task<TqReply<TqNetworkConfig>> NetworkConfigAsync(CancellationToken ct) =>
        CallAsync(_ => new TqReply<TqNetworkConfig>(_network, null), e => new TqReply<TqNetworkConfig>(null, e), ct);

    /// <summary>Keeps a newer early-network configuration and tells all peers.</summary>
    public Task<TqError?> PutNetworkConfigAsync(TqNetworkConfig config, CancellationToken ct) => CallAsync(
        _ => _network is { } current && config.Generation <= current.Generation
            ? TqError.StaleNetworkConfig(current.Generation, config.Generation)
            : Keep(config, except: null),
        e => e,
        ct);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _tick.DisposeAsync().ConfigureAwait(false);
        await _mesh.DisposeAsync().ConfigureAwait(false);
        await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        _failure ??= new ObjectDisposedException(nameof(TqNodeHost));
        _node.Dispose();
        _node.State.Forget();
        _gate.Release();
        _stop.Dispose();
    }

    /// <summary>Ends links that the link policy no longer allows.</summary>
    public async Task FollowLinkPolicyAsync()
    {
        await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            foreach (var link in _links.Values.Where(l => _options.LinkPolicy?.MayTalk(l.Peer) == false).ToList())
            {
                link.Close("cut by a fault");
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    async Task<bool> ITqMeshOwner.TryBeginAsync(TqLink link, CancellationToken ct)
    {
        if (link.Peer == Self || _options.LinkPolicy?.MayTalk(link.Peer) == false)
        {
            return false;
        }

        var error = await TurnAsync<TqError?>(
            n =>
            {
                if (_links.Remove(link.Peer, out var former))
                {
                    former.Close("replaced by a newer session");
                }

                _links.Add(link.Peer, link);
                if (_network is { } network)
                {
                    link.TrySend(new TqFrame.Network(network));
                }

                n.Connect(link.Peer);
                return null;
            },
            e => e,
            ct).ConfigureAwait(false);
        if (error is null)
        {
            _options.Events.Link?.Invoke(link.Peer, null);
        }

        return error is null;
    }

    async Task ITqMeshOwner.EndAsync(TqLink link)
    {
        _proxies.Drop(link);
        await TurnAsync<TqError?>(
            n =>
            {
                if (_links.TryGetValue(link.Peer, out var current) && current == link)
                {
                    _links.Remove(link.Peer);
                    n.Disconnect(link.Peer);
                }

                return null;
            },
            e => e,
            CancellationToken.None).ConfigureAwait(false);
        _options.Events.Link?.Invoke(link.Peer, link.Why ?? "ended");
    }

    void ITqMeshOwner.Ended(BaseboardId? peer, string why) => _options.Events.Link?.Invoke(peer, why);

    async Task ITqMeshOwner.TakeAsync(TqLink link, TqFrame frame)
    {
        switch (frame)
        {
            case TqFrame.Tq tq:
                using (tq.Message)
                {
                    await InputAsync(n => n.Handle(new TqEnvelope(Self, link.Peer, tq.RackId, tq.Message))).ConfigureAwait(false);
                }

                break;
            case TqFrame.Network network:
                await InputAsync(_ =>
                {
                    if (_network is null || network.Config.Generation > _network.Generation)
                    {
                        Keep(network.Config, except: link.Peer);
                    }
                }).ConfigureAwait(false);
                break;
            case TqFrame.ProxyRequest request:
                link.TrySend(new TqFrame.ProxyResponse(request.Id, await AnswerAsync(request.Call).ConfigureAwait(false)));
                break;
            case TqFrame.ProxyResponse response:
                _proxies.Answer(response.Id, link, response.Answer);
                break;
            default:
                throw new TqWireException("a peer says who it is a second time");
        }
    }

    // Durable before the node exists: from here on the older scheme's store is never looked at again (tq 4.2).
    private static TqPersistentState? Import(ILrtqStore? older, ITqStore store)
    {
        if (older?.Load() is not { } lrtq)
        {
            return null;
        }

        var state = TqPersistentState.FromLrtq(lrtq);
        store.Save(state);
        return state;
    }

    private static TqCommitResult Commit(TqProxyAnswer answer) => answer switch
    {
        TqProxyAnswer.Commit commit => new TqCommitResult(commit.Value, null),
        TqProxyAnswer.Refused refused => new TqCommitResult(TqCommitStatus.Pending, refused.Error),
        _ => new TqCommitResult(TqCommitStatus.Pending, TqError.InvalidResponse),
    };

    private TqNodeStatus StatusOf(TqNode node) => new()
    {
        ConnectedPeers = [.. node.Connected.Order()],
        Alarms = [.. node.Alarms],
        PersistentState = node.State.Summary(),
        ProxiedRequests = (ulong)_proxies.Count,
    };

    private TqError? Keep(TqNetworkConfig config, BaseboardId? except)
    {
        _store.SaveNetworkConfig(config);
        _network = config;
        foreach (var link in _links.Values.Where(l => l.Peer != except).ToList())
        {
            link.TrySend(new TqFrame.Network(config));
        }

        return null;
    }

    private async Task<TqProxyAnswer> AnswerAsync(TqProxyCall call)
    {
        switch (call)
        {
            case TqProxyCall.Commit commit:
                var committed = await CommitAsync(commit.Request, _stop.Token).ConfigureAwait(false);
                return committed.Error is { } refused ? new TqProxyAnswer.Refused(refused) : new TqProxyAnswer.Commit(committed.Status);
            case TqProxyCall.PrepareAndCommit prepare:
                var prepared = await PrepareAndCommitAsync(prepare.Config, _stop.Token).ConfigureAwait(false);
                return prepared.Error is { } error ? new TqProxyAnswer.Refused(error) : new TqProxyAnswer.Commit(prepared.Status);
            default:
                var status = await StatusAsync(_stop.Token).ConfigureAwait(false);
                return status.Value is { } value
                    ? new TqProxyAnswer.Status(value)
                    : new TqProxyAnswer.Refused(status.Error ?? TqError.InvalidResponse);
        }
    }

    private async Task<TqProxyAnswer> PassOnAsync(BaseboardId destination, TqProxyCall call, CancellationToken ct)
    {
        var id = _dice.NewGuid();
        Task<TqProxyAnswer>? answer = null;
        var error = await CallAsync<TqError?>(
            _ =>
            {
                if (!_links.TryGetValue(destination, out var link))
                {
                    return TqError.Disconnected;
                }

                var isOpen = _proxies.TryOpen(id, link, out var opened);
                answer = opened;
                return isOpen && link.TrySend(new TqFrame.ProxyRequest(id, call)) ? null : TqError.Busy;
            },
            e => e,
            ct).ConfigureAwait(false);
        try
        {
            return error is null && answer is not null
                ? await answer.WaitAsync(ct).ConfigureAwait(false)
                : new TqProxyAnswer.Refused(error ?? TqError.Busy);
        }
        finally
        {
            _proxies.Close(id);
        }
    }

    private async Task InputAsync(Action<TqNode> input)
    {
        var error = await TurnAsync<TqError?>(
            n =>
            {
                input(n);
                return null;
            },
            e => e,
            _stop.Token).ConfigureAwait(false);
        if (error is not null)
        {
            throw new TqWireException("this node has stopped");
        }
    }

    private async Task<T> CallAsync<T>(Func<TqNode, T> call, Func<TqError, T> refuse, CancellationToken ct)
    {
        if (Interlocked.Increment(ref _waiting) > TqNodeHostOptions.ApiQueueMax)
        {
            Interlocked.Decrement(ref _waiting);
            return refuse(TqError.Busy);
        }

        try
        {
            return await TurnAsync(call, refuse, ct).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    // One turn: input, save, send. Nothing leaves before the save returned (4.1 rule 2).
    private async Task<T> TurnAsync<T>(Func<TqNode, T> input, Func<TqError, T> refuse, CancellationToken ct)
    {
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (_failure is not null)
            {
                return refuse(TqError.Stopped);
            }

            var before = _node.State.LatestCommit;
            T result;
            try
            {
                result = input(_node);
                if (_node.Unsaved is { } unsaved)
                {
                    _store.Save(unsaved);
                    _node.Saved();
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Whatever it was, the node in memory may be ahead of its drive now: nothing of it may leave any more.
                StopWorking(e);
                return refuse(TqError.Stopped);
            }

            SendAll();
            if (_node.State.LatestCommit is { } latest && latest != before)
            {
                _options.Events.Committed?.Invoke(latest);
            }

            return result;
        }
        finally
        {
            _gate.Release();
        }
    }

    private void SendAll()
    {
        foreach (var envelope in _node.TakeMessages())
        {
            Send(envelope);
        }
    }

    private void Send(TqEnvelope envelope)
    {
        var fate = _options.LinkPolicy?.FateOf(envelope.To, envelope.Message.Name) ?? default;
        if (fate.IsLost || !_links.TryGetValue(envelope.To, out var link))
        {
            envelope.Message.Dispose();
        }
        else if (fate.Delay > TimeSpan.Zero)
        {
            _ = SendLaterAsync(link, envelope, fate.Delay);
        }
        else
        {
            using (envelope.Message)
            {
                link.TrySend(new TqFrame.Tq(envelope.RackId, envelope.Message));
            }
        }
    }

    // Only with a fault: what it throws is the end of the host.
    private async Task SendLaterAsync(TqLink link, TqEnvelope envelope, TimeSpan delay)
    {
        using (envelope.Message)
        {
            await Task.Delay(delay, _time, CancellationToken.None).ConfigureAwait(false);
            link.TrySend(new TqFrame.Tq(envelope.RackId, envelope.Message));
        }
    }

    private void StopWorking(Exception why)
    {
        _failure = why;
        foreach (var link in _links.Values)
        {
            link.Close("this node has stopped");
        }

        _options.Events.Stopped?.Invoke(why);
    }

    private void Tick()
    {
        if (!_isDisposed)
        {
            _ = TickAsync();
        }
    }

    private async Task TickAsync()
    {
        try
        {
            await TurnAsync<TqError?>(
                n =>
                {
                    n.Tick();
                    return null;
                },
                e => e,
                _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The host ends.
        }
    }
}
