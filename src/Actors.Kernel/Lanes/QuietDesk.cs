using Gantry.Primitives;

namespace Gantry.Actors.Kernel;

/// <summary>
/// Answers that commit nothing: refusals, "already so", remembered replies. A refusal of a lane that was fenced without knowing would
/// be a stale read, so such an answer leaves only after a confirm or a commit that came after the decision (engine 3.4).
/// </summary>
internal sealed class QuietDesk(LaneContext lane, SlotTable slots)
{
    private static readonly TimeSpan RetryConfirm = TimeSpan.FromMilliseconds(200);

    private readonly Dictionary<long, WorkItem> _lookups = [];
    private List<(WorkItem Item, AskAnswer Answer)> _waiting = [];
    private List<(WorkItem Item, AskAnswer Answer)>? _confirming;
    private DateTimeOffset _confirmAfter;
    private long _lookup;

    /// <summary>When a failed confirm is asked for again; null when none waits.</summary>
    public DateTimeOffset? RetryAt => _waiting.Count > 0 && _confirmAfter > lane.Now ? _confirmAfter : null;

    /// <summary>The session under which the last proof was asked for.</summary>
    public int ConfirmSession { get; private set; }

    /// <summary>Null, or the refusal for a key that was used for something else.</summary>
    public static Refusal? WhyReused(string? first, string? now, CommandKey key, EntityAddress entity) =>
        first is null || now is null || first == now
            ? null
            : new Refusal(
                RefusalKind.KeyReused,
                "KeyReused",
                $"the idempotency key \"{key}\" was used at {entity} for another request",
                "use a new key for a new request; repeat a request with the very same body");

    /// <summary>Takes an answer without events.</summary>
    public void Hold(WorkItem item, AskAnswer answer, Batch open)
    {
        var slot = item.Slot!;

        // A command that was done before a restart is decided on a state that shows it: "exists already" would be the wrong answer
        // to its retry. Its receipt is the truth, so it is read before any such answer (engine 2.4).
        if (!item.IsReceiptChecked && slot.TipRevision > 0 && !item.Key.Value.StartsWith("once:", StringComparison.Ordinal))
        {
            LookUp(item);
            return;
        }

        item.State = ItemState.Quiet;
        if (slot.Work is { } work && work.DependsOn(out var batch))
        {
            batch.Dependents.Add((item, answer, batch == open));
        }
        else if (lane.Lacks(KernelMutations.NoConfirm))
        {
            lane.Answer(item, answer);
        }
        else
        {
            _waiting.Add((item, answer));
        }
    }

    /// <summary>Waits for the next proof.</summary>
    public void Wait(WorkItem item, AskAnswer answer) => _waiting.Add((item, answer));

    /// <summary>A batch is sealed: it proves what was decided before.</summary>
    public void Ride(Batch batch) => (batch.Riders, _waiting) = (_waiting, []);

    /// <summary>The batch proved nothing.</summary>
    public void TakeBack(Batch batch) => _waiting.AddRange(batch.Riders);

    public void Release(List<(WorkItem Item, AskAnswer Answer)> proved)
    {
        foreach (var (item, answer) in proved)
        {
            if (item.State == ItemState.Quiet)
            {
                lane.Answer(item, answer);
                SlotTable.Rest(item.Slot!);
            }
        }
    }

    /// <summary>Asks for a proof when no batch will bring one.</summary>
    public void ConfirmIfIdle(int session, long lastBatch)
    {
        if (_waiting.Count > 0 && _confirming is null && lane.Now >= _confirmAfter)
        {
            (_confirming, _waiting) = (_waiting, []);
            ConfirmSession = session;
            lane.Emit(new LaneOutput.Confirm(session, lastBatch));
        }
    }

    public void Confirmed()
    {
        var proved = _confirming ?? [];
        _confirming = null;
        Release(proved);
    }

    public void ConfirmFailed(string why)
    {
        _waiting.InsertRange(0, _confirming ?? []);
        _confirming = null;
        _confirmAfter = lane.Now + RetryConfirm;
        lane.Note(LaneNote.StoreUnavailable, null, $"confirm: {why}");
    }

    /// <summary>Reads the receipt of a command before anything else is done with it.</summary>
    public void LookUp(WorkItem item)
    {
        item.State = ItemState.LookingUp;
        item.Slot!.Work!.LookUps++;
        _lookups.Add(++_lookup, item);
        lane.Emit(new LaneOutput.FindReceipt(_lookup, item.To, item.Key));
    }

    public void ReceiptFound(long lookup, KnownKey? known, Batch open)
    {
        if (!_lookups.Remove(lookup, out var item))
        {
            return;
        }

        var slot = item.Slot!;
        slot.Work!.LookUps--;
        if (item.State == ItemState.Gone)
        {
            return;
        }

        if (known is not null)
        {
            lane.Answer(item, Remembered(item, known));
            return;
        }

        item.IsReceiptChecked = true;
        item.State = ItemState.Queued;
        if (item.Forced is { } forced)
        {
            Hold(item, new AskAnswer.Refused(forced), open);
            return;
        }

        if (slot.Phase == SlotPhase.Quarantined)
        {
            lane.Answer(item, lane.Unavailable());
            return;
        }

        slot.Work.Asks.AddFirst(item);
        slots.MarkReady(slot, open);
    }

    public void ReceiptFailed(long lookup, string why)
    {
        if (_lookups.Remove(lookup, out var item))
        {
            item.Slot!.Work!.LookUps--;
            lane.Answer(item, Unread(item, why));
        }
    }

    public static AskAnswer Remembered(WorkItem item, KnownKey known) => known.Unreadable is { } why
        ? Unread(item, why)
        : WhyReused(known.Digest, item.Digest, item.Key, item.To) is { } reused
            ? new AskAnswer.Refused(reused)
            : new AskAnswer.Accepted(known.Reply, known.Revision, IsReplay: true);

    // It was done once, that much is known; what was answered is not.
    private static AskAnswer Unread(WorkItem item, string why) => new AskAnswer.Unknown($"the receipt of key {item.Key} cannot be read: {why}");
}
