using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Simulation;

/// <summary>The shell of one production <see cref="NodeKernel"/>: joins, beats, looks, and does what the kernel wants.</summary>
internal sealed class MemberShell
{
    private readonly SimulatedNode _node;
    private readonly World _world;
    private readonly NodeKernel _kernel;
    private readonly NodeSettings _settings;
    private readonly TimeSpan _began;
    private readonly Dictionary<ShardId, Incarnation> _map = [];
    private readonly Dictionary<ShardId, HandOff> _handOffs = [];
    private TimeSpan _unseenAt;
    private TimeSpan _pausedUntil;
    private TimeSpan _muteUntil;
    private bool _isLooking;
    private bool _isUp;

    public MemberShell(SimulatedNode node, World world)
    {
        _node = node;
        _world = world;
        _began = world.Now;
        _unseenAt = world.Now;
        _settings = new NodeSettings { NodeId = node.NodeId!, Me = node.Incarnation, Mutations = world.Mutant.Kernel }; // a member has a name
        _kernel = new NodeKernel(_settings);
    }

    private IMembershipStore Members => _world.Store.Memory.Membership;

    private Incarnation Me => _node.Incarnation;

    public void Begin()
    {
        _world.Store.Joined(Me);
        Join();
    }

    private void Join() => Call(
        "join",
        () =>
        {
            Inline.Done(Members.JoinAsync(Me, new MemberProfile { NodeId = _node.NodeId! }, _world.Settings.Lanes, CancellationToken.None)); // likewise
            return true;
        },
        _ => Call("enter", () => Inline.Done(Members.EnterAsync(Me, MemberState.Up, CancellationToken.None)), Entered, () => _node.Kill("could not enter")),
        () => _node.Kill("could not join"));

    /// <summary>The owner as this node knows it; null for none.</summary>
    public Incarnation? OwnerOf(ShardId shard) => _map.TryGetValue(shard, out var owner) && owner != Me ? owner : null;

    /// <summary>An ask came back: what the map says of that node is old.</summary>
    public void NotThere(Incarnation owner)
    {
        foreach (var (shard, _) in _map.Where(s => s.Value == owner).ToList())
        {
            _map.Remove(shard);
        }

        Look();
    }

    /// <summary>Takes a command for a shard of ours; false when it is not.</summary>
    public bool TryServe(ShardId shard, LaneEvent.Arrive ask)
    {
        if (_handOffs.TryGetValue(shard, out var leaving) && leaving.IsGiving)
        {
            return leaving.TryKeep(ask);
        }

        return _node.LaneOf(shard) is { } lane && lane.Arrive(ask);
    }

    public void Drain() => Call(
        "drain",
        () => Inline.Done(Members.EnterAsync(Me, MemberState.Draining, CancellationToken.None)),
        isDone =>
        {
            if (isDone)
            {
                _world.Note($"{_node.Name} drains");
                Step(new NodeEvent.Drain());
            }
        },
        () => { });

    /// <summary>An operator moves a shard, wherever it belongs.</summary>
    public void MoveSome(Dice dice, Incarnation to)
    {
        if (_kernel.Owned.Count > 0)
        {
            Step(new NodeEvent.MoveAsked(_kernel.Owned.Keys.OrderBy(s => s.Value).ElementAt(dice.Between(0, _kernel.Owned.Count - 1)), to));
        }
    }

    public void LaneEnded(string why) => Step(new NodeEvent.LaneEnded(why));

    public void GiveAway(ShardEpoch shard, Incarnation to)
    {
        if (_node.LaneOf(shard.Shard) is { } lane)
        {
            lane.Complete(new LaneEvent.GiveAway(shard.Shard, to));
        }
        else
        {
            TransferEnded(shard.Shard, isGiven: false, shard.Epoch);
        }
    }

    public void TransferEnded(ShardId shard, bool isGiven, long epoch)
    {
        if (_handOffs.Remove(shard, out var ended))
        {
            ended.Ended(isGiven, epoch);
        }
    }

    public void Moved(ShardId shard, bool isGiven, Incarnation to, long epoch)
    {
        _world.Note($"{_node.Name} {(isGiven ? $"gave shard {shard} at epoch {epoch}" : $"keeps shard {shard}")}");
        if (isGiven)
        {
            _node.Lose(shard);
            _map[shard] = to;
        }

        Step(new NodeEvent.MoveEnded(shard, isGiven));
    }

    public void NotMoved(ShardId shard)
    {
        _handOffs.Remove(shard);
        Step(new NodeEvent.MoveEnded(shard, IsGiven: false));
    }

    public void Given(ShardId shard, long epoch) => Step(new NodeEvent.Given(shard, epoch));

    public string? WhyNotQuiet() => !_isUp ? $"{_node.Name} is not up" : _handOffs.Count > 0 ? $"{_node.Name} moves shard {_handOffs.First().Key}" : null;

    /// <summary>The process is stopped: what it saw before does not count, unless it is so short that no look is missed.</summary>
    public void Paused(TimeSpan from, TimeSpan until) =>
        _pausedUntil = until - from > 2 * _settings.Scan ? until : _pausedUntil > from ? TimeSpan.Zero : _pausedUntil;

    /// <summary>Its beats do not arrive for a while.</summary>
    public void Mute(TimeSpan time)
    {
        _world.Note($"{_node.Name} loses its beats for {time.TotalSeconds:0.0} s");
        _muteUntil = _world.Now + time;
    }

    private void Entered(bool isUp)
    {
        if (!isUp)
        {
            _node.Kill("it was dead before it was up");
            return;
        }

        _isUp = true;
        _node.Joined([]);
        Beat();
        LookAgain();
    }

    private void Beat()
    {
        if (_world.Now >= _muteUntil)
        {
            Call("beat", () => Inline.Done(Members.BeatAsync(Me, [], CancellationToken.None)), Beaten, () => { });
        }

        Later(_settings.Beat, Beat);

        void Beaten(bool isLiving)
        {
            if (!isLiving)
            {
                Step(new NodeEvent.BeatRefused());
            }
        }
    }

    private void LookAgain()
    {
        Look();
        Later(_settings.Scan, LookAgain);
    }

    private void Look()
    {
        if (_isLooking)
        {
            return;
        }

        _isLooking = true;
        Call(
            "look",
            () => Inline.Done(Members.ReadAsync(CancellationToken.None)),
            sight =>
            {
                _isLooking = false;
                foreach (var shard in sight.Shards)
                {
                    if (shard.Owner is { } owner)
                    {
                        _map[shard.Shard] = owner;
                    }
                    else
                    {
                        _map.Remove(shard.Shard);
                    }
                }

                Step(new NodeEvent.Seen(sight));
            },
            () =>
            {
                _isLooking = false;
                _unseenAt = _world.Now;
                Step(new NodeEvent.NotSeen(StoreModel.NoAnswer));
            });
    }

    private void Step(NodeEvent what)
    {
        if (_node.IsDead)
        {
            return;
        }

        foreach (var output in _kernel.Step(new NodeInput(_world.Now - _began, what)).ToList())
        {
            Do(output);
        }
    }

    private void Do(NodeOutput output)
    {
        switch (output)
        {
            case NodeOutput.Look:
                Later(TimeSpan.FromMilliseconds(10), Look);
                break;
            case NodeOutput.DeclareDead dead:
                Declare(dead);
                break;
            case NodeOutput.Fence fence:
                Call(
                    "fence",
                    () => _world.Store.Fence(fence.Who),
                    isThrough => Step(new NodeEvent.FenceDone(fence.Who, isThrough)),
                    () => Step(new NodeEvent.FenceDone(fence.Who, IsThrough: false)));
                break;
            case NodeOutput.Claim claim:
                Call(
                    "claim",
                    () =>
                    {
                        var taken = Inline.Done(Members.ClaimAsync(Me, claim.Shards, CancellationToken.None));
                        _world.Judge.Joined(Me, taken);
                        return taken;
                    },
                    taken => Step(new NodeEvent.Claimed(taken)),
                    () => Step(new NodeEvent.Claimed([])));
                break;
            case NodeOutput.Gain gain:
                _world.Note($"{_node.Name} gains shard {gain.Shard} at epoch {gain.Epoch}");
                _node.Gain(gain.Shard, gain.Epoch);
                break;
            case NodeOutput.Move move:
                var handOff = new HandOff(_world, this, _node, move.Shard, _world.Nodes.Find(move.To));
                _handOffs[move.Shard.Shard] = handOff;
                handOff.Begin();
                break;
            case NodeOutput.End end:
                _node.Kill(end.Why);
                break;
            case NodeOutput.Drained:
                Call("leave", () => Inline.Done(Members.EnterAsync(Me, MemberState.Left, CancellationToken.None)), _ => _node.Kill("left"), () => { });
                break;
            default:
                break;
        }
    }

    private void Declare(NodeOutput.DeclareDead dead)
    {
        // After a pause of its own or an outage nobody may judge before one quiet time-to-live (engine 5.3).
        var seenFor = _world.Now - (_unseenAt > _pausedUntil ? _unseenAt : _pausedUntil);
        if (seenFor < _settings.TimeToLive - TimeSpan.FromMilliseconds(1))
        {
            _world.Judge.Violated("5.3", $"{_node.Name} judges {dead.Who} after {seenFor.TotalSeconds:0.00} s of watching");
        }

        Call(
            "declare",
            () => Inline.Done(Members.DeclareDeadAsync(dead.Who, dead.BeatSeen, CancellationToken.None)),
            isDead => _world.Note($"{_node.Name} declared {_world.Nodes.Find(dead.Who)?.Name} dead: {isDead}"),
            () => { });
    }

    private void Later(TimeSpan delay, Action act) => _world.After(delay, () => _node.Deliver(act));

    private void Call<T>(string kind, Func<T> act, Action<T> done, Action lost) => _world.Store.Member(
        Me, kind, act, result => _node.Deliver(() => done(result)), () => _node.Deliver(lost));
}
