using System.Collections.Immutable;

namespace Gantry.Actors.Kernel;

/// <summary>
/// One node's part in the cluster: judges the quiet, fences the dead, claims what nobody owns, moves shards to where they belong (engine 5).
/// Level-triggered: each look at the store is compared with what should be, and the first step not done is asked for again. Sans-I/O.
/// </summary>
public sealed class NodeKernel(NodeSettings settings)
{
    private readonly BeatWatch _beats = new(settings);
    private readonly Dictionary<Incarnation, TimeSpan> _upSince = [];
    private readonly Dictionary<ShardId, TimeSpan> _darkSince = [];
    private readonly Dictionary<ShardId, long> _owned = [];
    private readonly Dictionary<ShardId, Incarnation> _moving = [];
    private readonly Dictionary<ShardId, long> _given = [];
    private readonly HashSet<Incarnation> _fencing = [];

    // Where an operator put them. In memory of this incarnation only: after its end the balance decides again.
    private readonly HashSet<ShardId> _held = [];
    private readonly List<NodeOutput> _out = [];
    private ClusterSight? _sight;
    private bool _isClaiming;
    private bool _isDraining;
    private ImmutableArray<long> _loads = [];

    /// <summary>Whether this incarnation is over.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Shards that lanes of ours serve, with their epochs.</summary>
    public IReadOnlyDictionary<ShardId, long> Owned => _owned;

    /// <summary>When somebody could be judged, on the clock of the inputs: a look then saves the wait for the next regular one. Null for never.</summary>
    public TimeSpan? JudgesAt(TimeSpan at) => IsEnded ? null : _beats.NextAt(at);

    /// <summary>Takes one input. The outputs are valid until the next step.</summary>
    public IReadOnlyList<NodeOutput> Step(in NodeInput input)
    {
        _out.Clear();
        if (!IsEnded)
        {
            Handle(input.What, input.At);
        }

        return _out;
    }

    private void Handle(NodeEvent what, TimeSpan at)
    {
        switch (what)
        {
            case NodeEvent.Seen seen:
                See(seen.Sight, at);
                break;
            case NodeEvent.NotSeen:
                _beats.Forget();
                break;
            case NodeEvent.BeatRefused:
                _out.Add(new NodeOutput.Look());
                break;
            case NodeEvent.LaneEnded ended:
                End(ended.Why, isSuperseded: false);
                break;
            case NodeEvent.FenceDone done:
                _fencing.Remove(done.Who);
                break;
            case NodeEvent.Claimed claimed:
                _isClaiming = false;
                foreach (var shard in claimed.Shards)
                {
                    Gain(shard.Shard, shard.Epoch);
                }

                break;
            case NodeEvent.MoveEnded moved:
                MoveEnded(moved, at);
                break;
            case NodeEvent.MoveAsked asked:
                if (_owned.TryGetValue(asked.Shard, out var epoch) && !_moving.ContainsKey(asked.Shard) && asked.To != settings.Me)
                {
                    Move(new ShardEpoch(asked.Shard, epoch), asked.To, isHeld: PreferredOf(asked.Shard) != asked.To);
                }

                break;
            case NodeEvent.Given given:
                if (given.IsHeld)
                {
                    _held.Add(given.Shard);
                }

                Gain(given.Shard, given.Epoch);
                break;
            case NodeEvent.Drain drain:
                _isDraining = true;
                _loads = drain.Loads;
                break;
            default:
                throw Primitives.Invariant.Unreachable($"node event {what.GetType().Name} is not handled");
        }
    }

    private void See(ClusterSight sight, TimeSpan at)
    {
        var me = sight.Members.FirstOrDefault(m => m.Incarnation == settings.Me);
        if (me is null or { State: MemberState.Dead or MemberState.Left })
        {
            var later = sight.Members.FirstOrDefault(m =>
                m.Incarnation != settings.Me && m.Profile.NodeId == settings.NodeId && m.State is not (MemberState.Dead or MemberState.Left));
            End(
                later is null ? "it was declared dead" : $"another process joined as {later.Profile.NodeId}",
                isSuperseded: later is not null);
            return;
        }

        foreach (var (who, beat) in _beats.Look(sight, at))
        {
            _out.Add(new NodeOutput.DeclareDead(who, beat));
        }

        _sight = sight;
        var up = sight.Members.Where(m => m.State == MemberState.Up).ToArray();
        NoteUp(up, at);
        var wanted = Assignment.Of(up, sight.Shards.Length);
        TakeGiven(sight);
        FenceDead(sight);
        Claim(sight, wanted, at);
        MoveAway(sight, wanted, up, at);
        if (_isDraining && _moving.Count == 0 && (_owned.Count == 0 || !sight.Members.Any(MayTake)))
        {
            _out.Add(new NodeOutput.Drained());
        }
    }

    private bool MayTake(MemberRow member) =>
        member.State is MemberState.Up or MemberState.Joining && member.Incarnation != settings.Me;

    private void NoteUp(MemberRow[] up, TimeSpan at)
    {
        foreach (var gone in _upSince.Keys.Except(up.Select(m => m.Incarnation)).ToList())
        {
            _upSince.Remove(gone);
        }

        foreach (var member in up)
        {
            _upSince.TryAdd(member.Incarnation, at);
        }
    }

    // A shard given to us of which we did not hear: the map says so.
    private void TakeGiven(ClusterSight sight)
    {
        foreach (var shard in sight.Shards)
        {
            if (shard.Owner == settings.Me)
            {
                Gain(shard.Shard, shard.Epoch);
            }
        }
    }

    private void FenceDead(ClusterSight sight)
    {
        foreach (var member in sight.Members)
        {
            if (member is { State: MemberState.Dead or MemberState.Left, HasOpenLane: true } && _fencing.Add(member.Incarnation))
            {
                _out.Add(new NodeOutput.Fence(member.Incarnation));
            }
        }
    }

    private void Claim(ClusterSight sight, Assignment wanted, TimeSpan at)
    {
        var alive = sight.Members.Where(m => m.State is not (MemberState.Dead or MemberState.Left) || m.HasOpenLane)
            .Select(m => m.Incarnation).ToHashSet();
        var free = ImmutableArray.CreateBuilder<ShardId>();
        foreach (var shard in sight.Shards)
        {
            if (shard.Owner is { } owner && alive.Contains(owner))
            {
                _darkSince.Remove(shard.Shard);
                continue;
            }

            _darkSince.TryAdd(shard.Shard, at);
            var rank = wanted.RankOf(shard.Shard, settings.Me);
            if (rank >= 0 && at - _darkSince[shard.Shard] >= rank * settings.StepIn)
            {
                free.Add(shard.Shard);
            }
        }

        if (free.Count > 0 && !_isClaiming && !_isDraining)
        {
            _isClaiming = true;
            _out.Add(new NodeOutput.Claim(free.ToImmutable()));
        }
    }

    // Only the owner starts a move, and only one of a live shard: what others see of the map may be old.
    private void MoveAway(ClusterSight sight, Assignment wanted, MemberRow[] up, TimeSpan at)
    {
        if (up.All(m => m.Incarnation == settings.Me))
        {
            return;
        }

        long? waiting = null;
        foreach (var shard in _loads.IsEmpty ? sight.Shards.AsEnumerable() : sight.Shards.OrderBy(s => _loads[s.Shard.Value]))
        {
            // One that waits for its target is not overtaken by a heavier one (engine 5.8).
            var load = _loads.IsEmpty ? 0 : _loads[shard.Shard.Value];
            if (_moving.Count >= settings.MovesMax || load > waiting)
            {
                return;
            }

            if (!_owned.TryGetValue(shard.Shard, out var epoch) || _moving.ContainsKey(shard.Shard) || TargetOf(shard, wanted, up, at) is not { } target)
            {
                continue;
            }

            if (_moving.ContainsValue(target))
            {
                waiting = load;
            }
            else
            {
                Move(new ShardEpoch(shard.Shard, epoch), target);
            }
        }
    }

    private Incarnation? PreferredOf(ShardId shard) =>
        _sight is { } sight && Assignment.Of(sight.Members.Where(m => m.State == MemberState.Up), sight.Shards.Length).Preferred is { IsEmpty: false } preferred
            ? preferred[shard.Value]
            : null;

    private void Move(ShardEpoch shard, Incarnation to, bool isHeld = false)
    {
        _moving.Add(shard.Shard, to);
        _out.Add(new NodeOutput.Move(shard, to) { IsHeld = isHeld });
    }

    private void MoveEnded(NodeEvent.MoveEnded moved, TimeSpan at)
    {
        _moving.Remove(moved.Shard);
        if (!moved.IsGiven || !_owned.Remove(moved.Shard, out var epoch))
        {
            // Again with the next look only, so that a node that takes nothing is not asked without end.
            return;
        }

        _held.Remove(moved.Shard);
        _given[moved.Shard] = epoch;
        if (_sight is { } sight)
        {
            var up = sight.Members.Where(m => m.State == MemberState.Up).ToArray();
            MoveAway(sight, Assignment.Of(up, sight.Shards.Length), up, at);
        }

        if (_isDraining && _owned.Count == 0)
        {
            _out.Add(new NodeOutput.Look());
        }
    }

    private Incarnation? TargetOf(ShardOwner shard, Assignment wanted, MemberRow[] up, TimeSpan at)
    {
        var preferred = wanted.Preferred[shard.Shard.Value];
        if (_isDraining)
        {
            return preferred != settings.Me ? preferred : up.First(m => m.Incarnation != settings.Me).Incarnation;
        }

        return preferred != settings.Me && !_held.Contains(shard.Shard) && at - _upSince[preferred] >= settings.Settle ? preferred : null;
    }

    // A look that began before we gave a shard away still shows it as ours.
    private void Gain(ShardId shard, long epoch)
    {
        // One that comes back before we know that it left waits for the next look: the lane still has it.
        if (_moving.ContainsKey(shard) || (_given.TryGetValue(shard, out var gone) && epoch <= gone))
        {
            return;
        }

        if (!_owned.TryGetValue(shard, out var known) || known < epoch)
        {
            _owned[shard] = epoch;
            _darkSince.Remove(shard);
            _out.Add(new NodeOutput.Gain(shard, epoch));
        }
    }

    private void End(string why, bool isSuperseded)
    {
        IsEnded = true;
        _out.Add(new NodeOutput.End(why, isSuperseded));
    }
}
