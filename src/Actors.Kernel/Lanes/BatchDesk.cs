using Gantry.Primitives;

namespace Gantry.Actors.Kernel;

/// <summary>
/// The open batch and the one in flight: one transaction at a time, the next grows meanwhile (group commit without a timer). A batch that
/// failed is decided again without newcomers, then what was decided behind it, in the same order (engine 4.3).
/// </summary>
internal sealed class BatchDesk(
    LaneContext lane, SlotTable slots, DecisionDesk decisions, QuietDesk quiet, MailDesk mail, ScanDesk scans, CommitDesk commits)
{
    private static readonly TimeSpan BackoffFirst = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BackoffMax = TimeSpan.FromSeconds(2);

    private readonly List<EntitySlot> _deferred = [];
    private List<WorkItem> _redo = [];
    private int _headLeft;
    private bool _isRedoBlocked;
    private int _poisonCap = LaneLimits.BatchCommandsMax;
    private int _sizeCap = LaneLimits.BatchCommandsMax;
    private LaneBatch? _sent;
    private TimeSpan _backoff = BackoffFirst;
    private bool _isResolving;
    private bool _isTransferSent;
    private bool _mustResolve = true;

    private readonly Queue<LaneShard> _transfers = new();

    public Batch Open { get; private set; } = new();

    /// <summary>A shard was given away, or was not and why.</summary>
    public required Action<LaneShard, string?> TransferEnded { get; init; }

    public Batch? InFlight { get; private set; }

    public int Session { get; private set; }

    public long LastBatch { get; private set; }

    /// <summary>The store did not answer; it is asked again then.</summary>
    public DateTimeOffset? RetryAt { get; private set; }

    public bool IsConnected => !_mustResolve;

    public bool HasMore => !mail.Suspects.IsInTheWay && ((_redo.Count > 0 && !_isRedoBlocked) || mail.Loose.Count > 0 || slots.HasReady) && Open.Items.Count < Cap;

    private int Cap => Math.Min(_poisonCap, _sizeCap);

    /// <summary>Decides until the batch is full, the budget is used or nothing is ready.</summary>
    public void Drain()
    {
        var budget = LaneLimits.PassDecisionsMax;
        DrainRedo();
        if (_headLeft > 0)
        {
            return;
        }

        if (mail.Suspects.Count > 0 && DrainSuspects())
        {
            return;
        }

        while (Open.Items.Count < Cap && budget-- > 0)
        {
            if (mail.Loose.TryDequeue(out var loose))
            {
                decisions.TryDecide(loose, Open);
            }
            else if (slots.TakeReady() is { } slot)
            {
                DecideNext(slot);
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>Sends the open batch when none is in flight.</summary>
    public bool TrySeal()
    {
        if (InFlight is not null || _mustResolve || RetryAt is not null)
        {
            return false;
        }

        // What was redone goes first: it lets nothing new in before it is sent, and a pass that can do nothing is not repeated until then.
        if (_headLeft == 0 && _transfers.TryDequeue(out var leaving))
        {
            InFlight = new Batch { Number = LastBatch + 1, Transfer = leaving };
            SendTransfer(InFlight);
            return false;
        }

        if (Open.Items.Count == 0)
        {
            return false;
        }

        var batch = Open;
        batch.Number = LastBatch + 1;
        quiet.Ride(batch);
        _sent = new LaneBatch { Number = batch.Number, Commits = [.. batch.Items.Select(i => i.Commit!)] };
        InFlight = batch;
        scans.InFlight = batch;
        _headLeft = 0;
        NewOpen();
        lane.Emit(new LaneOutput.Commit(Session, _sent));
        if (lane.Lacks(KernelMutations.EarlyAnswers))
        {
            commits.AnswerEarly(batch);
        }

        return true;
    }

    /// <summary>Asks the store again after a failure, when it is time.</summary>
    public void Retry()
    {
        if (RetryAt is { } at && at > lane.Now)
        {
            return;
        }

        RetryAt = null;
        if (_mustResolve)
        {
            Resolve();
        }
        else if (InFlight is { Transfer: not null } && !_isTransferSent)
        {
            SendTransfer(InFlight);
        }
        else if (InFlight is { Transfer: null } && _sent is null)
        {
            _sent = new LaneBatch { Number = InFlight.Number, Commits = [.. InFlight.Items.Select(i => i.Commit!)] };
            lane.Emit(new LaneOutput.Commit(Session, _sent));
        }
    }

    public void Resolve()
    {
        _mustResolve = true;
        if (!_isResolving)
        {
            _isResolving = true;
            lane.Emit(LaneOutput.Resolve.Instance);
        }
    }

    public void Committed(LaneEvent.Committed done)
    {
        if (TakeInFlight(done.Batch) is not { } batch)
        {
            return;
        }

        lane.StoreAnswered();
        LastBatch = batch.Number;
        if (batch.Transfer is { } leaving)
        {
            _backoff = BackoffFirst;
            TransferEnded(leaving, null);
            return;
        }

        Adapt(batch.Items.Count, done.Bytes);
        _backoff = BackoffFirst;
        commits.Publish(batch, Open);
    }

    /// <summary>Gives a shard of which nothing is under way to another node, when the batch in flight has ended.</summary>
    public void Transfer(LaneShard shard) => _transfers.Enqueue(shard);

    /// <summary>Something of the shard waits to be decided again; what has no entity of its own, as the end of an activity, is known only here.</summary>
    public bool IsRedoing(LaneShard shard) => _redo.Any(i => i.Shard == shard && i.State != ItemState.Gone);

    public void NotTransferred(LaneEvent.NotTransferred refused)
    {
        if (InFlight is { Transfer: { } staying } && TakeInFlight(refused.Batch) is not null)
        {
            lane.StoreAnswered();
            TransferEnded(staying, refused.Why);
        }
    }

    public void Lost(LaneEvent.Lost lost)
    {
        if (TakeInFlight(lost.Batch) is not { } batch)
        {
            return;
        }

        lane.StoreAnswered();

        // Losers are told behind the fence: the lane was ours then, so what waited for a proof has it (engine 3.4).
        quiet.Release(batch.Riders);
        batch.Riders = [];
        var gone = lost.GoneMail.ToHashSet();
        foreach (var id in gone)
        {
            mail.Gone(id);
        }

        var known = lost.KnownKeys.ToDictionary(k => (k.Entity, k.Key));
        var taken = lost.TakenClaims.ToList();
        Redo(batch, item => Lose(item, gone, known, taken));
    }

    public void Unencodable(LaneEvent.Unencodable bad)
    {
        if (TakeInFlight(bad.Batch) is not { } batch)
        {
            return;
        }

        var culprits = bad.Commits.ToDictionary(c => batch.Items[c.Index]);
        quiet.TakeBack(batch);
        Redo(batch, item => culprits.TryGetValue(item, out var why) && Reject(item, why.IsTooLarge, why.Why));
    }

    /// <summary>The batch is halved until the culprit stands alone (engine 4.6).</summary>
    public void Poisoned(LaneEvent.Poisoned poison)
    {
        if (TakeInFlight(poison.Batch) is not { } batch)
        {
            return;
        }

        lane.StoreAnswered();
        lane.Note(LaneNote.Poisoned, null, $"batch of {batch.Items.Count}: {poison.Why}");
        quiet.TakeBack(batch);
        if (batch.Items.Count == 1)
        {
            _poisonCap = LaneLimits.BatchCommandsMax;
            Redo(batch, item => item == batch.Items[0] && Reject(item, isTooLarge: false, poison.Why));
            return;
        }

        _poisonCap = Math.Max(1, batch.Items.Count / 2);
        Redo(batch, _ => false);
    }

    public void Failed(LaneEvent.CommitFailed failed)
    {
        if (InFlight?.Number != failed.Batch)
        {
            return;
        }

        lane.StoreFailed($"commit of batch {failed.Batch}: {failed.Why}");
        _sent = null;
        _isTransferSent = false;
        if (failed.IsOutcomeKnown || lane.Lacks(KernelMutations.NoResolve))
        {
            BackOff();
        }
        else
        {
            Resolve();
        }
    }

    public void ResolveFailed(string why)
    {
        _isResolving = false;
        lane.StoreFailed($"resolve: {why}");
        BackOff();
    }

    /// <summary>Null, or why the lane is over.</summary>
    public string? Resolved(LaneEvent.Resolved found)
    {
        _isResolving = false;
        lane.StoreAnswered();
        Session = found.Session;
        if (InFlight is not { } batch)
        {
            (LastBatch, _mustResolve) = (found.LastBatch, false);
            return found.IsFenced ? "the lane was fenced by a newer incarnation" : null;
        }

        lane.Note(LaneNote.CommitResolved, null, $"batch {batch.Number}: the store is at {found.LastBatch}");
        if (found.LastBatch == batch.Number)
        {
            _mustResolve = false;
            Committed(new LaneEvent.Committed(batch.Number, 0));
        }
        else if (found.LastBatch == batch.Number - 1 && !found.IsFenced)
        {
            _mustResolve = false;
            TakeInFlight(batch.Number);
            quiet.TakeBack(batch);
            if (batch.Transfer is { } leaving)
            {
                _transfers.Enqueue(leaving);
            }
            else
            {
                Redo(batch, _ => false);
            }
        }

        if (found.IsFenced)
        {
            return "the lane was fenced by a newer incarnation";
        }

        return _mustResolve ? $"the store is at batch {found.LastBatch} after {batch.Number} was sent: impossible" : null;
    }

    // True while nothing else may be decided: a message that may end the process runs alone, so that its mark accuses nobody else.
    private bool DrainSuspects()
    {
        var isIdle = InFlight is null && Open.Items.Count == 0 && _redo.Count == 0 && mail.Loose.Count == 0;
        if (mail.Suspects.Take(isIdle, Open) is { } item && !decisions.TryDecide(item, Open))
        {
            throw Invariant.Unreachable("a decision alone in its batch meets no claim of another");
        }

        return mail.Suspects.IsInTheWay && mail.Loose.Count == 0;
    }

    private void DecideNext(EntitySlot slot)
    {
        if (slots.TakeNext(slot, Open) is not { } item)
        {
            return;
        }

        if (!decisions.TryDecide(item, Open))
        {
            Defer(slot);
            if (item.IsMail)
            {
                slot.Work!.Mail.AddFirst(item);
            }
            else
            {
                slot.Work!.Asks.AddFirst(item);
            }
        }

        slots.MarkReady(slot, Open);
    }

    private void Defer(EntitySlot slot)
    {
        slot.Work!.DeferredFrom = Open;
        _deferred.Add(slot);
        Invariant.Check(Open.Items.Count > 0, "a claim is put off only because of a decision in the open batch");
    }

    private void DrainRedo()
    {
        if (_redo.Count == 0)
        {
            return;
        }

        var kept = new List<WorkItem>();
        var at = 0;
        var head = _headLeft;
        for (; at < _redo.Count && Open.Items.Count < Cap; at++)
        {
            if (head > 0 && at == head)
            {
                break;
            }

            var item = _redo[at];
            var isBlocked = item.Slot?.Work?.DeferredFrom == Open;
            if (isBlocked || !decisions.TryDecide(item, Open))
            {
                if (!isBlocked)
                {
                    Defer(item.Slot!);
                }

                kept.Add(item);
            }
            else if (item.Slot is { } slot)
            {
                slot.Work!.Redo--;
                slots.MarkReady(slot, Open);
            }
        }

        _isRedoBlocked = kept.Count > 0 && at == _redo.Count;
        kept.AddRange(_redo.Skip(at));
        _redo = kept;

        // Of the failed batch nothing is left to send: what came after it may go on.
        if (Open.Items.Count == 0)
        {
            _headLeft = 0;
        }

        if (_redo.Count == 0)
        {
            _poisonCap = LaneLimits.BatchCommandsMax;
        }
    }

    /// <summary>Back to committed states; what was decided is decided again, except what <paramref name="lose"/> takes away.</summary>
    private void Redo(Batch failed, Func<WorkItem, bool> lose)
    {
        var again = new List<WorkItem>();
        var behind = Open;
        foreach (var batch in (Batch[])[behind, failed])
        {
            for (var i = batch.Items.Count - 1; i >= 0; i--)
            {
                RollBack(batch.Items[i]);
            }
        }

        NewOpen();
        foreach (var item in failed.Items)
        {
            if (!lose(item))
            {
                again.Add(item);
            }
        }

        _headLeft = again.Count;
        again.AddRange(failed.Dependents.Select(d => d.Item));
        again.AddRange(behind.Items);
        again.AddRange(behind.Dependents.Select(d => d.Item));
        again.RemoveAll(i => i.State == ItemState.Gone);
        _headLeft = Math.Min(_headLeft, again.Count);
        foreach (var item in again)
        {
            item.State = ItemState.Queued;
            if (item.Slot is { } slot)
            {
                (slot.Work ??= new SlotWork()).Redo++;
            }
        }

        again.AddRange(_redo);
        _redo = again;
        scans.CheckNow();
    }

    private void RollBack(WorkItem item)
    {
        item.Shard.Undone--;
        item.State = ItemState.Queued;
        item.Reply = null;
        item.After = null;
        item.Nudges = [];
        for (var i = item.Commit!.Mail.Length - 1; i >= 0; i--)
        {
            var posted = item.Commit.Mail[i];
            if (posted.DueAt is null)
            {
                item.Shard.LastMailTo[posted.ToShard.Value] = posted.Previous;
            }
        }

        item.Commit = null;
        if (item.Slot is { } slot)
        {
            slot.Work!.Undone--;
            slot.Work.LastBatch = null;
            if (!lane.Lacks(KernelMutations.NoRollBack))
            {
                slot.RollBack();
            }
        }
    }

    private bool Lose(
        WorkItem item, HashSet<MailId> gone, Dictionary<(EntityAddress, string), KnownKey> known, List<TakenClaim> taken)
    {
        if (item.Mail is { } id)
        {
            if (gone.Contains(id))
            {
                mail.Settle(item);
                return true;
            }
        }
        else if (known.TryGetValue((item.To, item.Key.Value), out var receipt))
        {
            lane.Answer(item, QuietDesk.Remembered(item, receipt));
            return true;
        }

        return LoseClaim(item, taken);
    }

    private bool LoseClaim(WorkItem item, List<TakenClaim> taken)
    {
        var at = taken.FindIndex(t => t.Wanted == item.To && item.WantedClaims.Contains(t.Claim));
        if (at < 0)
        {
            return false;
        }

        var conflict = taken[at];
        taken.RemoveAt(at);
        lane.Note(LaneNote.ClaimConflict, item.To, $"{conflict.Claim.Space} \"{conflict.Claim.Value}\"");
        var refusal = new Refusal(
            RefusalKind.AlreadyExists,
            "ClaimTaken",
            $"{conflict.Claim.Space} \"{conflict.Claim.Value}\" is held by {conflict.Holder?.ToString() ?? "another entity"}");
        if (item.IsMail)
        {
            item.Forced = refusal;
            return false;
        }

        lane.Answer(item, new AskAnswer.Refused(refusal));
        return true;
    }

    private bool Reject(WorkItem item, bool isTooLarge, string why)
    {
        if (item.ParkReason is not null)
        {
            // Not even the parking can be written: leave the row to the next owner, and say so.
            mail.Settle(item);
            lane.Note(LaneNote.Poisoned, item.To, $"{item.Mail} cannot be parked: {why}");
            return true;
        }

        var refusal = isTooLarge
            ? Refusal.Invalid("DecisionTooLarge", why, "ask for less at once")
            : DecisionDesk.Bug(item.To, why);
        decisions.Fail(item, refusal, Open);
        return true;
    }

    private void SendTransfer(Batch batch)
    {
        var shard = batch.Transfer!; // asked for by the callers
        _isTransferSent = true;
        lane.Emit(new LaneOutput.Transfer(Session, batch.Number, new ShardEpoch(shard.Id, shard.Epoch), shard.GivenTo!.Value)); // set with the transfer
    }

    private Batch? TakeInFlight(long number)
    {
        if (InFlight?.Number != number)
        {
            return null;
        }

        var batch = InFlight;
        (InFlight, scans.InFlight, _sent) = (null, null, null);
        return batch;
    }

    private void NewOpen()
    {
        Open = new Batch();
        _isRedoBlocked = false;
        foreach (var slot in _deferred)
        {
            slots.MarkReady(slot, Open);
        }

        _deferred.Clear();
    }

    private void BackOff()
    {
        RetryAt = lane.Now + _backoff;
        _backoff = _backoff * 2 > BackoffMax ? BackoffMax : _backoff * 2;
    }

    // Bodies are written only when a batch is sealed, so its size is kept near the aim by what the last ones weighed.
    private void Adapt(int commands, int bytes)
    {
        if (bytes > 0)
        {
            var average = Math.Max(1, bytes / commands);
            _sizeCap = Math.Clamp(LaneLimits.BatchBytesAim / average, 16, LaneLimits.BatchCommandsMax);
        }
    }
}
