using Gantry.Primitives;

namespace Gantry.Actors.Kernel;

/// <summary>
/// The open batch and the one in flight: one transaction at a time, the next grows meanwhile (group commit without a timer). A batch that
/// failed is decided again without newcomers, then what was decided behind it, in the same order (engine 4.3).
/// </summary>
internal sealed partial class BatchDesk(
    LaneContext lane, SlotTable slots, DecisionDesk decisions, QuietDesk quiet, MailDesk mail, ScanDesk scans, CommitDesk commits)
{
    private static readonly TimeSpan BackoffFirst = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BackoffMax = TimeSpan.FromSeconds(2);

    private readonly BatchCap _cap = new();
    private readonly Losers _losers = new(lane, mail, decisions);
    private readonly List<EntitySlot> _deferred = [];
    private List<WorkItem> _redo = [];
    private int _headLeft;
    private bool _isRedoBlocked;
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

    public bool HasMore => !mail.Suspects.IsInTheWay && ((_redo.Count > 0 && !_isRedoBlocked) || mail.Loose.Count > 0 || slots.HasReady) && Open.Items.Count < _cap.Commands;

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

        while (Open.Items.Count < _cap.Commands && budget-- > 0)
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

        _cap.Weigh(batch.Items.Count, done.Bytes);
        _backoff = BackoffFirst;
        commits.Publish(batch, Open);
    }

    /// <summary>Gives a shard of which nothing is under way to another node, when the batch in flight has ended.</summary>
    public void Transfer(LaneShard shard) => _transfers.Enqueue(shard);

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
        Redo(batch, item => _losers.Lose(item, gone, known, taken));
    }

    public void Unencodable(LaneEvent.Unencodable bad)
    {
        if (TakeInFlight(bad.Batch) is not { } batch)
        {
            return;
        }

        var culprits = bad.Commits.ToDictionary(c => batch.Items[c.Index]);
        quiet.TakeBack(batch);
        Redo(batch, item => culprits.TryGetValue(item, out var why) && _losers.Reject(item, why.IsTooLarge, why.Why, Open));
    }

    /// <summary>The batch is larger than the last ones let expect: the same again, in the same order, in batches of the right size (engine 3.3).</summary>
    public void TooMuch(LaneEvent.TooMuch much)
    {
        if (TakeInFlight(much.Batch) is not { } batch)
        {
            return;
        }

        _cap.Shrink(batch.Items.Count, much.Bytes);
        quiet.TakeBack(batch);
        Redo(batch, _ => false);
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
            _cap.Forget();
            Redo(batch, item => item == batch.Items[0] && _losers.Reject(item, isTooLarge: false, poison.Why, Open));
            return;
        }

        _cap.Halve(batch.Items.Count);
        Redo(batch, _ => false);
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
}
