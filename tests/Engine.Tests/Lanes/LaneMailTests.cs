using Gantry.Actors;
using Gantry.Actors.Kernel;
using Gantry.Actors.Runtime;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Lanes;

public sealed class LaneMailTests
{
    [Fact]
    [Trait("spec", "engine/4.5")]
    public void A_doorbell_that_follows_on_is_taken_and_one_heard_before_is_ignored()
    {
        var lane = new LaneBench();
        lane.Step(new LaneEvent.Ring(lane.Bell("a", 10, 0, "one")));
        lane.Step(new LaneEvent.Ring(lane.Bell("a", 11, 10, "two")));
        lane.Step(new LaneEvent.Ring(lane.Bell("a", 10, 0, "one")));

        lane.PassAndLoad();

        Notes(lane.Batch()).ShouldBe(["one", "two"]);
    }

    [Fact]
    [Trait("spec", "engine/4.5")]
    public void A_lost_doorbell_costs_one_scan_and_never_the_order()
    {
        var lane = new LaneBench();
        var (one, two, three) = (lane.Bell("a", 10, 0, "one"), lane.Bell("a", 11, 10, "two"), lane.Bell("a", 12, 11, "three"));
        lane.Step(new LaneEvent.Ring(one));
        lane.Step(new LaneEvent.Ring(three));
        lane.Pass();
        var scan = lane.TakeOnly<LaneOutput.ScanMail>();
        var four = lane.Bell("a", 13, 12, "four");
        lane.Step(new LaneEvent.Ring(four));

        lane.Step(new LaneEvent.MailFound(scan.Scan, [LaneBench.Found(one), LaneBench.Found(two), LaneBench.Found(three)], IsFull: false));
        lane.PassAndLoad();

        Notes(lane.Batch()).ShouldBe(["one", "two", "three", "four"]);
    }

    [Fact]
    [Trait("spec", "engine/4.5")]
    public void Mail_that_nobody_rang_for_is_found_by_the_scan_every_two_seconds()
    {
        var lane = new LaneBench();
        var silent = lane.Bell("a", 10, 0, "silent");
        lane.Now += LaneLimits.ScanEvery;
        lane.Pass();
        lane.Step(new LaneEvent.MailFound(lane.TakeOnly<LaneOutput.ScanMail>().Scan, [LaneBench.Found(silent)], IsFull: false));
        lane.Pass();

        lane.Step(new LaneEvent.MailFound(lane.TakeOnly<LaneOutput.ScanMail>().Scan, [LaneBench.Found(silent)], IsFull: false));
        lane.PassAndLoad();

        Notes(lane.Batch()).ShouldBe(["silent"]);
    }

    [Fact]
    [Trait("spec", "engine/4.5")]
    public void Mail_that_is_gone_already_is_dropped_and_the_rest_decided_again()
    {
        var lane = new LaneBench();
        var (one, two) = (lane.Bell("a", 10, 0, "one"), lane.Bell("a", 11, 10, "two"));
        lane.Step(new LaneEvent.Ring(one));
        lane.Step(new LaneEvent.Ring(two));
        lane.PassAndLoad();

        lane.Lose(lane.Batch(), gone: [one.Mail[0].Id]);

        Notes(lane.Batch()).ShouldBe(["two"]);
    }

    [Fact]
    [Trait("spec", "engine/6")]
    public void A_store_that_names_one_message_as_gone_twice_is_not_believed_and_the_lane_is_over()
    {
        var lane = new LaneBench();
        var (one, two) = (lane.Bell("a", 10, 0, "one"), lane.Bell("a", 11, 10, "two"));
        lane.Step(new LaneEvent.Ring(one));
        lane.Step(new LaneEvent.Ring(two));
        lane.PassAndLoad();
        lane.Lose(lane.Batch(), gone: [one.Mail[0].Id]);

        var broken = Should.Throw<InvariantException>(() => lane.Lose(lane.Batch(), gone: [one.Mail[0].Id]));

        broken.Message.ShouldContain(one.Mail[0].Id.ToString());
    }

    [Fact]
    [Trait("spec", "engine/4.5")]
    public void A_message_of_more_than_a_thousand_hops_is_parked()
    {
        var lane = new LaneBench();
        var bell = lane.Bell("a", 10, 0, "loop");
        var looping = bell with { Mail = [bell.Mail[0] with { Meta = bell.Mail[0].Meta with { Hops = LaneLimits.HopsMax + 1 } }] };
        lane.Step(new LaneEvent.Ring(looping));

        lane.PassAndLoad();

        lane.Batch().Commits.Single().Parked!.Reason.ShouldStartWith("MAIL_LOOP");
    }

    [Fact]
    [Trait("spec", "engine/2.6")]
    public void A_message_whose_reading_throws_whatever_it_likes_is_parked_and_can_be_written_as_evidence()
    {
        var lane = new LaneBench();
        var bad = LaneBench.Found(lane.Bell("a", 10, 0, "bad")) with { Read = () => throw new FormatException("a bug in an upcaster") };
        lane.Now += LaneLimits.ScanEvery;
        lane.Pass();
        lane.Step(new LaneEvent.MailFound(lane.TakeOnly<LaneOutput.ScanMail>().Scan, [bad], IsFull: false));
        lane.Pass();
        var found = new LaneEvent.MailFound(lane.TakeOnly<LaneOutput.ScanMail>().Scan, [bad, LaneBench.Found(lane.Bell("a", 11, 10, "good"))], IsFull: false);

        lane.Step(found);
        lane.PassAndLoad();

        var batch = lane.Batch();
        batch.Commits.Single().Consumed.ShouldBe(bad.Id);
        batch.Commits.Single().Parked!.Reason.ShouldBe("UNREADABLE: a bug in an upcaster");
        lane.Take<LaneOutput.Note>().ShouldNotContain(n => n.What == LaneNote.MailParked, "it is not parked yet");
        lane.Commit(batch);
        lane.Take<LaneOutput.Note>().Count(n => n.What == LaneNote.MailParked).ShouldBe(1);
        Notes(lane.Batch()).ShouldBe(["good"]);
        var evidence = new EvidenceCodec(new EngineModel([LedgerArea.Module]).Wire);
        var line = evidence.Encode(1, new LaneInput(lane.Now, found));
        var again = evidence.Decode(line).What.ShouldBeOfType<LaneEvent.MailFound>();
        Should.Throw<WireException>(() => again.Mail[0].Read()).Message.ShouldBe("a bug in an upcaster");
    }

    [Fact]
    [Trait("spec", "engine/4.6")]
    public void A_message_that_throws_is_tried_four_times_and_then_parked_while_commands_go_on()
    {
        var lane = new LaneBench();
        var bell = lane.Bell("a", 10, 0, "");
        lane.Step(new LaneEvent.Ring(bell with { Mail = [bell.Mail[0] with { Command = new Break(true) }] }));
        lane.Step(new LaneEvent.Ring(lane.Bell("a", 11, 10, "behind")));
        lane.PassAndLoad();
        lane.Ask("a", new Add(1, "command"));
        lane.Pass();
        Notes(lane.Batch()).ShouldBe(["command"]);
        lane.Step(new LaneEvent.Committed(1, 10));

        for (var attempt = 0; attempt < 3; attempt++)
        {
            lane.Now += TimeSpan.FromSeconds(10);
            lane.Pass();
        }

        lane.Pass();
        var batch = lane.Batch();
        batch.Commits[0].Parked!.Attempts.ShouldBe(4);
        if (batch.Commits.Length == 1)
        {
            lane.Commit(batch);
            batch = lane.Batch();
        }

        Notes(batch).ShouldContain("behind");
    }

    [Fact]
    [Trait("spec", "engine/4.5")]
    public void A_timer_replaced_while_it_waits_in_the_queue_never_fires()
    {
        var lane = new LaneBench();
        lane.Ask("a", new SetAlarm("x", TimeSpan.FromSeconds(1), 1));
        lane.PassAndLoad();
        lane.Commit(lane.Batch());
        lane.Ask("a", new SetAlarm("x", TimeSpan.FromSeconds(5), 10));
        lane.Now += TimeSpan.FromSeconds(1);

        lane.Pass();

        var batch = lane.Batch();
        batch.Commits.Single().TimersReplaced.ShouldBe(["x"]);
        batch.Commits.Single().Consumed.ShouldBeNull();
        lane.Commit(batch);
        lane.Now += TimeSpan.FromSeconds(5);
        lane.Pass();
        Notes(lane.Batch()).ShouldBe(["x"]);
    }

    [Fact]
    [Trait("spec", "engine/4.5")]
    public void A_row_of_a_replaced_timer_that_a_scan_still_sees_does_not_come_back_into_hand()
    {
        var lane = new LaneBench();
        lane.Ask("a", new StopAlarm("x"));
        lane.PassAndLoad();
        var stop = lane.Batch();
        lane.Now += LaneLimits.ScanEvery;
        lane.Pass();
        var old = lane.Bell("a", 5, 0, "x");

        lane.Step(new LaneEvent.MailFound(
            lane.TakeOnly<LaneOutput.ScanMail>().Scan, [LaneBench.Found(old, lane.Now, "x")], IsFull: false));
        lane.Commit(stop);

        lane.Take<LaneOutput.Commit>().ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "engine/8.2")]
    public void An_activity_is_run_by_the_shell_and_its_end_consumes_its_mail_and_posts_the_reply()
    {
        var lane = new LaneBench();
        var run = RunActivity(lane, "t1");
        run.Token.ShouldBe("t1");

        lane.Step(new LaneEvent.ActivityDone(run.Mail, new Reply.Accepted(new LedgerTotal(7))));
        lane.Pass();

        var commit = lane.Batch().Commits.Single();
        commit.Consumed.ShouldBe(run.Mail);
        commit.Mail.Single().Meta.ReplyOf.ShouldBe("t1");
        commit.Mail.Single().To.ShouldBe(LedgerArea.At("a"));
    }

    [Fact]
    [Trait("spec", "engine/8.2")]
    public void A_result_that_cannot_be_written_says_that_nothing_is_known_of_what_was_done()
    {
        var lane = new LaneBench();
        var run = RunActivity(lane, "t1");
        lane.Step(new LaneEvent.ActivityDone(run.Mail, new Reply.Accepted(new object())));
        lane.Pass();

        lane.Step(new LaneEvent.Unencodable(lane.Batch().Number, [new BadCommit(0, IsTooLarge: true, "it is too large")]));
        lane.Pass();

        var told = lane.Batch().Commits.ShouldHaveSingleItem().Mail.ShouldHaveSingleItem().Command.ShouldBeOfType<RefusedReply>();
        RefusedReply.Unpack(told).ShouldBeOfType<Reply.Refused>().Why.Code.ShouldBe(SagaLimits.ResultUnwritten);
    }

    [Fact]
    [Trait("spec", "engine/8.2")]
    public void At_most_16_activities_of_a_name_are_out()
    {
        var lane = new LaneBench();
        for (var i = 0; i < 20; i++)
        {
            lane.Ask("a", new RunIt("probe", $"t{i}"));
        }

        lane.PassAndLoad();
        lane.Commit(lane.Batch());
        lane.Pass();
        var scan = lane.Take<LaneOutput.ScanMail>();

        var running = lane.Take<LaneOutput.RunActivity>();
        running.Count.ShouldBe(LaneLimits.ActivitiesPerName);
        scan.Count.ShouldBe(0);
        lane.Step(new LaneEvent.ActivityDone(running[0].Mail, new Reply.Accepted(new LedgerTotal(7))));
        lane.Take<LaneOutput.RunActivity>().Count.ShouldBe(1);
    }

    /// <summary>Commits the wish for an activity and lets its mail come in: it is out.</summary>
    private static LaneOutput.RunActivity RunActivity(LaneBench lane, string token)
    {
        lane.Ask("a", new RunIt("probe", token));
        lane.PassAndLoad();
        lane.Commit(lane.Batch());
        lane.PassAndLoad();
        return lane.TakeOnly<LaneOutput.RunActivity>();
    }

    private static List<string> Notes(LaneBatch batch) =>
        [.. batch.Commits.SelectMany(c => c.Events).OfType<Added>().Select(a => a.Note)];
}
