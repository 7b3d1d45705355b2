using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// A node in a process: its store, its links, its turns. For simulated sleds and for a process that is a real one. One input at a time; what an
/// input changed is durable before anything of it leaves; a node that cannot save stops and answers <see cref="TqErrorCode.Stopped"/> from then
/// on, until the process makes a new one. Thread-safe.
/// </summary>
public sealed class TqNodeHost : ITqMeshOwner, INodeTurnsOwner, IAsyncDisposable
{
    private readonly TqNodeHostOptions _options;
    private readonly ITqStore _store;
    private readonly TqNode _node;
    private readonly TqMesh _mesh;
    private readonly NodeTurns _turns;
    private readonly IRandomSource _dice;
    private readonly PeerLinks _links;
    private readonly ProxyDesk _proxies = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _tick;
    private TqNetworkConfig? _network;
    private bool _isDisposed;

    private TqNodeHost(TqNodeHostOptions options, ITqStore store, TimeProvider time, ISecretRandom random, IRandomSource dice)
    {
        _options = options;
        _store = store;
        _dice = dice;
        _node = new TqNode(options.Self, store.Load() ?? Import(options.Lrtq, store) ?? TqPersistentState.Empty, random) { OnNote = options.Events.Note };
        _turns = new NodeTurns(_node, store, this);
        _links = new PeerLinks(options.LinkPolicy, time);
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
    public Exception? Failure => _turns.Failure;

    /// <summary>Reads the store, opens the port.</summary>
    /// <exception cref="ArgumentException">The options cannot make a working or a safe node.</exception>
    /// <exception cref="PlatformNotSupportedException">The system lacks SHA3-256 or ChaCha20-Poly1305.</exception>
    /// <exception cref="TqWireException">The stored state is damaged.</exception>
    public static TqNodeHost Start(TqNodeHostOptions options, ITqStore store, TimeProvider time, ISecretRandom random, IRandomSource dice)
    {
        if (!SHA3_256.IsSupported || !ChaCha20Poly1305.IsSupported)
        {
            throw new PlatformNotSupportedException(
                "trust quorum needs SHA3-256 and ChaCha20-Poly1305 of the system: OpenSSL 1.1.1 or later, or Windows 11 build 25324 or later");
        }

        if (options.WhyNot() is { } why)
        {
            throw new ArgumentException(why, nameof(options));
        }

        var host = new TqNodeHost(options, store, time, random, dice);
        try
        {
            host._mesh.Start();
            return host;
        }
        catch
        {
            // Nobody will get it, and it holds shares. Nothing of it runs yet, so this does not wait.
            host.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    /// <summary>Replaces the addresses of peers.</summary>
    public void SetPeers(IEnumerable<IPEndPoint> peers) => _mesh.SetPeers(peers);

    /// <summary>Coordinate a reconfiguration.</summary>
    public Task<TqError?> ReconfigureAsync(ReconfigureMsg message, CancellationToken ct) =>
        _turns.CallAsync(n => n.Reconfigure(message), e => e, ct);

    /// <summary>Coordinate the upgrade from LRTQ.</summary>
    public Task<TqError?> UpgradeFromLrtqAsync(LrtqUpgradeMsg message, CancellationToken ct) =>
        _turns.CallAsync(n => n.UpgradeFromLrtq(message), e => e, ct);

    /// <summary>Put a prepared epoch in force.</summary>
    public Task<TqCommitResult> CommitAsync(TqCommitRequest request, CancellationToken ct) =>
        _turns.CallAsync(n => n.Commit(request.RackId, request.Epoch), e => new TqCommitResult(TqCommitStatus.Pending, e), ct);

    /// <summary>Put an epoch in force on a member that may have missed its prepare.</summary>
    public Task<TqCommitResult> PrepareAndCommitAsync(TqConfiguration config, CancellationToken ct) =>
        _turns.CallAsync(n => n.PrepareAndCommit(config), e => new TqCommitResult(TqCommitStatus.Pending, e), ct);

    /// <summary>What is being coordinated; a null value for nothing.</summary>
    public Task<TqReply<TqCoordinatorStatus>> CoordinatorStatusAsync(CancellationToken ct) =>
        _turns.CallAsync(n => new TqReply<TqCoordinatorStatus>(n.CoordinatorStatus, null), e => new TqReply<TqCoordinatorStatus>(null, e), ct);

    /// <summary>How the node stands.</summary>
    public Task<TqReply<TqNodeStatus>> StatusAsync(CancellationToken ct) =>
        _turns.CallAsync(n => new TqReply<TqNodeStatus>(StatusOf(n), null), e => new TqReply<TqNodeStatus>(null, e), ct);

    /// <summary>The secret of an epoch, which the caller disposes; pending until enough shares came: ask again.</summary>
    public Task<TqLoadResult> LoadAsync(ulong epoch, CancellationToken ct) => _turns.CallAsync(n => n.Load(epoch), e => new TqLoadResult(null, e), ct);

    /// <summary>The secret of the latest commit.</summary>
    public Task<TqLatestResult> LoadLatestAsync(CancellationToken ct) =>
        _turns.CallAsync(n => n.LoadLatest(), e => new TqLatestResult(0, new TqLoadResult(null, e)), ct);

    /// <summary>Forgets loaded secrets.</summary>
    public Task ClearSecretsAsync(CancellationToken ct) => _turns.CallAsync<TqError?>(
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
        _turns.CallAsync(_ => new TqReply<TqNetworkConfig>(_network, null), e => new TqReply<TqNetworkConfig>(null, e), ct);

    /// <summary>Keeps a newer early-network configuration and tells all peers.</summary>
    public Task<TqError?> PutNetworkConfigAsync(TqNetworkConfig config, CancellationToken ct) => _turns.CallAsync(
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
        await _turns.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>Ends links that the link policy no longer allows.</summary>
    public Task FollowLinkPolicyAsync() => _turns.BetweenAsync(_links.FollowPolicy);

    async Task<bool> ITqMeshOwner.TryBeginAsync(TqLink link, CancellationToken ct)
    {
        if (link.Peer == Self || _options.LinkPolicy?.MayTalk(link.Peer) == false)
        {
            return false;
        }

        var error = await _turns.RunAsync<TqError?>(
            n =>
            {
                _links.Add(link);
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
        await _turns.RunAsync<TqError?>(
            n =>
            {
                if (_links.TryRemove(link))
                {
                    n.Disconnect(link.Peer);
                }

                return null;
            },
            e => e,
            CancellationToken.None).ConfigureAwait(false);
        _options.Events.Link?.Invoke(link.Peer, link.Why ?? "ended");
    }

    void INodeTurnsOwner.Send(ImmutableArray<TqEnvelope> messages)
    {
        foreach (var message in messages)
        {
            _links.Send(message);
        }
    }

    void INodeTurnsOwner.Committed(ulong epoch) => _options.Events.Committed?.Invoke(epoch);

    void INodeTurnsOwner.Stopped(Exception why)
    {
        _links.CloseAll("this node has stopped");
        _options.Events.Stopped?.Invoke(why);
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
        _links.Tell(new TqFrame.Network(config), except);
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
        var error = await _turns.CallAsync<TqError?>(
            _ =>
            {
                if (_links.Find(destination) is not { } link)
                {
                    return TqError.Disconnected;
                }

                if (!_proxies.TryOpen(id, link, out var opened))
                {
                    return TqError.Busy;
                }

                // A link that takes no more is closed, or closes for it: the session is gone.
                answer = opened;
                return link.TrySend(new TqFrame.ProxyRequest(id, call)) ? null : TqError.Disconnected;
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
        var error = await _turns.RunAsync<TqError?>(
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
            await _turns.RunAsync<TqError?>(
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
