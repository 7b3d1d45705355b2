using System.Text;
using Gantry.Primitives;

namespace Gantry.Actors.Kernel;

/// <summary>Takes client commands in, or says at once why not (engine 2.4, 9).</summary>
internal sealed class Admission(LaneContext lane, SlotTable slots, LoadDesk loads, ReceiptCache receipts, QuietDesk quiet)
{
    public void Arrive(LaneEvent.Arrive ask, Batch open)
    {
        if (WhyNot(ask) is { } refused)
        {
            lane.Emit(new LaneOutput.Answer(ask.ReplyTo, refused));
            return;
        }

        if (lane.Asks.TryGetValue((ask.To, ask.Key), out var same))
        {
            JoinInHand(same, ask);
            return;
        }

        // What was sent pends to its deadline; whoever comes now would only wait to hear that nothing is known.
        if (lane.IsStoreDown)
        {
            lane.Emit(new LaneOutput.Answer(ask.ReplyTo, lane.Unavailable()));
            return;
        }

        var shard = lane.Shards[ask.Shard];
        if (shard.Asks >= LaneLimits.ShardQueueMax
            || shard.AskBytes + ask.Bytes > LaneLimits.ShardBytesMax
            || shard.StoredMail > LaneLimits.StoredMailMax)
        {
            lane.Emit(new LaneOutput.Answer(ask.ReplyTo, lane.Overloaded(Math.Max(shard.Asks, shard.StoredMail), "shard")));
            return;
        }

        var slot = slots.GetOrAdd(ask.To, lane.Settings.Kinds[ask.To.Kind], shard);
        if (slot.Phase == SlotPhase.Quarantined || slot.Work?.Asks.Count + slot.Work?.LookUps >= slot.Kind.MailboxLimit)
        {
            lane.Emit(new LaneOutput.Answer(
                ask.ReplyTo, slot.Phase == SlotPhase.Quarantined ? lane.Unavailable() : lane.Overloaded(slot.Kind.MailboxLimit, "entity")));
            return;
        }

        Take(ask, slot, open);
    }

    private void Take(LaneEvent.Arrive ask, EntitySlot slot, Batch open)
    {
        var item = new WorkItem
        {
            To = slot.Address,
            Shard = slot.Shard,
            Slot = slot,
            Command = ask.Command,
            Key = ask.Key,
            Caller = ask.Caller,
            Trace = ask.Trace,
            Order = lane.NextOrder(),
            Since = lane.Now,
            Bytes = ask.Bytes,
            Digest = ask.Digest,
            ExpectedRevision = ask.ExpectedRevision,
            ExpectedGeneration = ask.ExpectedGeneration,
            Deadline = ask.Deadline,
            ReplyTo = ask.ReplyTo,
            IsDryRun = ask.IsDryRun,
        };
        lane.Asks.Add((item.To, item.Key), item);
        slot.Shard.Asks++;
        slot.Shard.AskBytes += item.Bytes;
        var work = slot.Work ??= new SlotWork();
        loads.Want(slot);
        if (ask.IsRepeat || receipts.MayKnow(item.To, item.Key))
        {
            quiet.LookUp(item);
            return;
        }

        work.Asks.Add(item);
        slots.MarkReady(slot, open);
    }

    private void JoinInHand(WorkItem same, LaneEvent.Arrive ask)
    {
        if (QuietDesk.WhyReused(same.Digest, ask.Digest, ask.Key, ask.To) is { } reused)
        {
            lane.Emit(new LaneOutput.Answer(ask.ReplyTo, new AskAnswer.Refused(reused)));
        }
        else if (same.MoreCallers?.Count >= LaneLimits.WaitersMax)
        {
            lane.Emit(new LaneOutput.Answer(ask.ReplyTo, lane.Overloaded(LaneLimits.WaitersMax, "callers")));
        }
        else
        {
            (same.MoreCallers ??= []).Add(new Waiter(ask.ReplyTo, ask.Deadline));
        }
    }

    private AskAnswer? WhyNot(LaneEvent.Arrive ask)
    {
        if (lane.IsEnded || ask.Deadline <= lane.Now)
        {
            return lane.Unavailable();
        }

        if (!lane.Shards.TryGetValue(ask.Shard, out var shard) || shard.IsYielding)
        {
            return AskAnswer.Moved.Instance;
        }

        if (!lane.Settings.Kinds.ContainsKey(ask.To.Kind))
        {
            return new AskAnswer.Refused(new Refusal(
                RefusalKind.Bug, "UnknownKind", $"{ask.To} was asked, but no area of this node has a kind named {ask.To.Kind}"));
        }

        var key = ask.Key.Value;
        var isKey = key is { Length: > 0 and <= LaneLimits.KeyCharsMax } && Ascii.IsValid(key) && !key.Any(char.IsControl);
        return isKey
            ? null
            : new AskAnswer.Refused(Refusal.Invalid(
                "CommandKeyInvalid", $"the command key for {ask.To} is not 1 to {LaneLimits.KeyCharsMax} printable ASCII characters"));
    }
}
