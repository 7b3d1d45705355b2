using Gantry.Actors;
using Gantry.Actors.Kernel;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Lanes;

/// <summary>Effects that cannot become rows are a bug of their decider, and of nobody else (engine 2.1, 6).</summary>
public sealed class LaneEffectTests
{
    [Theory]
    [InlineData("a name that is no kind")]
    [InlineData("a token that is no key")]
    [InlineData("a time beyond the calendar")]
    [InlineData("a message to nobody")]
    [InlineData("a nudge of nothing")]
    [Trait("spec", "engine/6")]
    public void An_effect_that_cannot_be_is_a_bug_of_one_command_and_the_lane_goes_on(string effect)
    {
        var lane = new LaneBench();
        var bad = lane.Ask("a", effect switch
        {
            "a name that is no kind" => new RunIt("Probe", "t"),
            "a token that is no key" => new RunIt("probe", "a/b"),
            "a time beyond the calendar" => new SetAlarm("late", TimeSpan.MaxValue, 1),
            "a message to nobody" => new SendAstray(LedgerArea.At("to")),
            _ => new Poke(null!),
        });
        var good = lane.Ask("b", new Add(1, ""));

        lane.PassAndLoad();
        var batch = lane.Batch();
        lane.Commit(batch);

        batch.Commits.ShouldHaveSingleItem().Entity.ShouldBe(LedgerArea.At("b"));
        var answers = lane.Answers();
        answers[bad].ShouldBeOfType<AskAnswer.Refused>().Why.Kind.ShouldBe(RefusalKind.Bug);
        answers[good].ShouldBeOfType<AskAnswer.Accepted>();
    }

    [Fact]
    [Trait("spec", "engine/4.5")]
    public void Mail_after_a_decision_that_failed_follows_on_what_was_really_sent()
    {
        var lane = new LaneBench();
        lane.Ask("a", new SendAstray(LedgerArea.At("to")));
        lane.Ask("a", new Send(LedgerArea.At("to"), 1));

        lane.PassAndLoad();

        lane.Batch().Commits.ShouldHaveSingleItem().Mail.ShouldHaveSingleItem().Previous.ShouldBe(0);
    }

    [Fact]
    [Trait("spec", "engine/4.6")]
    public void A_message_whose_decision_has_such_an_effect_is_tried_four_times_and_then_parked()
    {
        var lane = new LaneBench();
        var bell = lane.Bell("a", 10, 0, "");
        lane.Step(new LaneEvent.Ring(bell with { Mail = [bell.Mail[0] with { Command = new SendAstray(LedgerArea.At("to")) }] }));

        lane.PassAndLoad();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            lane.Take<LaneOutput.Commit>().ShouldBeEmpty();
            lane.Now += TimeSpan.FromSeconds(10);
            lane.Pass();
        }

        lane.Pass();
        lane.Batch().Commits.ShouldHaveSingleItem().Parked!.Attempts.ShouldBe(4);
    }

    [Fact]
    [Trait("spec", "engine/8.2")]
    public void A_token_that_is_too_long_for_an_address_reaches_the_activity_and_comes_back_whole()
    {
        var lane = new LaneBench();
        var token = $"{new string('k', 100)}.a-step-with-a-long-name.u";
        lane.Ask("a", new RunIt("probe", token));
        lane.PassAndLoad();
        var sent = lane.Batch();
        lane.Commit(sent);
        lane.PassAndLoad();

        sent.Commits[0].Mail.ShouldHaveSingleItem().To.Key.Length.ShouldBe(32);
        var run = lane.TakeOnly<LaneOutput.RunActivity>();
        run.Token.ShouldBe(token);
        lane.Step(new LaneEvent.ActivityDone(run.Mail, new Reply.Accepted(new LedgerTotal(7))));
        lane.Pass();
        lane.Batch().Commits.ShouldHaveSingleItem().Mail.ShouldHaveSingleItem().Meta.ReplyOf.ShouldBe(token);
    }
}
