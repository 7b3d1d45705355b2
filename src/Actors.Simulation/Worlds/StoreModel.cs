using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Simulation;

/// <summary>
/// The store as the nodes meet it: the memory store (checked against the real ones by <c>Store.Conformance</c>) behind a wire that takes
/// time and breaks. A commit may be done and answered, done and its answer lost, not done, or hang and be done much later.
/// </summary>
internal sealed class StoreModel
{
    /// <summary>What a failed call says.</summary>
    public const string NoAnswer = "no answer";

    private const int FailoversMax = 2;
    private const int LostTransfersMax = 2;

    private readonly World _world;
    private readonly Dice _dice;
    private readonly TimeSpan _time;
    private readonly Dictionary<Incarnation, TimeSpan> _cutUntil = [];
    private readonly Dictionary<Incarnation, int> _timelines = [];
    private readonly HashSet<(Incarnation, int)> _halfSent = [];
    private TimeSpan _fullUntil;
    private TimeSpan _outUntil;
    private MemoryTables _kept;
    private int _timeline;
    private int _failovers;
    private int _lostTransfers;
    private TimeSpan _aloneUntil;

    public StoreModel(World world, ulong seed)
    {
        _world = world;
        _dice = new Dice(seed, "store");
        _time = world.Settings.StoreTime;
        Memory = new MemoryStore(new Dice(seed, "store-ids").Source) { Mutations = world.Mutant.Store };
        Inline.Done(Memory.OpenAsync(new StoreOptions(world.Settings.ShardCount, world.Model.Views), CancellationToken.None));
        _kept = Memory.Tables;
    }

    public MemoryStore Memory { get; }

    /// <summary>The disk is full for a while: every commit fails, and is known to have failed.</summary>
    public void FillDisk(TimeSpan time) => _fullUntil = _world.Now + time;

    /// <summary>A node does not reach the store for a while.</summary>
    public void Cut(Incarnation node, TimeSpan time)
    {
        _world.Note($"{_world.Nodes.Find(node)?.Name} does not reach the store for {time.TotalSeconds:0.0} s");
        _cutUntil[node] = _world.Now + time;
    }

    /// <summary>Nobody does.</summary>
    public void Outage(TimeSpan time)
    {
        _world.Note($"the store is down for {time.TotalSeconds:0.0} s");
        _outUntil = _world.Now + time;
    }

    /// <summary>
    /// A standby takes over. Synchronous replication keeps whatever could be answered; what was still waiting for it is lost, though some may
    /// have read it.
    /// </summary>
    public void FailOver()
    {
        _timeline++;
        _aloneUntil = default;
        _world.Note($"the store fails over to timeline {_timeline}");
        Memory.Change(_ => (0, _kept));
        _halfSent.Clear();
        _world.Judge.LostTail();
    }

    /// <summary>The store can be reached by all.</summary>
    public void Mend()
    {
        _cutUntil.Clear();
        _outUntil = default;
        _fullUntil = default;
    }

    /// <summary>An incarnation met the store as it is now.</summary>
    public void Joined(Incarnation me) => _timelines[me] = _timeline;

    /// <summary>Shards without a living owner; null when every shard has one.</summary>
    public string? WhyNotOwned()
    {
        foreach (var (shard, state) in Memory.Tables.Shards)
        {
            if (state.Owner is not { } owner || _world.Nodes.Find(owner) is not { IsDead: false } node || node.LaneOf(shard) is null)
            {
                return $"shard {shard} is dark";
            }
        }

        return null;
    }

    /// <summary>A small transaction of membership: done and answered, done and the answer lost, or not done.</summary>
    public void Member<T>(Incarnation by, string kind, Func<T> act, Action<T> done, Action lost)
    {
        if (!IsReached(by) || _world.Faults.Strikes($"member-{kind}-failed", 0.01))
        {
            _world.After(_dice.Upto(2), lost);
            return;
        }

        var isSlow = _world.Faults.Strikes($"member-{kind}-slow", 0.02);
        After(() =>
        {
            if (IsElsewhere(by))
            {
                return;
            }

            if (kind != "look" && IsAlone)
            {
                Hang(lost);
                return;
            }

            var result = act();
            if (kind != "look")
            {
                Keep();
            }

            var isLost = !IsReached(by) || _world.Faults.Strikes($"member-{kind}-unanswered", 0.01);
            _world.After(isSlow ? _dice.Upto(4) : _dice.Around(_time), () =>
            {
                if (isLost)
                {
                    lost();
                }
                else
                {
                    done(result);
                }
            });
        });
    }

    /// <summary>Ends the sessions of a dead incarnation, for one stopped in the middle of sending keeps its row locks for ever; then fences.</summary>
    public bool Fence(Incarnation who)
    {
        if (!_world.Mutant.AreSessionsLeft)
        {
            _halfSent.RemoveWhere(s => s.Item1 == who);
        }

        return !_halfSent.Any(s => s.Item1 == who) && Inline.Done(Memory.Membership.FenceAsync(who, CancellationToken.None));
    }

    /// <summary>Gives a shard away as a batch of its own.</summary>
    public void Transfer(LaneTicket ticket, ShardEpoch shard, Incarnation to, Action<LaneEvent> answer)
    {
        var by = ticket.Incarnation;
        if (!IsReached(by) || _world.Faults.Strikes("transfer-lost", 0.03))
        {
            _world.After(_dice.Upto(2), () => answer(new LaneEvent.CommitFailed(ticket.BatchNumber, IsOutcomeKnown: false, "no answer, not done")));
            return;
        }

        // Its session ended while it waited for a standby that is gone: whoever looks sees it, until the next primary does not have it.
        var isLost = _lostTransfers < LostTransfersMax && _world.Faults.Strikes("transfer-unreplicated", 0.03);
        After(() =>
        {
            if (IsElsewhere(by))
            {
                return;
            }

            if (IsAlone)
            {
                Hang(NotDone);
                return;
            }

            var result = Inline.Done(Memory.Membership.TransferAsync(ticket, shard, to, CancellationToken.None));
            _world.Note($"transfer {ticket.Lane}.{ticket.Session}.{ticket.BatchNumber} of shard {shard.Shard}: {StoreAnswers.Name(result)}");
            if (result is CommitResult.Committed)
            {
                _world.Judge.Joined(to, [shard with { Epoch = shard.Epoch + 1 }]);
                if (isLost)
                {
                    _lostTransfers++;
                    LoseStandby();
                    Hang(NotDone);
                    return;
                }

                Keep();
            }

            if (_world.Faults.Strikes("transfer-unanswered", 0.03))
            {
                After(() => answer(new LaneEvent.CommitFailed(ticket.BatchNumber, IsOutcomeKnown: false, "no answer to a transfer")));
                return;
            }

            After(() => answer(result switch
            {
                CommitResult.Committed => new LaneEvent.Committed(ticket.BatchNumber, 0),
                CommitResult.Fenced { Why: FenceReason.NotOwner } refused => new LaneEvent.NotTransferred(ticket.BatchNumber, refused.Detail),
                _ => StoreAnswers.Of(ticket.BatchNumber, 0, result, _world.Decoder),
            }));
        });

        void NotDone() => answer(new LaneEvent.CommitFailed(ticket.BatchNumber, IsOutcomeKnown: false, "no answer to a transfer, no standby"));
    }

    public void Join(Incarnation me, int lanes, Action<IReadOnlyList<ShardEpoch>> joined) => After(() =>
    {
        var shards = Inline.Done(Memory.JoinAsync(me, "node", lanes, CancellationToken.None));
        _world.Judge.Joined(me, shards);
        After(() => joined(shards));
    });

    public void Commit(LaneTicket ticket, LaneBatch batch, CommitBatch rows, int bytes, Action<LaneEvent> answer)
    {
        var what = $"commit {ticket.Lane}.{ticket.Session}.{ticket.BatchNumber}";
        var faults = _world.Faults;
        if (!IsReached(ticket.Incarnation))
        {
            _world.After(_dice.Upto(2), () => Failed(isKnown: false, "the store is not reached"));
        }
        else if (_world.Settings.Nodes > 1 && faults.Strikes("commit-half-sent", 0.005))
        {
            // The client stopped in the middle of sending: nothing is done, and the lane's row stays locked.
            _halfSent.Add((ticket.Incarnation, ticket.Lane));
            _world.After(_dice.Upto(3), () => Failed(isKnown: false, "no answer, half sent"));
        }
        else if (_world.Settings.Nodes > 1 && _failovers < FailoversMax && faults.Strikes("commit-unreplicated", 0.003))
        {
            // Its session ended while it waited for the standby: it is there, others see it, and the next primary may not have it.
            _failovers++;
            After(() =>
            {
                if (Apply(isReplicated: false) is not null)
                {
                    _world.After(_dice.Upto(0.02), FailOver);
                }

                After(() => Failed(isKnown: false, "no answer, not replicated"));
            });
        }
        else if (_world.Now < _fullUntil || faults.Strikes("commit-refused", 0.02))
        {
            After(() => Failed(isKnown: true, "the disk is full"));
        }
        else if (faults.Strikes("commit-lost", 0.02))
        {
            After(() => Failed(isKnown: false, "no answer, not done"));
        }
        else if (faults.Strikes("commit-stalled", 0.02))
        {
            _world.After(_dice.Upto(2), () => Failed(isKnown: false, "no answer, on its way"));
            _world.After(_dice.Upto(4), () => Apply());
        }
        else if (faults.Strikes("commit-unanswered", 0.02))
        {
            After(() =>
            {
                Apply();
                After(() => Failed(isKnown: false, "no answer, done"));
            });
        }
        else
        {
            After(() =>
            {
                if (Apply() is { } result)
                {
                    After(() => answer(StoreAnswers.Of(ticket.BatchNumber, bytes, result, _world.Decoder)));
                }
                else
                {
                    Hang(() => Failed(isKnown: false, "no answer, no standby"));
                }
            });
        }

        // Null: it hangs, for there is no standby.
        CommitResult? Apply(bool isReplicated = true)
        {
            if (IsElsewhere(ticket.Incarnation))
            {
                return new CommitResult.Fenced(FenceReason.Fenced, "the store is another one");
            }

            if (IsAlone)
            {
                return null;
            }

            var result = Inline.Done(Memory.CommitAsync(ticket, rows, CancellationToken.None));
            _world.Note($"{what} {StoreAnswers.Name(result)}");
            if (result is CommitResult.Committed)
            {
                _world.Judge.Committed(ticket.Incarnation, batch, rows);
                if (isReplicated)
                {
                    Keep();
                }
            }

            return result;
        }

        void Failed(bool isKnown, string why)
        {
            _world.Note($"{what}: {why}");
            answer(new LaneEvent.CommitFailed(ticket.BatchNumber, isKnown, why));
        }
    }

    public void Resolve(Incarnation me, int lane, Action<LaneEvent> answer)
    {
        if (!IsReached(me) || (_world.Mutant.AreSessionsLeft && _halfSent.Contains((me, lane))) || _world.Faults.Strikes("resolve-lost", 0.05))
        {
            After(() => answer(new LaneEvent.ResolveFailed("no answer, not done")));
            return;
        }

        After(() =>
        {
            if (IsElsewhere(me))
            {
                return;
            }

            if (IsAlone)
            {
                Hang(() => answer(new LaneEvent.ResolveFailed("no answer, no standby")));
                return;
            }

            // The session before is ended first.
            _halfSent.Remove((me, lane));
            var probe = Inline.Done(Memory.ResolveAsync(me, lane, CancellationToken.None));

            // A write: its own commit covers everything before it, where a plain read would take the unreplicated for durable (engine 3.4).
            Keep();
            _world.Note($"resolve {lane}: session {probe.Session}, batch {probe.LastBatch}{(probe.Fenced ? ", fenced" : "")}");
            if (_world.Faults.Strikes("resolve-unanswered", 0.05))
            {
                After(() => answer(new LaneEvent.ResolveFailed("no answer, done")));
            }
            else
            {
                After(() => answer(new LaneEvent.Resolved(probe.Session, probe.LastBatch, probe.Fenced)));
            }
        });
    }

    public void Confirm(LaneTicket ticket, Action<LaneEvent> answer) => Read<LaneEvent>(
        ticket.Incarnation,
        "confirm",
        0.02,
        () => new LaneEvent.Confirmed(Inline.Done(Memory.ConfirmAsync(ticket, CancellationToken.None))),
        answer,
        () => answer(new LaneEvent.ConfirmFailed(NoAnswer)));

    /// <summary>Any read: once done after some time, and answered after some more; slow now and then.</summary>
    public void Read<T>(Incarnation by, string kind, double rate, Func<T> read, Action<T> answer, Action failed)
    {
        if (!IsReached(by) || _world.Faults.Strikes($"{kind}-failed", rate))
        {
            After(failed);
            return;
        }

        var isSlow = _world.Faults.Strikes($"{kind}-slow", rate);
        After(() =>
        {
            if (IsElsewhere(by))
            {
                return;
            }

            var found = read();
            _world.After(isSlow ? _dice.Upto(6) : _dice.Around(_time), () => answer(found));
        });
    }

    /// <summary>A small write whose loss the caller makes good by trying again; it goes on when the mark is there.</summary>
    public void Write(string kind, double rate, Action done)
    {
        var tries = _world.Faults.Strikes($"{kind}-failed", rate) ? 2 : 1;
        _world.After(_dice.Around(_time) * tries, done);
    }

    public void SaveSnapshots(Incarnation me, IReadOnlyList<SnapshotRow> rows)
    {
        if (!_world.Faults.Strikes("snapshot-lost", 0.1))
        {
            _world.After(_dice.Around(_time * 3), () =>
            {
                if (IsReached(me) && !IsElsewhere(me) && !IsAlone)
                {
                    Inline.Done(Memory.SaveSnapshotsAsync(me, rows, CancellationToken.None));
                    Keep();
                }
            });
        }
    }

    // The standby is gone: nothing that is written is answered, what is read is the old primary's, and then there is another one.
    private void LoseStandby()
    {
        var time = _dice.Upto(4);
        _world.Note($"the store has no standby for {time.TotalSeconds:0.00} s");
        var until = _world.Now + time;
        _aloneUntil = until;
        _world.After(time, () =>
        {
            if (_aloneUntil == until)
            {
                FailOver();
            }
        });
    }

    private bool IsAlone => _aloneUntil != default;

    // Not done; whoever waits learns it when the primary is gone.
    private void Hang(Action lost)
    {
        var left = _aloneUntil - _world.Now;
        _world.After((left > TimeSpan.Zero ? left : TimeSpan.Zero) + _dice.Around(_time), lost);
    }

    private bool IsReached(Incarnation by) => _world.Now >= _outUntil && _world.Now >= _cutUntil.GetValueOrDefault(by);

    // Every connection checks that it is the store that it was: what the node remembers may be in the lost tail (engine 3.4).
    private bool IsElsewhere(Incarnation by)
    {
        if (_timelines.GetValueOrDefault(by) == _timeline || _world.Mutant.IsTimelineIgnored)
        {
            return false;
        }

        _world.Nodes.Find(by)?.Kill("the store is another one");
        return true;
    }

    // The standby has everything up to here: a commit that is answered covers all before it.
    private void Keep()
    {
        _kept = Memory.Tables;
        _world.Judge.Kept();
    }

    private void After(Action act) => _world.After(_dice.Around(_time), act);
}
