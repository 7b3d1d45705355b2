using System.Collections.Immutable;

namespace Gantry.Actors.Kernel;

/// <summary>What leaves once a batch is durable: answers, doorbells, timers, nudges, snapshots (engine 4.2).</summary>
internal sealed class CommitDesk(LaneContext lane, SlotTable slots, ReceiptCache receipts, QuietDesk quiet, MailDesk mail, ScanDesk scans)
{
    public void Publish(Batch batch, Batch open)
    {
        batch.IsCommitted = true;
        var changed = new Dictionary<EntityAddress, EntityChange>();
        foreach (var item in batch.Items)
        {
            Settle(item, changed);
        }

        foreach (var (item, answer, isProved) in batch.Dependents)
        {
            if (item.State != ItemState.Quiet)
            {
                continue;
            }

            if (isProved)
            {
                lane.Answer(item, answer);
            }
            else
            {
                quiet.Wait(item, answer);
            }
        }

        quiet.Release(batch.Riders);
        if (changed.Count > 0)
        {
            lane.Emit(new LaneOutput.Changed([.. changed.Values], [.. batch.Items.Select(i => i.Commit!).Where(c => !c.Events.IsEmpty)]));
        }

        foreach (var item in batch.Items)
        {
            foreach (var nudge in item.Nudges)
            {
                lane.Emit(new LaneOutput.Nudge(nudge.Reconciler, nudge.Key) { Trace = item.Trace });
            }

        }

        Ring(batch, open);
        lane.Drained(batch.Items.Count);
        foreach (var item in batch.Items)
        {
            if (item.Slot is { } slot)
            {
                slots.MarkReady(slot, open);
                SlotTable.Rest(slot);
            }
        }
    }

    /// <summary>What must never be done: see <see cref="KernelMutations.EarlyAnswers"/>.</summary>
    public void AnswerEarly(Batch batch)
    {
        foreach (var item in batch.Items)
        {
            if (item.Reply is Reply.Accepted accepted)
            {
                lane.Tell(item, new AskAnswer.Accepted(accepted.Value, item.RevisionAfter, IsReplay: false));
            }
        }
    }

    private void Settle(WorkItem item, Dictionary<EntityAddress, EntityChange> changed)
    {
        var commit = item.Commit!;
        item.Shard.Undone--;
        if (item.Slot is { } slot)
        {
            slot.Work!.Undone--;
            if (!commit.Events.IsEmpty)
            {
                slot.Settle(item.After!, item.RevisionAfter);
                var before = changed.GetValueOrDefault(slot.Address).EventCount;
                changed[slot.Address] = new EntityChange(
                    slot.Address, item.Shard.Id, before + commit.Events.Length, commit.Position + commit.Events.Length - 1) { Trace = item.Trace };
                SnapshotIfDue(slot);
            }
        }

        if (item.IsMail)
        {
            mail.Settle(item);
            if (item.ParkReason is { } reason)
            {
                lane.Note(LaneNote.MailParked, item.To, $"{item.Mail}: {reason}");
            }
        }
        else
        {
            receipts.Add(item.To, item.Key);
            var value = ((Reply.Accepted)item.Reply!).Value;
            lane.Answer(item, new AskAnswer.Accepted(value, item.RevisionAfter, IsReplay: false));
        }
    }

    private void SnapshotIfDue(EntitySlot slot)
    {
        if (slot.CommittedRevision - slot.SnapshotAt >= slot.Kind.SnapshotEvery)
        {
            slot.SnapshotAt = slot.CommittedRevision;
            lane.Emit(new LaneOutput.Snapshot(slot.Address, slot.CommittedRevision, slot.Committed!));
        }
    }

    private void Ring(Batch batch, Batch open)
    {
        var outlived = OutlivedTimers(batch);
        foreach (var item in batch.Items)
        {
            Ring(item.Commit!, outlived, open);
        }
    }

    // Of timers of one name in one batch the last stays; the others were never in the store. Null when there is none.
    private static HashSet<MailId>? OutlivedTimers(Batch batch)
    {
        if (batch.TimersReplaced.Count == 0)
        {
            return null;
        }

        var outlived = new HashSet<MailId>();
        var later = new HashSet<(EntityAddress, string)>();
        for (var i = batch.Items.Count - 1; i >= 0; i--)
        {
            var commit = batch.Items[i].Commit!;
            foreach (var mail in commit.Mail)
            {
                if (mail.TimerName is { } name && later.Contains((mail.To, name)))
                {
                    outlived.Add(mail.Id);
                }
            }

            foreach (var name in commit.TimersReplaced)
            {
                later.Add((commit.Entity, name));
            }
        }

        return outlived;
    }

    private void Ring(LaneCommit commit, HashSet<MailId>? outlived, Batch open)
    {
        if (commit.Mail.IsEmpty)
        {
            return;
        }

        foreach (var group in commit.Mail.Where(m => outlived?.Contains(m.Id) != true).GroupBy(m => m.ToShard))
        {
            var all = group.ToImmutableArray();
            var ordered = all.FirstOrDefault(m => m.DueAt is null);
            var bell = new Doorbell(commit.Shard, group.Key, ordered?.Previous ?? 0, ordered is null ? 0 : commit.Position, all);
            if (lane.Shards.ContainsKey(group.Key))
            {
                scans.Ring(bell, open);
            }
            else
            {
                lane.Emit(new LaneOutput.RingOther(bell));
            }
        }
    }
}
