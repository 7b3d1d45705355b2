using Gantry.Primitives;

namespace Gantry.Actors.Kernel;

/// <summary>Decides items on <c>Tip</c> and puts the outcome into the open batch, among the quiet answers, or back.</summary>
internal sealed class DecisionDesk(LaneContext lane, SlotTable slots, QuietDesk quiet, MailDesk mail, Supervisor supervisor)
{
    private readonly CommitMaker _commits = new(lane);

    /// <summary>False when the item cannot go into this batch because of a claim in it; the caller keeps it then.</summary>
    public bool TryDecide(WorkItem item, Batch open)
    {
        if (item.State == ItemState.Gone)
        {
            return true;
        }

        if (item.ParkReason is not null)
        {
            Append(item, _commits.OfParking(item), open);
            return true;
        }

        if (item.Slot is not { } slot)
        {
            Append(item, _commits.OfActivity(item), open);
            return true;
        }

        if (!item.IsMail && (item.Deadline <= lane.Now || slot.Phase == SlotPhase.Quarantined))
        {
            lane.Answer(item, lane.Unavailable());
            return true;
        }

        if (slot.Phase == SlotPhase.Quarantined)
        {
            item.ParkReason = Supervisor.ParkReason(slot.Work?.Broken);
            Append(item, _commits.OfParking(item), open);
            return true;
        }

        return TryDecide(item, slot, open);
    }

    /// <summary>A decision, its projection or its rows are broken: a command is refused, a message tried again, then parked.</summary>
    public void Fail(WorkItem item, Refusal refusal, Batch open)
    {
        lane.Note(LaneNote.DeciderBug, item.To, $"{item.Command.GetType().Name}: {refusal.Message}");
        var isQuarantined = refusal.Kind == RefusalKind.Bug && item.Slot is { } faulty && supervisor.Fault(faulty, item, refusal.Message);
        item.IsSuspect = false;
        if (!item.IsMail)
        {
            // "Nothing was changed" is a claim like any other refusal: the receipt is read first, and the lane proves that it is not fenced.
            // It is not decided again meanwhile, so that one command is one fault.
            item.Forced = refusal;
            quiet.Hold(item, new AskAnswer.Refused(refusal), open);
            return;
        }

        item.State = ItemState.Queued;
        item.Attempts++;
        if (item.ActivityReply is not null)
        {
            // Its result cannot be written; the one who waits learns that, and that nothing is known of what was done.
            item.ParkReason = item.ActivityReply is Reply.Refused ? refusal.Message : null;
            item.ActivityReply = new Reply.Refused(new Refusal(
                RefusalKind.Bug,
                SagaLimits.ResultUnwritten,
                $"the result of {item.To} cannot be written: {refusal.Message}",
                "report it with the log lines of this time; what the activity did is done"));
            mail.AddLoose(item);
            return;
        }

        if (isQuarantined || item.Slot is not { } slot || item.Attempts > LaneLimits.MailRetries)
        {
            item.ParkReason = isQuarantined ? Supervisor.ParkReason(refusal.Message) : $"BUG: {refusal.Message}";
            mail.AddLoose(item);
            return;
        }

        var work = slot.Work ??= new SlotWork();
        work.Mail.AddFirst(item);
        slots.RetryMailAt(slot, lane.Now + TimeSpan.FromSeconds(0.5 * Math.Pow(4, item.Attempts - 1)));
    }

    public static Refusal Bug(EntityAddress entity, string why) => new(
        RefusalKind.Bug, "Bug", $"{entity} could not decide: {why}", "report it with the log lines of this time; nothing was changed");

    private bool TryDecide(WorkItem item, EntitySlot slot, Batch open)
    {
        lane.Consume(item);
        lane.Settings.Probe?.Began(slot.Address, item.Command);
        var verdict = Verdict.Of(item, slot, lane.Now, lane.Settings);
        lane.Settings.Probe?.Ended();
        if (verdict.Bug is { } bug)
        {
            Fail(item, Bug(slot.Address, bug), open);
            return true;
        }

        if (verdict.Unusable is { } unusable)
        {
            item.ParkReason = unusable;
            Append(item, _commits.OfParking(item), open);
            return true;
        }

        if (verdict.Ignored is { } ignored)
        {
            lane.Note(LaneNote.Ignored, slot.Address, ignored);
        }

        if (verdict.Events.IsEmpty && !item.IsMail)
        {
            quiet.Hold(item, AnswerOf(verdict.Reply, slot.TipRevision), open);
            return true;
        }

        if (item.IsDryRun)
        {
            quiet.Hold(item, Tried(verdict, slot), open);
            return true;
        }

        EffectPlan plan;
        LaneCommit commit;
        try
        {
            plan = new EffectPlan(verdict.Effects);
            if (!CanClaim(slot, plan, open))
            {
                return false;
            }

            commit = _commits.OfDecision(item, slot, verdict, plan);
        }
        catch (Exception e)
        {
            // An effect that cannot become a row - a token that is no address, a time beyond the calendar - is a bug of the decider like a throw.
            // The positions that it took are lost, which means nothing.
            Fail(item, Bug(slot.Address, $"an effect of {item.Command.GetType().Name} cannot be: {e.Message}"), open);
            return true;
        }

        Note(plan, slot, open);
        item.Reply = verdict.Reply;
        item.Nudges = [.. plan.Nudges];
        item.WantedClaims = commit.Claims;
        item.After = verdict.After ?? slot.Tip;
        item.RevisionAfter = slot.TipRevision + verdict.Events.Length;
        slot.Advance(item.After!, item.RevisionAfter);
        Append(item, commit, open);
        return true;
    }

    private static AskAnswer AnswerOf(Reply reply, long revision) => reply switch
    {
        Reply.Accepted accepted => new AskAnswer.Accepted(accepted.Value, revision, IsReplay: false),
        Reply.Refused refused => new AskAnswer.Refused(refused.Why),
        _ => throw Invariant.Unreachable("a reply is accepted or refused"),
    };

    private static AskAnswer.Tried Tried(Verdict verdict, EntitySlot slot) =>
        new(((Reply.Accepted)verdict.Reply).Value, slot.TipRevision, verdict.Events, verdict.Effects);

    // The store inserts claims of a batch before it deletes releases, so a value that the batch releases, or that another entity takes in
    // it, is only to be had in the next one.
    private static bool CanClaim(EntitySlot slot, EffectPlan plan, Batch open)
    {
        foreach (var claim in plan.Claims)
        {
            if (open.Releases.Contains(claim) || (open.Claims.TryGetValue(claim, out var holder) && holder != slot.Address))
            {
                return false;
            }
        }

        return true;
    }

    private void Note(EffectPlan plan, EntitySlot slot, Batch open)
    {
        foreach (var claim in plan.Claims)
        {
            open.Claims[claim] = slot.Address;
        }

        foreach (var release in plan.Releases)
        {
            open.Releases.Add(release);
        }

        foreach (var name in plan.Timers.Keys)
        {
            open.TimersReplaced.Add((slot.Address, name));
            mail.TakeTimerOut(slot, name);
        }
    }

    private void Append(WorkItem item, LaneCommit commit, Batch open)
    {
        item.Commit = commit;
        item.State = ItemState.Committing;
        open.Items.Add(item);
        item.Shard.Undone++;
        if (item.Slot is { } slot)
        {
            var work = slot.Work ??= new SlotWork();
            work.Undone++;
            work.LastBatch = open;
            item.After ??= slot.Tip;
            item.RevisionAfter = slot.TipRevision;
        }
    }
}
