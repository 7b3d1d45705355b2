namespace Gantry.Actors.Kernel;

/// <summary>
/// One lane: admits, decides, batches, commits and answers for the entities of its shards (engine 4). Sans-I/O: a step function from
/// inputs to outputs, without clock, lock or await. Not thread-safe: one step at a time.
/// </summary>
public sealed class LaneKernel
{
    private readonly LaneContext _lane;
    private readonly SlotTable _slots;
    private readonly LoadDesk _loads;
    private readonly QuietDesk _quiet;
    private readonly MailDesk _mail;
    private readonly ScanDesk _scans;
    private readonly DecisionDesk _decisions;
    private readonly BatchDesk _batches;
    private readonly Admission _admission;
    private readonly Deadlines _deadlines;
    private readonly Supervisor _supervisor;
    private int _yielding;

    /// <summary>Makes a lane that owns nothing yet.</summary>
    public LaneKernel(LaneSettings settings)
    {
        var receipts = new ReceiptCache();
        _lane = new LaneContext(settings);
        _slots = new SlotTable(_lane);
        _loads = new LoadDesk(_lane);
        _quiet = new QuietDesk(_lane, _slots);
        _mail = new MailDesk(_lane, _slots, _loads);
        _scans = new ScanDesk(_lane, _mail);
        _supervisor = new Supervisor(_lane, _slots, _loads, _mail);
        _decisions = new DecisionDesk(_lane, _slots, _quiet, _mail, _supervisor);
        var commits = new CommitDesk(_lane, _slots, receipts, _quiet, _mail, _scans);
        _batches = new BatchDesk(_lane, _slots, _decisions, _quiet, _mail, _scans, commits) { TransferEnded = TransferEnded };
        _admission = new Admission(_lane, _slots, _loads, receipts, _quiet);
        _deadlines = new Deadlines(_lane);
    }

    /// <summary>Entities in memory.</summary>
    public int EntityCount => _slots.Count;

    /// <summary>Shards owned.</summary>
    public int ShardCount => _lane.Shards.Count;

    /// <summary>Client commands in hand.</summary>
    public int AskCount => _lane.Asks.Count;

    /// <summary>Messages in hand; timers that are not due are not counted.</summary>
    public int MailCount => _mail.InHand;

    /// <summary>When the oldest client command in hand came; null for none. As of the last sweep of deadlines.</summary>
    public DateTimeOffset? OldestAsk => _deadlines.Oldest;

    /// <summary>When the oldest message in hand was taken; null for none.</summary>
    public DateTimeOffset? OldestMail => _mail.OldestSince;

    /// <summary>Commands and messages committed per second, lately.</summary>
    public double DrainPerSecond => _lane.DrainPerSecond;

    /// <summary>Why commits do not get through; null while they do.</summary>
    public StoreTrouble? StoreTrouble => _lane.StoreTrouble;

    /// <summary>Isolated entities.</summary>
    public int QuarantinedCount => _lane.Quarantine.Count;

    /// <summary>The lane has its session: it can commit.</summary>
    public bool IsConnected => _batches.IsConnected;

    /// <summary>Nothing is in hand, in flight or being looked for. Timers that are not due do not count.</summary>
    public bool IsQuiet =>
        _lane.Asks.Count == 0 && _mail.InHand == 0 && _mail.Loose.Count == 0 && _scans.IsQuiet
        && _batches is { InFlight: null, HasMore: false, IsConnected: true } && _batches.Open.Items.Count == 0;

    /// <summary>The first bound of engine 9 that is exceeded; null for none. Looks at everything, so it is for the simulator.</summary>
    internal string? WhyOutOfBounds() => _slots.WhyOutOfBounds() ?? _mail.WhyOutOfBounds() ?? _loads.WhyOutOfBounds()
        ?? _lane.Shards.Values.Select(s => s.WhyOutOfBounds()).FirstOrDefault(why => why is not null);

    /// <summary>Takes one input. The outputs are valid until the next step.</summary>
    public LaneOutputs Step(in LaneInput input)
    {
        _lane.Now = input.Now;
        _lane.Step++;
        _lane.Out.Items.Clear();
        if (!_lane.IsEnded || input.What is LaneEvent.Arrive)
        {
            Handle(input.What);
        }

        _lane.Out.WakeAt = WakeAt();
        _lane.Out.HasMore = !_lane.IsEnded && _batches.HasMore;
        return _lane.Out;
    }

    private void Handle(LaneEvent what)
    {
        switch (what)
        {
            case LaneEvent.Arrive ask:
                _admission.Arrive(ask, _batches.Open);
                break;
            case LaneEvent.PassEnd:
                EndPass();
                break;
            case LaneEvent.Tick:
                break;
            case LaneEvent.Stop:
                AnswerAll("the node stops", isCertain: false);
                break;
            case LaneEvent.Start:
                _batches.Resolve();
                break;
            case LaneEvent.Committed committed:
                _batches.Committed(committed);
                break;
            case LaneEvent.Loaded loaded:
                Loaded(loaded);
                break;
            case LaneEvent.LoadFailed failed:
                _loads.Failed(failed.Entities, failed.Why);
                break;
            case LaneEvent.Gain gain:
                Gain(gain);
                break;
            case LaneEvent.Yield yielded:
                Yield(yielded.Shard, to: null);
                break;
            case LaneEvent.GiveAway given:
                Yield(given.Shard, given.To);
                break;
            case LaneEvent.NotTransferred refused:
                _batches.NotTransferred(refused);
                break;
            case LaneEvent.LookForMail look:
                _scans.Restored(look.Shard);
                break;
            case LaneEvent.Ring ring:
                _scans.Ring(ring.Bell, _batches.Open);
                break;
            case LaneEvent.MailFound found:
                _scans.Found(found, _batches.Open);
                break;
            case LaneEvent.ScanFailed failed:
                _scans.Failed(failed);
                break;
            case LaneEvent.ActivityDone done:
                _mail.ActivityEnded(done.Mail, done.Reply);
                break;
            case LaneEvent.MailCounted or LaneEvent.SuspectNoted or LaneEvent.StateTooLarge or LaneEvent.Quarantine or LaneEvent.Release
                or LaneEvent.Reload or LaneEvent.Inspect or LaneEvent.MailRestored:
                Administer(what);
                break;
            default:
                HandleAnswer(what);
                break;
        }
    }

    private void HandleAnswer(LaneEvent what)
    {
        switch (what)
        {
            case LaneEvent.Lost lost:
                _batches.Lost(lost);
                break;
            case LaneEvent.Unencodable bad:
                _batches.Unencodable(bad);
                break;
            case LaneEvent.TooMuch much:
                _batches.TooMuch(much);
                break;
            case LaneEvent.Poisoned poison:
                _batches.Poisoned(poison);
                break;
            case LaneEvent.CommitFailed failed:
                _batches.Failed(failed);
                break;
            case LaneEvent.Fenced fenced:
                End(fenced.Why, isCertain: true, fenced.IsImpossible);
                break;
            case LaneEvent.Resolved resolved:
                if (_batches.Resolved(resolved) is { } why)
                {
                    End(why, resolved.IsFenced, isImpossible: !resolved.IsFenced);
                }

                break;
            case LaneEvent.ResolveFailed failed:
                _batches.ResolveFailed(failed.Why);
                break;
            case LaneEvent.Confirmed { IsOurs: true }:
                _quiet.Confirmed();
                break;
            case LaneEvent.Confirmed when !_batches.IsConnected || _quiet.ConfirmSession != _batches.Session:
                // Our own next session made it so, not another owner; that answer says whether there is one.
                _quiet.ConfirmFailed("the session changed meanwhile");
                break;
            case LaneEvent.Confirmed:
                // A batch in flight may have been committed before the fence.
                End("the lane was fenced by a newer incarnation", isCertain: _batches.InFlight is null);
                break;
            case LaneEvent.ConfirmFailed failed:
                _quiet.ConfirmFailed(failed.Why);
                break;
            case LaneEvent.ReceiptFound found:
                _quiet.ReceiptFound(found.Lookup, found.Known, _batches.Open);
                break;
            case LaneEvent.ReceiptFailed failed:
                _quiet.ReceiptFailed(failed.Lookup, failed.Why);
                break;
            default:
                throw Primitives.Invariant.Unreachable($"lane event {what.GetType().Name} is not handled");
        }
    }

    private void Administer(LaneEvent what)
    {
        switch (what)
        {
            case LaneEvent.MailCounted counted:
                if (_lane.Shards.TryGetValue(counted.Shard, out var shard))
                {
                    shard.StoredMail = counted.Count;
                }

                break;
            case LaneEvent.SuspectNoted noted:
                _mail.Suspects.Noted(noted.Mail);
                break;
            case LaneEvent.StateTooLarge large:
                if (_slots.Find(large.Entity) is { } slot)
                {
                    slot.IsTooLarge = true;
                }

                break;
            case LaneEvent.Quarantine quarantine:
                _supervisor.Quarantine(quarantine.Entity, quarantine.Why);
                break;
            case LaneEvent.Release release:
                _lane.Emit(new LaneOutput.Inspected(release.ReplyTo, _supervisor.Release(release.Entity)));
                break;
            case LaneEvent.Reload reload:
                _lane.Emit(new LaneOutput.Inspected(reload.ReplyTo, _supervisor.Reload(reload.Entity)));
                break;
            case LaneEvent.Inspect inspect:
                _lane.Emit(new LaneOutput.Inspected(inspect.ReplyTo, _supervisor.Sight(inspect.Entity)));
                break;
            case LaneEvent.MailRestored restored:
                _mail.Restored(restored.Mail);
                _scans.Restored(restored.Shard);
                break;
            default:
                break;
        }
    }

    private void EndPass()
    {
        _supervisor.BeginReloads();
        _mail.TakeDue(_batches.Open);
        _slots.WakeRetries(_batches.Open);
        if (_deadlines.SweepIfDue())
        {
            _slots.Sweep();
        }

        _batches.Retry();
        if (_yielding > 0)
        {
            // Before the next batch: a shard on its way takes no commands until its transfer is through.
            FinishYields();
        }

        _batches.Drain();
        if (_batches.TrySeal())
        {
            _batches.Drain();
        }

        if (_batches is { InFlight: null, IsConnected: true } && _batches.Open.Items.Count == 0)
        {
            _quiet.ConfirmIfIdle(_batches.Session, _batches.LastBatch);
        }

        _loads.Flush();
        if (_batches.IsConnected)
        {
            _scans.Flush();
        }

        if (_yielding > 0)
        {
            FinishYields();
            _batches.TrySeal();
        }
    }

    private void Loaded(LaneEvent.Loaded loaded)
    {
        _loads.Succeeded();
        foreach (var entity in loaded.Entities)
        {
            // A slow load that began before the shard left and came back must not revive an old image (3.4).
            if (_slots.Find(entity.Stamp.Entity) is not { Phase: SlotPhase.Loading } slot
                || (slot.Shard.Epoch != entity.Stamp.Epoch && !_lane.Lacks(KernelMutations.NoLoadStamp)))
            {
                continue;
            }

            if (entity.Broken is { } broken)
            {
                _supervisor.Quarantine(slot, broken);
                continue;
            }

            slot.Load(entity.State!, entity.Revision, entity.SnapshotAt);
            _slots.MarkReady(slot, _batches.Open);
        }
    }

    private void Gain(LaneEvent.Gain gain)
    {
        Primitives.Invariant.Check(!_lane.Shards.ContainsKey(gain.Shard), $"shard {gain.Shard} is gained once");
        var shard = new LaneShard(gain.Shard, gain.Epoch, _lane.Step);
        _lane.Shards.Add(gain.Shard, shard);
        _scans.Gain(shard);
    }

    private void Yield(ShardId id, Incarnation? to)
    {
        if (!_lane.Shards.TryGetValue(id, out var shard) || shard.IsYielding)
        {
            if (shard is null && to is not null)
            {
                _lane.Emit(new LaneOutput.TransferEnded(id, IsGiven: false, 0, $"shard {id} is not this lane's"));
            }

            return;
        }

        shard.IsYielding = true;
        shard.GivenTo = to;
        _yielding++;
        _scans.Drop(shard);
        DropMail(shard);
        foreach (var slot in _slots.OfShard(shard))
        {
            while (slot.Work?.Asks.Count > 0)
            {
                _lane.Answer(slot.Work.Asks.Take(), AskAnswer.Moved.Instance);
            }
        }
    }

    private void DropMail(LaneShard shard)
    {
        _mail.Drop(shard, _batches.Open);
        foreach (var slot in _slots.OfShard(shard))
        {
            _mail.Drop(slot);
        }
    }

    private void FinishYields()
    {
        foreach (var shard in _lane.Shards.Values)
        {
            if (shard is not { IsYielding: true, IsInTransfer: false, Undone: 0, Asks: 0 }
                || _slots.OfShard(shard).Any(s => s.Work is { Redo: > 0 }) || _batches.IsRedoing(shard))
            {
                continue;
            }

            // A message that failed since then waits to be tried again. It is a row of the next owner, as all that was dropped at the beginning.
            DropMail(shard);

            if (shard.GivenTo is null)
            {
                LetGo(shard);
                _lane.Emit(new LaneOutput.Yielded(shard.Id));
            }
            else
            {
                // Kept until the store has answered: when nothing happened it goes on, and its positions with it.
                shard.IsInTransfer = true;
                _batches.Transfer(shard);
            }
        }
    }

    private void LetGo(LaneShard shard)
    {
        foreach (var slot in _slots.OfShard(shard).ToList())
        {
            _slots.Remove(slot);
        }

        _supervisor.Forget(shard);
        _lane.Shards.Remove(shard.Id);
        _yielding--;
    }

    private void TransferEnded(LaneShard shard, string? whyNot)
    {
        if (whyNot is null)
        {
            LetGo(shard);
            _lane.Emit(new LaneOutput.TransferEnded(shard.Id, IsGiven: true, shard.Epoch + 1, null));
            return;
        }

        _yielding--;
        (shard.IsYielding, shard.IsInTransfer, shard.GivenTo) = (false, false, null);
        _scans.Gain(shard);
        _lane.Emit(new LaneOutput.TransferEnded(shard.Id, IsGiven: false, shard.Epoch, whyNot));
    }

    /// <summary>The lane is over. What was never committed for certain is <c>Unavailable</c>; what may have been is <c>Unknown</c>.</summary>
    private void End(string why, bool isCertain, bool isImpossible = false)
    {
        AnswerAll(why, isCertain);
        _lane.Emit(new LaneOutput.Ended(why, isImpossible));
    }

    private void AnswerAll(string why, bool isCertain)
    {
        _lane.IsEnded = true;
        foreach (var item in _lane.Asks.Values.ToList())
        {
            var isOpen = !isCertain && item.State is ItemState.Committing or ItemState.LookingUp;
            _lane.Answer(item, isOpen ? new AskAnswer.Unknown(why) : _lane.Unavailable());
        }
    }

    private DateTimeOffset WakeAt()
    {
        var at = _lane.Now + LaneLimits.ScanEvery;
        Span<DateTimeOffset?> others =
        [
            _mail.FirstTimer, _slots.FirstRetry, _loads.RetryAt, _batches.RetryAt, _quiet.RetryAt, _deadlines.Next,

            // Without a session nothing is scanned for, however long that has been due.
            IsConnected ? _scans.NextCheck : null,
        ];
        foreach (var other in others)
        {
            if (other < at)
            {
                at = other.Value;
            }
        }

        return at;
    }
}
