using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Lanes;

/// <summary>Bounds of a lane and what is said at them (engine 9), and scans by pages (4.5).</summary>
public sealed class LaneBoundsTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [Trait("spec", "engine/9")]
    public void Commands_of_a_shard_hold_eight_mebibytes_and_not_a_byte_more(int extra, bool isFull)
    {
        var lane = new LaneBench();
        for (var i = 0; i < 8; i++)
        {
            lane.Ask("a", new Add(1, ""), bytes: 1024 * 1024 - (i == 7 ? 512 : 0));
        }

        var last = lane.Ask("a", new Add(1, ""), bytes: 512 + extra);

        lane.Answers().TryGetValue(last, out var answer).ShouldBe(isFull);
        if (isFull)
        {
            answer.ShouldBeOfType<AskAnswer.Overloaded>().Bound.ShouldBe("shard");
        }
    }

    [Fact]
    [Trait("spec", "engine/9")]
    public void Bytes_are_given_back_with_the_answer()
    {
        var lane = new LaneBench();
        lane.Ask("a", new Add(1, ""), bytes: (int)LaneLimits.ShardBytesMax);
        lane.PassAndLoad();
        lane.Commit(lane.Batch());

        var next = lane.Ask("a", new Add(1, ""), bytes: (int)LaneLimits.ShardBytesMax);

        lane.Answers().ShouldNotContainKey(next);
    }

    [Theory]
    [InlineData(LaneLimits.StoredMailMax - 1, false)]
    [InlineData(LaneLimits.StoredMailMax, false)]
    [InlineData(LaneLimits.StoredMailMax + 1, true)]
    [Trait("spec", "engine/9")]
    public void Shard_with_too_much_mail_in_the_store_answers_clients_overloaded_with_an_honest_time(int stored, bool isFull)
    {
        var lane = new LaneBench();
        lane.Step(new LaneEvent.MailCounted(lane.ShardOf("a"), stored));

        var key = lane.Ask("a", new Add(1, ""));

        lane.Answers().TryGetValue(key, out var answer).ShouldBe(isFull);
        if (isFull)
        {
            answer.ShouldBeOfType<AskAnswer.Overloaded>().RetryAfter.ShouldBeInRange(TimeSpan.FromSeconds(24), TimeSpan.FromSeconds(36));
        }
    }

    [Fact]
    [Trait("spec", "engine/9")]
    public void Above_the_bound_of_activations_idle_entities_leave_early_and_those_in_use_stay()
    {
        var lane = new LaneBench(entitiesMax: 10);
        for (var i = 0; i < 40; i++)
        {
            lane.Ask($"e{i}", new Add(1, ""));
        }

        lane.PassAndLoad();
        lane.Commit(lane.Batch());
        lane.Kernel.EntityCount.ShouldBe(40);
        var asked = lane.Now;
        for (var sweeps = 0; lane.Kernel.EntityCount > 10; sweeps++)
        {
            sweeps.ShouldBeLessThan(1_000);
            lane.Now += TimeSpan.FromMilliseconds(250);
            lane.Ask("e0", new Add(1, ""));
            lane.PassAndLoad();
            lane.Commit(lane.Batch());
            lane.Step(LaneEvent.Tick.Instance);
            lane.Pass();
        }

        (lane.Now - asked).ShouldBeGreaterThan(TimeSpan.FromSeconds(1), "an entity that just worked does not leave");
        (lane.Now - asked).ShouldBeLessThan(LedgerArea.Kind.IdleAfter, "they leave before their own time");
        lane.Take<LaneOutput.Snapshot>().Select(s => s.Entity.Key).Distinct().Count().ShouldBe(30, "each leaves with what it knows");
        for (var i = 0; i < 400; i++)
        {
            lane.Now += TimeSpan.FromMilliseconds(250);
            lane.Step(LaneEvent.Tick.Instance);
            lane.Pass();
        }

        lane.Kernel.EntityCount.ShouldBe(10, "within the bound only their own time counts");
    }

    [Fact]
    [Trait("spec", "engine/9")]
    public void A_state_that_was_found_too_large_takes_mail_and_what_makes_it_smaller_and_refuses_the_rest_until_it_is()
    {
        var lane = new LaneBench(stateBound: new StateBound(4, state => ((LedgerState)state).Name.Length));
        Decide(lane, new TakeName("large")).ShouldBeOfType<AskAnswer.Accepted>("nobody has looked yet");
        lane.Step(new LaneEvent.StateTooLarge(LedgerArea.At("a")));

        Decide(lane, new Add(1, "")).ShouldBeOfType<AskAnswer.Refused>().Why.Code.ShouldBe("StateTooLarge");
        lane.Step(new LaneEvent.Ring(lane.Bell("a", 10, 0, "mail")));
        lane.Pass();
        lane.Commit(lane.Batch());
        Decide(lane, new DropName("large")).ShouldBeOfType<AskAnswer.Accepted>();
        Decide(lane, new Add(1, "")).ShouldBeOfType<AskAnswer.Accepted>();
    }

    [Fact]
    [Trait("spec", "engine/9")]
    public void Bytes_of_mail_that_came_by_doorbell_hold_its_shard_as_those_of_scanned_mail_do()
    {
        var lane = new LaneBench();
        var (large, last) = (lane.Bell("a", 10, 0, "large"), lane.Bell("a", 11, 10, "last"));
        lane.Step(new LaneEvent.Ring(large with { Mail = [large.Mail[0] with { Bytes = (int)LaneLimits.ShardBytesMax }] }));

        lane.Step(new LaneEvent.Ring(last));
        lane.PassAndLoad();

        lane.Batch().Commits.Select(c => ((Added)c.Events[0]).Note).ShouldBe(["large"], "the shard is held: the store keeps what came after");
    }

    [Fact]
    [Trait("spec", "engine/9")]
    public void What_the_encoder_wrote_is_what_a_message_weighs()
    {
        var lane = new LaneBench();
        lane.Ask("a", new Send(LedgerArea.At("b"), 1));
        lane.PassAndLoad();
        var batch = lane.Batch();

        new BatchEncoder(new EngineModel([LedgerArea.Module])).Encode(batch).Failures.ShouldBeEmpty();

        batch.Commits[0].Mail.ShouldHaveSingleItem().Bytes.ShouldBeGreaterThan(20);
    }

    [Fact]
    [Trait("spec", "engine/4.5")]
    public void A_scan_goes_on_after_the_last_row_of_a_full_page()
    {
        var lane = new LaneBench();
        var bells = Enumerable.Range(0, 3).Select(i => lane.Bell("a", 10 + i, i == 0 ? 0 : 9 + i, $"{i}")).ToList();
        lane.Now += LaneLimits.ScanEvery;
        lane.Pass();
        var live = lane.TakeOnly<LaneOutput.ScanMail>();
        live.After.ShouldBeNull();
        lane.Step(new LaneEvent.MailFound(live.Scan, [LaneBench.Found(bells[0])], IsFull: false));
        lane.Pass();

        var first = lane.TakeOnly<LaneOutput.ScanMail>();
        first.After.ShouldBeNull();
        lane.Step(new LaneEvent.MailFound(first.Scan, [LaneBench.Found(bells[0]), LaneBench.Found(bells[1])], IsFull: true));
        var second = lane.TakeOnly<LaneOutput.ScanMail>();
        second.After.ShouldBe(new MailCursor(DateTimeOffset.MinValue, bells[1].Mail[0].Id));
        lane.Step(new LaneEvent.MailFound(second.Scan, [LaneBench.Found(bells[2])], IsFull: false));
        lane.Step(new LaneEvent.Ring(lane.Bell("a", 13, 12, "3")));
        lane.PassAndLoad();

        lane.Batch().Commits.Select(c => ((Added)c.Events[0]).Note).ShouldBe(["0", "1", "2", "3"]);
    }

    [Fact]
    [Trait("spec", "engine/4.6")]
    public void Mail_loaded_five_times_runs_alone_after_its_mark_and_the_mark_goes_with_it()
    {
        var lane = new LaneBench();
        var bell = lane.Bell("a", 10, 0, "risky");
        lane.Step(new LaneEvent.MailRestored(lane.ShardOf("a"), ImmutableArray<MailId>.Empty));
        lane.Pass();
        var scan = lane.TakeOnly<LaneOutput.ScanMail>();
        lane.Step(new LaneEvent.MailFound(scan.Scan, [LaneBench.Found(bell) with { Loads = LaneLimits.MailLoadsSuspect }], IsFull: false));
        lane.Ask("b", new Add(1, "other"));
        lane.PassAndLoad();
        var others = lane.Batch();
        others.Commits.Single().Entity.Key.ShouldBe("b");
        lane.TakeOnly<LaneOutput.Suspect>().Entity.Key.ShouldBe("a");

        lane.Step(new LaneEvent.SuspectNoted(bell.Mail[0].Id));
        lane.Ask("b", new Add(1, "later"));
        lane.Pass();
        lane.Commit(others);
        var alone = lane.Batch();
        alone.Commits.Single().Consumed.ShouldBe(bell.Mail[0].Id);
        lane.Commit(alone);

        lane.TakeOnly<LaneOutput.SuspectCleared>().Entity.Key.ShouldBe("a");
        lane.Batch().Commits.Single().Entity.Key.ShouldBe("b");
    }

    private static AskAnswer Decide(LaneBench lane, LedgerCommand command)
    {
        var ask = lane.Ask("a", command);
        lane.PassAndLoad();
        lane.Take<LaneOutput.Commit>().ForEach(c => lane.Commit(c.Batch));
        if (lane.Take<LaneOutput.Confirm>().Count > 0)
        {
            lane.Step(new LaneEvent.Confirmed(IsOurs: true));
        }

        return lane.Answers()[ask];
    }
}
