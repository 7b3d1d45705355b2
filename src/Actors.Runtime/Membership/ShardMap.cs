using System.Collections.Frozen;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Who owns which shard, as far as this node knows: read whole every half second, corrected by what other nodes answer (engine 5.7). It may be
/// old; the fence makes that harmless. It lives as long as the engine, over incarnations. Thread-safe; reads take no lock.
/// </summary>
internal sealed class ShardMap
{
    private const long Never = long.MinValue;

    private readonly Lock _gate = new();
    private readonly ShardSeat[] _seats;
    private readonly TaskCompletionSource?[] _settling;
    private readonly long[] _confirmedAt;
    private long _memberAt = Never;
    private TaskCompletionSource _changed = New();
    private volatile FrozenDictionary<Incarnation, MemberRow> _members = FrozenDictionary<Incarnation, MemberRow>.Empty;

    public ShardMap(int shardCount)
    {
        _seats = new ShardSeat[shardCount];
        Array.Fill(_seats, ShardSeat.Unknown);
        _settling = new TaskCompletionSource?[shardCount];
        _confirmedAt = new long[shardCount];
        Array.Fill(_confirmedAt, Never);
    }

    public int ShardCount => _seats.Length;

    /// <summary>The present incarnation of this node; null while it has none.</summary>
    public Incarnation? Me { get; private set; }

    public FrozenDictionary<Incarnation, MemberRow> Members => _members;

    /// <summary>The other members that have shards or may get some.</summary>
    public IEnumerable<MemberRow> Others =>
        _members.Values.Where(m => m.Incarnation != Me && m.State is MemberState.Up or MemberState.Draining);

    /// <summary>Time stamp of the beginning of the last whole read; null before the first.</summary>
    public long? ReadAt { get; private set; }

    /// <summary>Sum of epochs (engine 3.2).</summary>
    public long Version => _seats.Sum(s => s.Epoch);

    /// <summary>Ends when anything changes after it was taken.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    /// <summary>Shards that are served here, called after each change of that. On the changing thread, without a lock.</summary>
    public Action? OwnChanged { get; set; }

    /// <summary>Called after each read of the map, and after what else says where to send: news of an owner, a link that is up. Without a lock.</summary>
    public Action? Looked { get; set; }

    public ShardSeat SeatOf(ShardId shard) => Volatile.Read(ref _seats[shard.Value]);

    public bool Serves(ShardId shard) => SeatOf(shard).IsServed;

    /// <summary>When the store last said that a shard which is served here is ours: the time before it was asked. Null when it is not ours.</summary>
    public long? ConfirmedAt(ShardId shard) =>
        Volatile.Read(ref _confirmedAt[shard.Value]) is var at && at != Never && Serves(shard) ? at : null;

    /// <summary>When the store last said that this incarnation is a living member: the time before it was asked.</summary>
    public long? MemberAt => Volatile.Read(ref _memberAt) is var at && at != Never ? at : null;

    public IReadOnlyList<ShardId> Own() =>
        [.. Enumerable.Range(0, _seats.Length).Where(i => Volatile.Read(ref _seats[i]).IsServed).Select(i => new ShardId(i))];

    public string? NodeIdOf(Incarnation? who) => who is { } known && _members.TryGetValue(known, out var member) ? member.Profile.NodeId : null;

    public void Begin(Incarnation me)
    {
        lock (_gate)
        {
            Me = me;
            ForgetConfirmations();
        }
    }

    /// <summary>The store gave these shards to us, asked no sooner than the stamp.</summary>
    public void Confirm(IEnumerable<ShardEpoch> shards, long stamp)
    {
        foreach (var shard in shards)
        {
            Volatile.Write(ref _confirmedAt[shard.Shard.Value], stamp);
        }
    }

    /// <summary>The incarnation is over: nothing is served here, and nobody knows who will.</summary>
    public void End()
    {
        lock (_gate)
        {
            for (var i = 0; i < _seats.Length; i++)
            {
                if (_seats[i].Standing != ShardStanding.Foreign)
                {
                    Set(i, ShardStanding.Foreign, owner: null, _seats[i].Epoch);
                }
            }

            Me = null;
            ForgetConfirmations();
        }

        OwnChanged?.Invoke();
    }

    /// <summary>A whole read that began at the stamp. What it says of our own shards is the node kernel's business.</summary>
    public void Read(ClusterSight sight, long stamp)
    {
        lock (_gate)
        {
            _members = sight.Members.ToFrozenDictionary(m => m.Incarnation);
            ReadAt = stamp;
            var isMember = Me is { } me && _members.TryGetValue(me, out var self) && self.State is MemberState.Up or MemberState.Draining;
            Volatile.Write(ref _memberAt, isMember ? stamp : Never);
            foreach (var shard in sight.Shards)
            {
                if (isMember && shard.Owner == Me)
                {
                    Volatile.Write(ref _confirmedAt[shard.Shard.Value], stamp);
                }

                var seat = _seats[shard.Shard.Value];
                if (seat.Standing == ShardStanding.Foreign && shard.Epoch >= seat.Epoch && shard.Owner != Me && shard.Owner != seat.Owner)
                {
                    Set(shard.Shard.Value, ShardStanding.Foreign, shard.Owner, shard.Epoch);
                }
                else if (seat.Standing == ShardStanding.Foreign && shard.Epoch > seat.Epoch && shard.Owner != Me)
                {
                    Set(shard.Shard.Value, ShardStanding.Foreign, shard.Owner, shard.Epoch);
                }
            }

            Signal();
        }

        Looked?.Invoke();
    }

    /// <summary>Another node says who owns a shard. True when that is news.</summary>
    public bool Learn(ShardId shard, Incarnation? owner, long epoch)
    {
        bool wasServed;
        lock (_gate)
        {
            var seat = _seats[shard.Value];
            if (epoch <= seat.Epoch || owner is null || owner == Me)
            {
                return false;
            }

            // Whoever is named by a higher epoch has it. When we thought that we had it, we were fenced and have not heard yet.
            wasServed = seat.IsServed;
            Set(shard.Value, ShardStanding.Foreign, owner, epoch);
            Signal();
        }

        if (wasServed)
        {
            OwnChanged?.Invoke();
        }

        Looked?.Invoke();
        return true;
    }

    /// <summary>The shard is about to be ours. False when it is already, or something newer is known.</summary>
    public bool Claim(ShardId shard, long epoch)
    {
        lock (_gate)
        {
            var seat = _seats[shard.Value];
            if (seat.Standing != ShardStanding.Foreign || epoch < seat.Epoch)
            {
                return false;
            }

            Set(shard.Value, ShardStanding.Claiming, seat.Owner, seat.Epoch);
            return true;
        }
    }

    /// <summary>It did not become ours.</summary>
    public void NotClaimed(ShardId shard)
    {
        lock (_gate)
        {
            var seat = _seats[shard.Value];
            if (seat.Standing == ShardStanding.Claiming)
            {
                Set(shard.Value, ShardStanding.Foreign, seat.Owner, seat.Epoch);
            }
        }
    }

    /// <summary>A lane of ours serves it from here on.</summary>
    public void Serve(ShardId shard, Incarnation me, long epoch)
    {
        lock (_gate)
        {
            if (Me != me || epoch < _seats[shard.Value].Epoch)
            {
                return;
            }

            Set(shard.Value, ShardStanding.Serving, me, epoch);
            Signal();
        }

        OwnChanged?.Invoke();
    }

    /// <summary>Moves one of our shards between serving, offering and giving. False when it is not where it was thought to be.</summary>
    public bool Move(ShardId shard, ShardStanding from, ShardStanding to)
    {
        lock (_gate)
        {
            var seat = _seats[shard.Value];
            if (seat.Standing != from)
            {
                return false;
            }

            Set(shard.Value, to, seat.Owner, seat.Epoch);
        }

        if (from == ShardStanding.Giving || to == ShardStanding.Giving)
        {
            OwnChanged?.Invoke();
        }

        return true;
    }

    /// <summary>The shard is another node's; what waited for it goes there.</summary>
    public void Given(ShardId shard, Incarnation to, long epoch)
    {
        lock (_gate)
        {
            if (epoch > _seats[shard.Value].Epoch)
            {
                Set(shard.Value, ShardStanding.Foreign, to, epoch);
                Signal();
            }
        }
    }

    /// <summary>Something else changed that those who wait may want to know: a link is up.</summary>
    public void Touch()
    {
        lock (_gate)
        {
            Signal();
        }

        Looked?.Invoke();
    }

    private void ForgetConfirmations()
    {
        Array.Fill(_confirmedAt, Never);
        _memberAt = Never;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Set(int shard, ShardStanding standing, Incarnation? owner, long epoch)
    {
        var isUnsettled = standing is ShardStanding.Claiming or ShardStanding.Giving;
        var settling = _settling[shard];
        if (isUnsettled)
        {
            settling ??= _settling[shard] = New();
        }
        else if (settling is not null)
        {
            _settling[shard] = null;
        }

        Volatile.Write(ref _seats[shard], new ShardSeat(standing, owner, epoch, isUnsettled ? settling!.Task : Task.CompletedTask)); // made above
        if (!isUnsettled)
        {
            settling?.TrySetResult();
        }
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = New();
        changed.TrySetResult();
    }
}
