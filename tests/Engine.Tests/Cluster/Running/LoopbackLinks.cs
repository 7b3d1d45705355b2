using System.Threading.Channels;
using Gantry.Actors;
using Gantry.Actors.Runtime;

namespace Gantry.Engine.Tests.Running;

/// <summary>Links between engines of one process: ordered per receiver, up when both know each other, cut or lossy on demand.</summary>
internal sealed class LoopbackHub
{
    private readonly Lock _gate = new();
    private readonly List<LoopbackLinks> _ends = [];
    private readonly HashSet<(string From, string To)> _cut = [];
    private readonly HashSet<(string From, string To)> _lossy = [];

    public LoopbackLinks For(string nodeId)
    {
        var links = new LoopbackLinks(this, nodeId);
        lock (_gate)
        {
            _ends.Add(links);
        }

        return links;
    }

    /// <summary>Nothing goes over the edge in one direction, and both sides are told, as pings tell them.</summary>
    public void CutOneWay(string from, string to) => Change(() => _cut.Add((from, to)));

    public void Cut(string a, string b) => Change(() => (_cut.Add((a, b)), _cut.Add((b, a))));

    public void Heal() => Change(() =>
    {
        _cut.Clear();
        _lossy.Clear();
        return true;
    });

    /// <summary>Frames vanish in one direction, and nobody is told yet.</summary>
    public void Lose(string from, string to) => Change(() => _lossy.Add((from, to)));

    internal void Change(Func<object> change)
    {
        lock (_gate)
        {
            change();
            foreach (var end in _ends)
            {
                end.Look(other => _ends.Find(e => e.Me?.Incarnation == other) is { } there
                    && there.Knows(end.Me?.Incarnation)
                    && !_cut.Contains((end.NodeId, there.NodeId))
                    && !_cut.Contains((there.NodeId, end.NodeId)));
            }
        }
    }

    /// <summary>Whoever is dialled by a node that it does not know hears of a stranger.</summary>
    internal void Introduce(LoopbackLinks dialler)
    {
        lock (_gate)
        {
            if (dialler.Me?.Incarnation is { } who)
            {
                _ends.Where(e => dialler.Knows(e.Me?.Incarnation) && !e.Knows(who)).ToList().ForEach(e => e.Put(r => r.Stranger(who)));
            }
        }
    }

    internal bool Deliver(LoopbackLinks from, Incarnation to, LinkFrame frame)
    {
        lock (_gate)
        {
            if (from.Me is not { } me || from.StateOf(to) != LinkState.Up || _ends.Find(e => e.Me?.Incarnation == to) is not { } there)
            {
                return false;
            }

            if (!_lossy.Contains((from.NodeId, there.NodeId)))
            {
                there.Put(r => r.Received(me.Incarnation, frame));
            }

            return true;
        }
    }
}

/// <summary>One node's end.</summary>
internal sealed class LoopbackLinks : INodeLinks, IAsyncDisposable
{
    private readonly LoopbackHub _hub;
    private readonly Channel<Action<ILinkReceiver>> _in = Channel.CreateUnbounded<Action<ILinkReceiver>>();
    private readonly Dictionary<Incarnation, bool> _peers = [];
    private readonly Lock _gate = new();
    private readonly Task _pump;
    private ILinkReceiver? _receiver;
    private int _sent;

    public LoopbackLinks(LoopbackHub hub, string nodeId)
    {
        (_hub, NodeId) = (hub, nodeId);
        _pump = PumpAsync();
    }

    public string NodeId { get; }

    public LinkPeer? Me { get; private set; }

    /// <summary>Frames that were taken.</summary>
    public int SentCount => Volatile.Read(ref _sent);

    public void Open(LinkPeer me, ILinkReceiver receiver) => _hub.Change(() => (Me, _receiver) = (me, receiver));

    public void Close() => _hub.Change(() =>
    {
        lock (_gate)
        {
            _peers.Clear();
            Me = null;
        }

        return true;
    });

    public void SetPeers(IReadOnlyList<LinkPeer> peers)
    {
        lock (_gate)
        {
            if (peers.Count == _peers.Count && peers.All(p => _peers.ContainsKey(p.Incarnation)))
            {
                return;
            }
        }

        _hub.Change(() =>
        {
            lock (_gate)
            {
                foreach (var gone in _peers.Keys.Except(peers.Select(p => p.Incarnation)).ToList())
                {
                    _peers.Remove(gone);
                }

                foreach (var peer in peers)
                {
                    _peers.TryAdd(peer.Incarnation, false);
                }
            }

            return true;
        });
        _hub.Introduce(this);
    }

    public bool TrySend(Incarnation to, LinkFrame frame)
    {
        var isSent = _hub.Deliver(this, to, frame);
        if (isSent)
        {
            Interlocked.Increment(ref _sent);
        }

        return isSent;
    }

    public LinkState StateOf(Incarnation peer)
    {
        lock (_gate)
        {
            return !_peers.TryGetValue(peer, out var isUp) ? LinkState.None : isUp ? LinkState.Up : LinkState.Connecting;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _in.Writer.TryComplete();
        await _pump;
    }

    internal bool Knows(Incarnation? peer)
    {
        lock (_gate)
        {
            return peer is { } known && _peers.ContainsKey(known);
        }
    }

    internal void Put(Action<ILinkReceiver> what) => _in.Writer.TryWrite(what);

    internal void Look(Func<Incarnation, bool> isUp)
    {
        lock (_gate)
        {
            foreach (var (peer, was) in _peers.ToList())
            {
                var now = Me is not null && isUp(peer);
                if (now != was)
                {
                    _peers[peer] = now;
                    Put(r => Tell(r, peer, now));
                }
            }
        }
    }

    private static void Tell(ILinkReceiver receiver, Incarnation peer, bool isUp)
    {
        if (isUp)
        {
            receiver.LinkUp(peer);
        }
        else
        {
            receiver.LinkDown(peer);
        }
    }

    private async Task PumpAsync()
    {
        await foreach (var what in _in.Reader.ReadAllAsync())
        {
            if (_receiver is { } receiver)
            {
                what(receiver);
            }
        }
    }
}
