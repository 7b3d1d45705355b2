namespace Gantry.Actors.Kernel;

/// <summary>
/// Messages that were loaded often without being consumed: one of them may be what ends the process. Each runs alone, after a mark in the
/// store names its receiver, so that the mark that is left after a death names the right one (engine 4.6).
/// </summary>
internal sealed class SuspectDesk(LaneContext lane, SlotTable slots)
{
    private readonly Queue<WorkItem> _waiting = new();
    private WorkItem? _running;

    public int Count => _waiting.Count + (_running is null ? 0 : 1);

    /// <summary>The lane decides nothing else: a marked message runs, or waits for the lane to be idle.</summary>
    public bool IsInTheWay => _running is not null || IsHeadReady;

    private bool IsHeadReady =>
        _waiting.TryPeek(out var head) && (head.State == ItemState.Gone || (head.IsMarked && head.Slot!.Phase is SlotPhase.Live or SlotPhase.Quarantined));

    public void Add(WorkItem item)
    {
        item.IsSuspect = true;
        (item.Slot!.Work ??= new SlotWork()).Suspects++;
        _waiting.Enqueue(item);
        lane.Emit(new LaneOutput.Suspect(item.To, item.Command.GetType().Name, item.Mail!.Value));
    }

    public void Noted(MailId id)
    {
        foreach (var item in _waiting.Where(i => i.Mail == id))
        {
            item.IsMarked = true;
        }
    }

    /// <summary>The next to decide, when the lane has nothing else on its way.</summary>
    public WorkItem? Take(bool isLaneIdle, Batch open)
    {
        if (_running is { State: ItemState.Gone } || _running is { IsSuspect: false })
        {
            End(_running, open);
            _running = null;
        }

        while (_running is null && IsHeadReady && isLaneIdle)
        {
            var item = _waiting.Dequeue();
            if (item.State == ItemState.Gone)
            {
                End(item, open);
                continue;
            }

            _running = item;
            return item;
        }

        return null;
    }

    /// <summary>Those of an entity that is isolated, or of a shard that leaves.</summary>
    public List<WorkItem> TakeOut(Func<WorkItem, bool> which, Batch open)
    {
        var kept = _waiting.Where(i => !which(i)).ToList();
        var taken = _waiting.Where(which).ToList();
        _waiting.Clear();
        kept.ForEach(_waiting.Enqueue);
        taken.ForEach(i => End(i, open));
        return taken;
    }

    private void End(WorkItem item, Batch open)
    {
        item.IsSuspect = false;
        var slot = item.Slot!;
        if (slot.Work is { } work)
        {
            work.Suspects--;
            slots.MarkReady(slot, open);
        }

        lane.Emit(new LaneOutput.SuspectCleared(item.To));
    }
}
