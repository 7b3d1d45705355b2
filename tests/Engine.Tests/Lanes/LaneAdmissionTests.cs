using Gantry.Actors;
using Gantry.Actors.Kernel;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Lanes;

public sealed class LaneAdmissionTests
{
    [Fact]
    [Trait("spec", "engine/9")]
    public void The_257th_command_that_waits_at_one_entity_is_overloaded()
    {
        var lane = new LaneBench(isConnected: false);
        for (var i = 0; i < 256; i++)
        {
            lane.Ask("a", new Add(1, ""));
        }

        lane.Answers().ShouldBeEmpty();
        var late = lane.Ask("a", new Add(1, ""));

        lane.Answers()[late].ShouldBeOfType<AskAnswer.Overloaded>().RetryAfter.ShouldBeInRange(
            TimeSpan.FromSeconds(0.8), TimeSpan.FromSeconds(36));
    }

    [Fact]
    [Trait("spec", "engine/9")]
    public void The_4097th_command_in_hand_of_one_shard_is_overloaded()
    {
        var lane = new LaneBench(isConnected: false);
        var sameShard = Enumerable.Range(0, int.MaxValue).Select(i => $"e{i}")
            .Where(k => ShardId.Of(LedgerArea.At(k), 8) == new ShardId(3)).Take(4_097).ToList();
        foreach (var key in sameShard.Take(4_096))
        {
            lane.Ask(key, new Add(1, ""));
        }

        lane.Answers().ShouldBeEmpty();
        var late = lane.Ask(sameShard[^1], new Add(1, ""));

        lane.Answers()[late].ShouldBeOfType<AskAnswer.Overloaded>();
    }

    [Fact]
    [Trait("spec", "engine/9")]
    public void An_expired_command_is_dropped_before_it_is_decided()
    {
        var lane = new LaneBench();
        var late = lane.Ask("a", new Add(1, ""), deadline: TimeSpan.FromSeconds(1));
        lane.Pass();
        var load = lane.TakeOnly<LaneOutput.Load>();
        lane.Now += TimeSpan.FromSeconds(2);

        lane.Step(new LaneEvent.Loaded([new LoadedEntity(load.Entities[0], LedgerDecider.Initial, 0, 0)]));
        lane.Pass();

        lane.Answers()[late].ShouldBeOfType<AskAnswer.Unavailable>();
        lane.Take<LaneOutput.Commit>().ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "engine/2.4")]
    public void A_command_on_its_way_to_the_store_at_its_deadline_is_unknown()
    {
        var lane = new LaneBench();
        var ask = lane.Ask("a", new Add(1, ""), deadline: TimeSpan.FromSeconds(1));
        lane.PassAndLoad();
        lane.Now += TimeSpan.FromSeconds(2);

        lane.Pass();

        lane.Answers()[ask].ShouldBeOfType<AskAnswer.Unknown>();
    }

    [Fact]
    [Trait("spec", "engine/9")]
    public void While_the_store_is_down_what_was_sent_pends_and_new_commands_are_unavailable_until_it_answers()
    {
        var lane = new LaneBench();
        var sent = lane.Ask("a", new Add(1, ""));
        lane.PassAndLoad();
        var batch = lane.Batch();
        lane.Step(new LaneEvent.CommitFailed(batch.Number, IsOutcomeKnown: true, "the disk is full"));

        // A hiccup is waited for.
        var soon = lane.Ask("b", new Add(1, ""));
        lane.Answers().ShouldBeEmpty();
        lane.Now += LaneLimits.StoreDownAfter;
        var late = lane.Ask("c", new Add(1, ""));

        var answer = lane.Answers().ShouldHaveSingleItem();
        answer.Key.ShouldBe(late);
        answer.Value.ShouldBeOfType<AskAnswer.Unavailable>().RetryAfter.ShouldBeInRange(TimeSpan.FromSeconds(0.8), TimeSpan.FromSeconds(1.2));
        lane.Kernel.StoreTrouble!.Why.ShouldContain("the disk is full");
        lane.Pass();
        lane.Batch().Number.ShouldBe(batch.Number, "the same batch is sent again");
        lane.Commit(batch);

        lane.Answers().Keys.ShouldBe([sent]);
        lane.Kernel.StoreTrouble.ShouldBeNull();
        var after = lane.Ask("c", new Add(1, ""));
        lane.PassAndLoad();
        lane.Commit(lane.Batch());
        lane.Answers().Keys.ShouldBe([soon, after], ignoreOrder: true);
    }

    [Fact]
    [Trait("spec", "engine/2.4")]
    public void Two_callers_with_one_key_share_one_decision()
    {
        var lane = new LaneBench();
        lane.Ask("a", new Add(1, ""), "k", digest: "d");
        lane.PassAndLoad();
        lane.Ask("a", new Add(1, ""), "k", digest: "d");
        lane.Ask("a", new Add(2, ""), "k", digest: "other");

        lane.Take<LaneOutput.Answer>().Single().What.ShouldBeOfType<AskAnswer.Refused>().Why.Kind.ShouldBe(RefusalKind.KeyReused);
        lane.Commit(lane.Batch());
        lane.Take<LaneOutput.Answer>().Count(a => a.What is AskAnswer.Accepted).ShouldBe(2);
    }

    [Fact]
    [Trait("spec", "engine/2.4")]
    public void A_recent_key_is_answered_from_its_receipt_without_a_decision()
    {
        var lane = new LaneBench();
        lane.Ask("a", new Add(1, ""), "k");
        lane.PassAndLoad();
        lane.Commit(lane.Batch());
        lane.Answers();

        lane.Ask("a", new Add(1, ""), "k");
        lane.Pass();
        lane.Take<LaneOutput.Commit>().ShouldBeEmpty();
        var lookup = lane.TakeOnly<LaneOutput.FindReceipt>();
        lane.Step(new LaneEvent.ReceiptFound(lookup.Lookup, new KnownKey(LedgerArea.At("a"), "k", null, 1, new LedgerTotal(1))));

        lane.Answers()["k"].ShouldBe(new AskAnswer.Accepted(new LedgerTotal(1), 1, IsReplay: true));
    }

    [Fact]
    [Trait("spec", "engine/3.4")]
    public void A_decider_that_throws_at_the_retry_of_a_committed_command_does_not_hide_its_reply()
    {
        var lane = new LaneBench();
        var ask = lane.Ask("a", new Break(true), "k");
        lane.PassAndLoad(revision: 1);

        lane.Answers().ShouldBeEmpty();
        var lookup = lane.TakeOnly<LaneOutput.FindReceipt>();
        lane.Step(new LaneEvent.ReceiptFound(lookup.Lookup, new KnownKey(LedgerArea.At("a"), "k", null, 1, Done.Instance)));

        lane.Answers()[ask].ShouldBe(new AskAnswer.Accepted(Done.Instance, 1, IsReplay: true));
    }

    [Fact]
    [Trait("spec", "engine/3.4")]
    public void A_bug_is_told_after_the_receipts_and_a_confirm_and_counts_once()
    {
        var lane = new LaneBench();
        var ask = lane.Ask("a", new Break(true), "k");
        lane.PassAndLoad(revision: 1);
        lane.Step(new LaneEvent.ReceiptFound(lane.TakeOnly<LaneOutput.FindReceipt>().Lookup, null));
        lane.Pass();

        lane.Answers().ShouldBeEmpty();
        lane.TakeOnly<LaneOutput.Confirm>();
        lane.Step(new LaneEvent.Confirmed(IsOurs: true));

        lane.Answers()[ask].ShouldBeOfType<AskAnswer.Refused>().Why.Kind.ShouldBe(RefusalKind.Bug);
        lane.Take<LaneOutput.Note>().Count(n => n.What == LaneNote.DeciderBug).ShouldBe(1);
    }

    [Fact]
    [Trait("spec", "engine/3.4")]
    public void A_refusal_leaves_only_after_a_confirm_when_the_lane_is_idle()
    {
        var lane = new LaneBench();
        var ask = lane.Ask("a", new Add(-1, ""));

        lane.PassAndLoad();
        lane.Answers().ShouldBeEmpty();
        lane.TakeOnly<LaneOutput.Confirm>();
        lane.Step(new LaneEvent.Confirmed(IsOurs: true));

        lane.Answers()[ask].ShouldBeOfType<AskAnswer.Refused>();
    }

    [Fact]
    [Trait("spec", "engine/3.4")]
    public void A_refusal_that_looked_at_an_uncommitted_state_waits_for_its_batch_and_is_decided_again_when_that_fails()
    {
        var lane = new LaneBench();
        lane.Ask("a", new Add(5, ""), "k1");
        lane.PassAndLoad();
        var batch = lane.Batch();
        var same = lane.Ask("a", new Add(0, ""));
        lane.Pass();
        lane.Take<LaneOutput.Confirm>().ShouldBeEmpty();

        lane.Lose(batch, known: [new KnownKey(LedgerArea.At("a"), "k1", null, 1, new LedgerTotal(5))]);
        lane.TakeOnly<LaneOutput.Confirm>();
        lane.Step(new LaneEvent.Confirmed(IsOurs: true));

        lane.Answers()[same].ShouldBe(new AskAnswer.Accepted(new LedgerTotal(0), 0, IsReplay: false));
    }

    [Fact]
    [Trait("spec", "engine/3.4")]
    public void A_refusal_decided_while_a_batch_is_in_flight_is_not_proved_by_that_batch()
    {
        var lane = new LaneBench();
        lane.Ask("a", new Add(5, ""));
        lane.PassAndLoad();
        var batch = lane.Batch();
        var refused = lane.Ask("a", new Add(-1, ""));
        lane.Pass();

        lane.Commit(batch);
        lane.Answers().Keys.ShouldNotContain(refused);
        lane.TakeOnly<LaneOutput.Confirm>();
        lane.Step(new LaneEvent.Confirmed(IsOurs: true));

        lane.Answers().Keys.ShouldContain(refused);
    }

    [Fact]
    [Trait("spec", "engine/3.4")]
    public void A_load_of_an_older_epoch_is_dropped()
    {
        var lane = new LaneBench();
        lane.Ask("a", new Add(1, ""));
        lane.Pass();
        var load = lane.TakeOnly<LaneOutput.Load>();

        lane.Step(new LaneEvent.Loaded([new LoadedEntity(load.Entities[0] with { Epoch = 0 }, LedgerDecider.Initial, 0, 0)]));
        lane.Pass();

        lane.Take<LaneOutput.Commit>().ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "engine/6")]
    public void An_entity_whose_data_cannot_be_read_is_quarantined_alone()
    {
        var lane = new LaneBench();
        var bad = lane.Ask("a", new Add(1, ""));
        var good = lane.Ask("b", new Add(1, ""));
        lane.Pass();
        var load = lane.TakeOnly<LaneOutput.Load>();

        lane.Step(new LaneEvent.Loaded([.. load.Entities.Select(e => e.Entity.Key == "a"
            ? new LoadedEntity(e, null, 0, 0, "unknown tag")
            : new LoadedEntity(e, LedgerDecider.Initial, 0, 0))]));
        lane.Pass();
        lane.Commit(lane.Batch());

        var answers = lane.Answers();
        answers[bad].ShouldBeOfType<AskAnswer.Unavailable>();
        answers[good].ShouldBeOfType<AskAnswer.Accepted>();
    }

    [Fact]
    [Trait("spec", "engine/5.6")]
    public void A_shard_is_given_up_when_nothing_of_it_is_under_way()
    {
        var lane = new LaneBench();
        var ask = lane.Ask("a", new Add(1, ""));
        lane.PassAndLoad();
        var batch = lane.Batch();
        var shard = ShardId.Of(LedgerArea.At("a"), 8);

        lane.Step(new LaneEvent.Yield(shard));
        var late = lane.Ask("a", new Add(1, ""));
        lane.Pass();
        lane.Take<LaneOutput.Yielded>().ShouldBeEmpty();
        lane.Commit(batch);

        lane.TakeOnly<LaneOutput.Yielded>().Shard.ShouldBe(shard);
        var answers = lane.Answers();
        answers[ask].ShouldBeOfType<AskAnswer.Accepted>();
        answers[late].ShouldBeOfType<AskAnswer.Moved>();
    }
}
