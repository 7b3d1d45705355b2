using Gantry.Actors;
using Gantry.TrustQuorum;

namespace Gantry.Simulation.TrustQuorum;

/// <summary>What must work with no sled more than the threshold says (tq 8.2).</summary>
internal sealed partial class TqWorld
{
    // A settled rack. Drawn members: the first K, one that stays off while an epoch is made, and the rest.
    private void CheckWithFewest()
    {
        var settled = Control.Latest!; // settled
        var members = settled.Members.Select(m => Of(m.Id)).OrderBy(_ => _dice.Next(1 << 20)).ToList();
        var late = members[^1];

        // V4: a restarted member and K-1 others unlock.
        OnlyUp(members.Take(settled.Threshold));
        members.Take(settled.Threshold).ToList().ForEach(m => MustUnlock(m, settled.Epoch, "V4"));

        Revive();
        Crash(late);
        var decided = Decide(late);

        // V1: after the decision K members that are up are enough for all of them to commit and load.
        var few = members.Take(decided.Threshold).ToList();
        OnlyUp(few);
        Pass(Control.Latest);
        DeliverAll();
        foreach (var member in few)
        {
            TqViolation.Unless(member.Disk.LatestCommit == (ulong)decided.Epoch, "V1", $"{member} does not commit with only {few.Count} members up");
            MustUnlock(member, decided.Epoch, "V1");
        }

        // V4: one that missed it all gets there through K others, and nobody tells it to.
        Start(late);
        LoadAt(late, (ulong)settled.Epoch);
        DeliverAll();
        TqViolation.Unless(late.Disk.LatestCommit == (ulong)decided.Epoch, "V4", $"{late} does not catch up through {few.Count} others");
        MustUnlock(late, decided.Epoch, "V4");
        MustUnlock(late, settled.Epoch, "V4");
    }

    // The same members at the next epoch, prepared by all but one and decided, with no commit under way yet.
    private TqRecord Decide(TqSimNode absent)
    {
        var proposed = Ask(new AddSleds([], new ProposalFacts { Draw = 1, Answering = [.. _sleds.Where(s => s.IsUp).Select(s => s.Id)] }));
        TqViolation.Unless(proposed is Reply.Accepted, "V3", $"{TqControl.Text(Control.Latest)} cannot be followed by another epoch: {proposed}");
        Control.Calls.Clear();
        Call(Control.Latest!.Epoch); // just proposed
        DeliverAll();
        var record = Control.Latest;
        var reply = PreparePlan.Report(record, Of(record.Coordinator).Node?.CoordinatorStatus) is { } report ? Ask(report) : null;
        TqViolation.Unless(
            Control.Latest is { State: TqStates.Committing }, "V2", $"{TqControl.Text(record)} is not prepared without {absent}: {reply}");
        return Control.Latest;
    }

    private void OnlyUp(IEnumerable<TqSimNode> some)
    {
        foreach (var sled in _sleds)
        {
            if (sled.IsUp)
            {
                Crash(sled);
            }
        }

        foreach (var sled in some)
        {
            Start(sled);
        }

        DeliverAll();
    }

    private void MustUnlock(TqSimNode sled, long epoch, string property)
    {
        LoadAt(sled, (ulong)epoch);
        DeliverAll();
        TqViolation.Unless(LoadAt(sled, (ulong)epoch), property, $"{sled} cannot load epoch {epoch} with only {_sleds.Count(s => s.IsUp)} sleds up");
    }
}
