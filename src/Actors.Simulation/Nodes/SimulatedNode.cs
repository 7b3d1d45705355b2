using Gantry.Actors.Kernel;

namespace Gantry.Actors.Simulation;

/// <summary>One process: its lanes, its reconciler, its activities, its clock. It can be killed, stopped for a while, and be succeeded.</summary>
internal sealed class SimulatedNode
{
    private readonly World _world;
    private readonly Dice _dice;
    private readonly List<SimulatedLane> _lanes = [];
    private readonly Dictionary<ShardId, SimulatedLane?> _owners = [];
    private readonly Dictionary<ShardId, long> _epochs = [];
    private readonly Dictionary<ShardId, SimulatedLane> _moving = [];
    private readonly Dictionary<ShardId, (SimulatedLane Lane, long Epoch)> _former = [];
    private readonly HashSet<(SimulatedLane, ShardId)> _misbeliefs = [];
    private readonly HashSet<Attempt> _waiting = [];
    private readonly ReconcilerShell _reconciler;
    private TimeSpan _stoppedAt;
    private TimeSpan _stoppedUntil;
    private TimeSpan _clockOffset;
    private ShardId? _lastMoved;
    private bool _isMember;

    public SimulatedNode(World world, int number, ulong seed, string? nodeId = null)
    {
        _world = world;
        NodeId = nodeId;
        Name = nodeId is null ? $"n{number}" : $"{nodeId}/{number}";
        _dice = new Dice(seed, Name);
        Incarnation = new Incarnation(_dice.Source.NewGuid());
        _lanes.AddRange(Enumerable.Range(0, world.Settings.Lanes).Select(i => new SimulatedLane(this, world, i, seed + (ulong)number)));
        Activities = new ActivityShell(this, world, seed);
        _reconciler = new ReconcilerShell(this, world, seed);
        Member = nodeId is null ? null : new MemberShell(this, world);
    }

    public string Name { get; }

    /// <summary>Its name in the cluster; null for a node that is alone.</summary>
    public string? NodeId { get; }

    /// <summary>Its part in the cluster; null for a node that is alone.</summary>
    public MemberShell? Member { get; }

    public Incarnation Incarnation { get; }

    public ActivityShell Activities { get; }

    public bool IsDead { get; private set; }

    public bool IsJoined => _owners.Count > 0 || _isMember;

    /// <summary>Shards it serves; their reconciler keys are its to work.</summary>
    public ShardSet Shards => new(_owners.Where(o => o.Value is not null).Select(o => o.Key), _world.Settings.ShardCount);

    /// <summary>What the process reads on its clock.</summary>
    public DateTimeOffset Clock => Clockwork.Begin + _world.Now + _clockOffset;

    /// <summary>How long the process is still stopped; null when it runs.</summary>
    public TimeSpan? StoppedFor => _stoppedUntil > _world.Now ? _stoppedUntil - _world.Now : null;

    public void Begin()
    {
        if (Member is not null)
        {
            Member.Begin();
            return;
        }

        _world.Store.Join(Incarnation, _lanes.Count, shards =>
        {
            if (!IsDead)
            {
                Joined(shards);
            }
        });
    }

    /// <summary>The store knows the incarnation: lanes begin, with the shards that it has.</summary>
    public void Joined(IReadOnlyList<ShardEpoch> shards)
    {
        _world.Note($"{Name} joined");
        _isMember = true;
        foreach (var lane in _lanes)
        {
            lane.Complete(LaneEvent.Start.Instance);
        }

        foreach (var shard in shards)
        {
            Gain(shard.Shard, shard.Epoch);
        }

        _reconciler.Begin();
    }

    public SimulatedLane? LaneOf(ShardId shard) => _owners.GetValueOrDefault(shard);

    public void Gain(ShardId shard, long epoch)
    {
        var lane = _lanes[shard.Value % _lanes.Count];
        Gain(lane, shard, epoch);
        if (Member is not null)
        {
            _reconciler.ShardsChanged();
        }
    }

    public void Lose(ShardId shard)
    {
        _former[shard] = (_lanes[shard.Value % _lanes.Count], _epochs[shard]);
        _owners.Remove(shard);
        _reconciler.ShardsChanged();
    }

    /// <summary>
    /// A lane takes a shard that it gave away for its own, as it would by a bug or a store that was edited by hand: the owner test alone stands
    /// between it and a second history, and ends the lane at its first batch (engine 6).
    /// </summary>
    public void Misbelieve(Dice dice)
    {
        var shards = _former.Where(f => !_moving.ContainsKey(f.Key) && LaneOf(f.Key) != f.Value.Lane && !_misbeliefs.Contains((f.Value.Lane, f.Key)))
            .OrderBy(f => f.Key.Value).ToList();
        if (shards.Count > 0)
        {
            var (shard, (lane, epoch)) = shards[dice.Between(0, shards.Count - 1)];
            _world.Note($"{lane} takes shard {shard} for its own at epoch {epoch}");
            _misbeliefs.Add((lane, shard));
            lane.Complete(new LaneEvent.Gain(shard, epoch));
        }
    }

    /// <summary>The lane took a shard of another for its own: the store may tell it what a lane without a bug is never told.</summary>
    public bool HasMisbelief(SimulatedLane lane) => _misbeliefs.Any(m => m.Item1 == lane);

    /// <summary>kill -9: whoever waits learns that nobody answers.</summary>
    public void Kill(string why)
    {
        if (!IsDead)
        {
            _world.Note($"{Name} dies: {why}");
            IsDead = true;
            foreach (var attempt in _waiting.ToList())
            {
                attempt.BrokenOff(_dice.Upto(0.1));
            }

            _waiting.Clear();
        }
    }

    public void Stop(TimeSpan time)
    {
        _world.Note($"{Name} stopped for {time.TotalSeconds:0.00} s");
        _stoppedAt = StoppedFor is null ? _world.Now : _stoppedAt;
        _stoppedUntil = StoppedFor > time ? _stoppedUntil : _world.Now + time;
        Member?.Paused(_stoppedAt, _stoppedUntil);
    }

    public void StepClock(TimeSpan by)
    {
        _world.Note($"{Name} clock steps by {by.TotalSeconds:0.00} s");
        _clockOffset += by;
    }

    public void Resume()
    {
        if (StoppedFor is not null)
        {
            _stoppedUntil = default;
            Member?.Paused(_stoppedAt, _world.Now);
        }
    }

    /// <summary>A lane is over, so this incarnation is: the whole process ends.</summary>
    public void LaneEnded(string why) => _world.After(TimeSpan.FromTicks(1), () =>
    {
        if (Member is null)
        {
            Kill("a lane ended");
        }
        else
        {
            Deliver(() => Member.LaneEnded(why));
        }
    });

    /// <summary>False when it was not waited for any more.</summary>
    public bool StopsWaiting(Attempt attempt) => _waiting.Remove(attempt);

    public void Ask(Attempt attempt, EntityAddress to, CommandKey key, object command, TimeSpan deadline)
    {
        if (IsDead)
        {
            attempt.Answered(new AskAnswer.Unavailable(TimeSpan.FromSeconds(1)));
            return;
        }

        if (Member is not null)
        {
            _waiting.Add(attempt);
            Deliver(() => new RoutedAsk(_world, this, attempt, to, key, command, deadline).Begin());
            return;
        }

        var shard = ShardId.Of(to, _world.Settings.ShardCount);
        if (_owners.GetValueOrDefault(shard) is not { } lane)
        {
            attempt.Answered(new AskAnswer.Unavailable(TimeSpan.FromSeconds(1)));
            return;
        }

        var isTaken = lane.Arrive(new LaneEvent.Arrive
        {
            To = to,
            Shard = shard,
            Command = command,
            Key = key,
            Caller = Principal.Engine,
            Deadline = Clock + deadline,
            ReplyTo = attempt,
        });
        if (isTaken)
        {
            _waiting.Add(attempt);
        }
        else
        {
            attempt.Answered(new AskAnswer.Overloaded(TimeSpan.FromSeconds(1)));
        }
    }

    /// <summary>Doorbells between lanes: on the wire of a cluster they are late, lost, doubled and out of order.</summary>
    public void Ring(Doorbell bell)
    {
        if (_world.Faults.Strikes("bell-lost", 0.1))
        {
            return;
        }

        var copies = _world.Faults.Strikes("bell-doubled", 0.1) ? 2 : 1;
        for (var i = 0; i < copies; i++)
        {
            var delay = _world.Faults.Strikes("bell-late", 0.1) ? _dice.Upto(3) : _dice.Upto(0.002);
            _world.After(delay, () => RingAt(bell));
        }
    }

    private void RingAt(Doorbell bell)
    {
        if (_owners.GetValueOrDefault(bell.Target) is { } lane)
        {
            lane.Arrive(new LaneEvent.Ring(bell));
        }
        else if (Member?.OwnerOf(bell.Target) is { } owner && _world.Nodes.Find(owner) is { } other)
        {
            _world.Links.TrySend(this, other, at => at.LaneOf(bell.Target)?.Arrive(new LaneEvent.Ring(bell)));
        }
    }

    public void Nudge(string key)
    {
        if (!_world.Faults.Strikes("nudge-lost", 0.2))
        {
            NudgeAt(key);
        }
    }

    private void NudgeAt(string key)
    {
        var shard = ShardId.Of(new EntityAddress("machine", key), _world.Settings.ShardCount);
        if (Member is null || _owners.ContainsKey(shard))
        {
            _reconciler.Nudge(key);
        }
        else if (Member.OwnerOf(shard) is { } owner && _world.Nodes.Find(owner) is { } other)
        {
            _world.Links.TrySend(this, other, at => at._reconciler.Nudge(key));
        }
    }

    /// <summary>Runs something in the process when it is not stopped; never when it is dead.</summary>
    public void Deliver(Action act)
    {
        if (IsDead)
        {
            return;
        }

        if (StoppedFor is { } pause)
        {
            _world.After(pause, () => Deliver(act));
            return;
        }

        act();
    }

    /// <summary>A shard goes from its lane to another: the old one lets go first, then the store raises the epoch.</summary>
    public void MoveShard()
    {
        // One that moved is soon moved again: what was asked for at its first stay comes in at its second.
        var shard = _lastMoved is { } last && _dice.Chance(0.7) ? last : new ShardId(_dice.Between(0, _world.Settings.ShardCount - 1));
        if (IsDead || _owners.GetValueOrDefault(shard) is not { } from)
        {
            return;
        }

        var to = _lanes[_dice.Between(0, _lanes.Count - 1)];
        _world.Note($"{Name} moves shard {shard} from lane {from.Number} to {to.Number}");
        _lastMoved = shard;
        _owners[shard] = null;
        _moving[shard] = to;
        from.Complete(new LaneEvent.Yield(shard));
    }

    public void Yielded(SimulatedLane from, ShardId shard)
    {
        var to = _moving[shard];
        _world.After(_dice.Around(_world.Settings.StoreTime), () =>
        {
            if (_world.Store.Memory.Transfer(Incarnation, shard) is { } epoch)
            {
                _world.Judge.Moved(shard, epoch);
                _world.Note($"{Name} shard {shard} is at lane {to.Number} with epoch {epoch}, was at {from.Number}");
                Deliver(() =>
                {
                    _moving.Remove(shard);
                    _former[shard] = (from, _epochs[shard]);
                    Gain(to, shard, epoch);
                });
            }
        });
    }

    public string? WhyNotQuiet()
    {
        if (IsDead || !IsJoined)
        {
            return "the node has not joined";
        }

        if (Member?.WhyNotQuiet() is { } why)
        {
            return why;
        }

        if (_moving.Count > 0)
        {
            return $"shard {_moving.First().Key} is on its way";
        }

        return _lanes.Find(l => !l.IsQuiet) is { } busy ? $"lane {busy} has work in hand" : _reconciler.WhyNotQuiet() ?? Activities.WhyNotQuiet();
    }

    private void Gain(SimulatedLane lane, ShardId shard, long epoch)
    {
        _owners[shard] = lane;
        _epochs[shard] = epoch;
        if (_misbeliefs.Contains((lane, shard)))
        {
            LaneEnded($"shard {shard} is gained twice");
            return;
        }

        lane.Complete(new LaneEvent.Gain(shard, epoch));
    }
}
