using Gantry.Actors;
using Gantry.Actors.Kernel;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Lanes;

/// <summary>A shard that goes to another node while its lane runs (engine 5.6).</summary>
[Trait("spec", "engine/5.6")]
public sealed class LaneTransferTests
{
    private static readonly Incarnation Other = new(Guid.Parse("00000000-0000-0000-0000-00000000000b"));

    [Fact]
    public void The_transfer_is_a_batch_of_its_own_after_the_one_in_flight_and_before_the_next()
    {
        var lane = new LaneBench();
        var ask = lane.Ask("a", new Add(1, ""));
        lane.PassAndLoad();
        var batch = lane.Batch();

        lane.Step(new LaneEvent.GiveAway(lane.ShardOf("a"), Other));
        var late = lane.Ask("a", new Add(1, ""));
        var elsewhere = lane.Ask(OtherShard(lane, "a"), new Add(1, ""));
        lane.PassAndLoad();
        lane.Take<LaneOutput.Transfer>().ShouldBeEmpty();
        lane.Commit(batch);

        var transfer = lane.TakeOnly<LaneOutput.Transfer>();
        transfer.ShouldBe(new LaneOutput.Transfer(1, batch.Number + 1, new ShardEpoch(lane.ShardOf("a"), 1), Other));
        lane.Take<LaneOutput.Commit>().ShouldBeEmpty();
        lane.Step(new LaneEvent.Committed(transfer.Batch, 0));
        lane.Pass();

        lane.TakeOnly<LaneOutput.TransferEnded>().ShouldBe(new LaneOutput.TransferEnded(lane.ShardOf("a"), true, 2, null));
        lane.Batch().Number.ShouldBe(transfer.Batch + 1);
        var answers = lane.Answers();
        answers[ask].ShouldBeOfType<AskAnswer.Accepted>();
        answers[late].ShouldBeOfType<AskAnswer.Moved>();
        answers.ShouldNotContainKey(elsewhere);
    }

    [Fact]
    public void A_transfer_that_the_store_refuses_leaves_the_shard_here_and_its_positions_go_on()
    {
        var lane = new LaneBench();
        lane.Ask("a", new Add(1, ""));
        lane.PassAndLoad();
        var first = lane.Batch();
        lane.Commit(first);

        lane.Step(new LaneEvent.GiveAway(lane.ShardOf("a"), Other));
        lane.Pass();
        lane.Step(new LaneEvent.NotTransferred(lane.TakeOnly<LaneOutput.Transfer>().Batch, "it is not up"));
        lane.TakeOnly<LaneOutput.TransferEnded>().IsGiven.ShouldBeFalse();
        lane.Ask("a", new Add(1, ""));
        lane.PassAndLoad();

        var second = lane.Batch();
        second.Number.ShouldBe(first.Number + 1);
        second.Commits[0].Position.ShouldBe(first.Commits[0].Position + 1);
        second.Commits[0].Revision.ShouldBe(1);
        lane.Take<LaneOutput.ScanMail>().ShouldNotBeEmpty("mail that was let go is looked for again");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("spec", "engine/3.4")]
    public void A_lost_answer_to_a_transfer_is_resolved_before_anything_else(bool wasDone)
    {
        var lane = new LaneBench();
        lane.Step(new LaneEvent.GiveAway(lane.ShardOf("a"), Other));
        lane.Pass();
        var sent = lane.TakeOnly<LaneOutput.Transfer>();

        lane.Step(new LaneEvent.CommitFailed(sent.Batch, IsOutcomeKnown: false, "the line broke"));
        lane.Pass();
        lane.TakeOnly<LaneOutput.Resolve>();
        var meanwhile = lane.Ask("a", new Add(1, ""));
        lane.Step(new LaneEvent.Resolved(2, wasDone ? sent.Batch : sent.Batch - 1, IsFenced: false));
        lane.Pass();

        lane.Answers()[meanwhile].ShouldBeOfType<AskAnswer.Moved>();
        if (wasDone)
        {
            lane.TakeOnly<LaneOutput.TransferEnded>().IsGiven.ShouldBeTrue();
        }
        else
        {
            lane.TakeOnly<LaneOutput.Transfer>().ShouldBe(sent with { Session = 2 });
        }
    }

    [Fact]
    [Trait("spec", "engine/5.7")]
    public void A_command_that_may_have_been_done_already_has_its_receipt_read_first()
    {
        var lane = new LaneBench();
        lane.Step(new LaneEvent.Arrive
        {
            To = LedgerArea.At("a"),
            Shard = lane.ShardOf("a"),
            Command = new Add(1, ""),
            Key = new CommandKey("once:1"),
            Caller = Principal.Engine,
            Deadline = lane.Now + TimeSpan.FromSeconds(10),
            IsRepeat = true,
            ReplyTo = "again",
        });
        lane.PassAndLoad();

        lane.Take<LaneOutput.Commit>().ShouldBeEmpty();
        var find = lane.TakeOnly<LaneOutput.FindReceipt>();
        lane.Step(new LaneEvent.ReceiptFound(find.Lookup, new KnownKey(LedgerArea.At("a"), "once:1", null, 4, new LedgerTotal(9))));

        lane.Answers()["again"].ShouldBe(new AskAnswer.Accepted(new LedgerTotal(9), 4, IsReplay: true));
    }

    private static string OtherShard(LaneBench lane, string than) =>
        Enumerable.Range(0, 100).Select(i => $"x{i}").First(x => lane.ShardOf(x) != lane.ShardOf(than));
}
