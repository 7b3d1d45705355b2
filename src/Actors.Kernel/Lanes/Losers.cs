using Gantry.Primitives;

namespace Gantry.Actors.Kernel;

/// <summary>Tells what the store will not have in a batch to whom it belongs (engine 3.3, 4.6).</summary>
internal sealed class Losers(LaneContext lane, MailDesk mail, DecisionDesk decisions)
{
    /// <summary>What the store named of a batch is gone, known or taken: true when the item has its answer and is not decided again.</summary>
    public bool Lose(
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

    /// <summary>The rows of an item cannot be written: it is refused, tried again or parked.</summary>
    public bool Reject(WorkItem item, bool isTooLarge, string why, Batch open)
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
        decisions.Fail(item, refusal, open);
        return true;
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
}
