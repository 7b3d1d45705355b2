using Gantry.Primitives;

namespace Gantry.Actors.Kernel;

// What failed is rolled back and decided again, in the same order (engine 4.3).
internal sealed partial class BatchDesk
{
    /// <summary>Something of the shard waits to be decided again; what has no entity of its own, as the end of an activity, is known only here.</summary>
    public bool IsRedoing(LaneShard shard) => _redo.Any(i => i.Shard == shard && i.State != ItemState.Gone);

    private void DrainRedo()
    {
        if (_redo.Count == 0)
        {
            return;
        }

        var kept = new List<WorkItem>();
        var at = 0;
        var head = _headLeft;
        for (; at < _redo.Count && Open.Items.Count < _cap.Commands; at++)
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
            _cap.Forget();
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

    private void Defer(EntitySlot slot)
    {
        slot.Work!.DeferredFrom = Open;
        _deferred.Add(slot);
        Invariant.Check(Open.Items.Count > 0, "a claim is put off only because of a decision in the open batch");
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
}
