using System.Collections.Immutable;

namespace Gantry.Actors.Runtime;

/// <summary>The shards that lanes of this node serve now, and the way to those who serve the others.</summary>
internal sealed class ClusterScope : IShardScope
{
    private const string SagaChanged = "+saga";

    // Engine 7.1.
    private static readonly TimeSpan ConfirmedFor = TimeSpan.FromSeconds(1);

    private readonly ShardMap _map;
    private readonly TimeProvider _time;

    private readonly INodeLinks _links;
    private readonly NudgeRelay _relay;
    private readonly ICommitListener _listener;
    private ImmutableArray<Action> _changes = [];
    private ImmutableArray<Action<RelayedNudge>> _nudges = [];
    private ShardSet? _owned;

    public ClusterScope(ShardMap map, LinkDesk desk, ICommitListener listener, EngineMetrics metrics, TimeProvider time)
    {
        _map = map;
        _time = time;
        _listener = listener;
        _links = desk.Links;

        // Not on again: who gains a shard lists its keys.
        _relay = new NudgeRelay(map, _links, n => Deliver(n with { Hops = RelayedNudge.HopsMax }), time) { Dropped = () => metrics.Shed("nudges") };
        map.OwnChanged = Changed;
        map.Looked = _relay.Look;
        desk.Nudged = Nudged;
    }

    public ShardSet Owned => Volatile.Read(ref _owned) ?? Read();

    public bool IsWhole => false;

    public bool IsConfirmed => IsFresh(_map.MemberAt);

    public bool Confirms(EntityAddress address) => IsFresh(_map.ConfirmedAt(ShardId.Of(address, _map.ShardCount)));

    public IDisposable OnChange(Action changed)
    {
        ImmutableInterlocked.Update(ref _changes, static (all, one) => all.Add(one), changed);
        return new Subscription(() => ImmutableInterlocked.Update(ref _changes, static (all, one) => all.Remove(one), changed));
    }

    public IDisposable OnNudge(Action<RelayedNudge> nudged)
    {
        ImmutableInterlocked.Update(ref _nudges, static (all, one) => all.Add(one), nudged);
        return new Subscription(() => ImmutableInterlocked.Update(ref _nudges, static (all, one) => all.Remove(one), nudged));
    }

    public void Relay(EntityAddress address, RelayedNudge nudge) => _relay.ToOwner(address, nudge);

    public void RelayToAll(string reconciler, bool forgetBackoff)
    {
        foreach (var member in _map.Others)
        {
            _relay.ToMember(member.Incarnation, new RelayedNudge(reconciler, null, forgetBackoff, null));
        }
    }

    /// <summary>Sagas are waited for at any node: their commits are told to all, as nudges of a name that no reconciler has.</summary>
    public void TellOfSagas(IReadOnlyList<EntityAddress> changed)
    {
        foreach (var saga in changed)
        {
            if (saga.Kind.StartsWith(SagaKind.Prefix, StringComparison.Ordinal))
            {
                foreach (var member in _map.Others)
                {
                    _links.TrySend(member.Incarnation, new LinkFrame.Nudge(SagaChanged, saga.ToString(), ForgetBackoff: false, Trace: null));
                }
            }
        }
    }

    private bool IsFresh(long? at) => at is { } stamp && _time.GetElapsedTime(stamp) < ConfirmedFor;

    private ShardSet Read()
    {
        var owned = new ShardSet(_map.Own(), _map.ShardCount);
        Volatile.Write(ref _owned, owned);
        return owned;
    }

    private void Changed()
    {
        Volatile.Write(ref _owned, null);
        foreach (var change in _changes)
        {
            change();
        }

        _relay.Look();
    }

    private void Nudged(LinkFrame.Nudge nudge)
    {
        if (nudge.Reconciler == SagaChanged)
        {
            if (EntityAddress.TryParse(nudge.Key ?? "", out var saga))
            {
                _listener.Committed([saga.Value]);
            }

            return;
        }

        Deliver(new RelayedNudge(nudge.Reconciler, nudge.Key, nudge.ForgetBackoff, nudge.Trace, nudge.Hops + 1));
    }

    private void Deliver(RelayedNudge nudge)
    {
        foreach (var one in _nudges)
        {
            one(nudge);
        }
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
