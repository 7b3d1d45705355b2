using System.Collections.Immutable;
using Gantry.Actors;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests;

[Trait("spec", "engine/8.2")]
public class SagaTests
{
    private static readonly ImmutableArray<string> Plan = ["book flight", "book hotel", "book car", "run announce"];

    [Fact]
    public void Steps_run_in_order_with_the_token_of_saga_and_step()
    {
        var saga = new SagaBench();
        saga.Start();
        foreach (var step in Plan)
        {
            saga.Out.ShouldBe(step);
            saga.Answer(SagaBench.Yes);
        }

        saga.State.ShouldBe("done");
        saga.Sent.Select(s => s.Token).ShouldBe(["t1.flight", "t1.hotel", "t1.car", "t1.announce"]);
        saga.Data.Booked.ShouldBe(["flight", "hotel", "car", "announce"]);
        saga.Timers.Keys.ShouldBe(["forget"]);
        saga.Row!.State.ShouldBe("done");
    }

    [Fact]
    public void Reply_of_a_step_that_is_over_changes_nothing_and_says_why()
    {
        var saga = new SagaBench();
        saga.Start();
        var former = saga.Token;
        saga.Answer(SagaBench.Yes);
        saga.Ignored.ShouldBeNull();

        saga.Do(saga.Runner.WrapReply(former, SagaBench.Yes)!);

        saga.Ignored.ShouldBe("the reply to t1.flight, for the saga is running in step hotel");
        (saga.Out, saga.Sent.Count).ShouldBe(("book hotel", 2));
    }

    [Fact]
    public void Step_whose_result_could_not_be_written_is_tried_again_and_not_taken_for_one_that_changed_nothing()
    {
        var saga = Forward(1);
        var (step, token) = (saga.Out, saga.Token);

        saga.Answer(SagaBench.No(SagaLimits.ResultUnwritten));

        saga.State.ShouldBe("running");
        saga.PassBackoff();
        (saga.Out, saga.Token).ShouldBe((step, token));
    }

    [Theory]
    [InlineData(0, new string[0])]
    [InlineData(1, new[] { "cancel flight" })]
    [InlineData(2, new[] { "cancel flight" })]
    [InlineData(3, new[] { "cancel car", "cancel flight" })]
    public void Failure_at_a_step_undoes_the_ones_before_it_backwards(int failing, string[] undos)
    {
        var saga = Forward(failing);

        saga.Answer(SagaBench.No("FullyBooked"));
        foreach (var undo in undos)
        {
            saga.State.ShouldBe("unwinding");
            saga.Out.ShouldBe(undo);
            saga.Answer(SagaBench.Yes);
        }

        saga.State.ShouldBe("unwound");
        saga.Sent.Count.ShouldBe(failing + 1 + undos.Length);
        saga.Row!.Why!.Code.ShouldBe("FullyBooked");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Uncertain_reply_at_a_step_is_retried_with_the_same_token_after_a_back_off(int uncertain)
    {
        var saga = Forward(uncertain);
        var token = saga.Token;

        saga.Answer(SagaBench.No("Busy"));
        saga.Sent.Count.ShouldBe(uncertain + 1);
        saga.Row!.LastError.ShouldBe("the desk is busy");
        saga.PassBackoff();

        saga.Sent.Count.ShouldBe(uncertain + 2);
        saga.Token.ShouldBe(token);
        saga.Answer(SagaBench.Yes);
        saga.Row!.Attempts.ShouldBe(0);
    }

    [Fact]
    public void Undo_is_retried_for_ever_and_shows_stuck_after_ten_tries()
    {
        var saga = Forward(1);
        saga.Answer(SagaBench.No("FullyBooked"));
        for (var i = 1; i <= 10; i++)
        {
            saga.State.ShouldBe("unwinding");
            saga.Answer(SagaBench.No("DeskClosed"));
            if (i < 10)
            {
                saga.Timers["again"].Due.ShouldBeLessThanOrEqualTo(SagaLimits.RetryMax);
                saga.PassBackoff();
            }
        }

        saga.State.ShouldBe("stuck");
        saga.Timers["again"].Due.ShouldBe(SagaLimits.StuckRetry);
        saga.PassBackoff();
        saga.Out.ShouldBe("cancel flight");
        saga.Answer(SagaBench.Yes);
        saga.State.ShouldBe("unwound");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Step_that_stays_uncertain_is_tried_for_ever_and_never_undone(int uncertain)
    {
        var saga = Forward(uncertain);
        var token = saga.Token;

        for (var i = 0; i < 50; i++)
        {
            saga.Answer(SagaBench.No("Busy"));
            saga.State.ShouldBe("running");
            saga.Timers["again"].Due.ShouldBeLessThanOrEqualTo(SagaLimits.RetryMax);
            saga.PassBackoff();
            saga.Out.ShouldBe(Plan[uncertain]);
            saga.Token.ShouldBe(token);
        }

        for (var i = uncertain; i < Plan.Length; i++)
        {
            saga.Answer(SagaBench.Yes);
        }

        saga.State.ShouldBe("done");
    }

    [Theory]
    [InlineData(1, "cancel flight", new string[0])]
    [InlineData(2, "cancel flight", new string[0])]
    [InlineData(3, "cancel flight", new[] { "cancel car" })]
    [InlineData(3, "cancel car", new string[0])]
    public void Undo_that_fails_once_or_often_is_tried_again_and_the_rest_is_undone(int failing, string undo, string[] before)
    {
        foreach (var times in new[] { 1, 12 })
        {
            var saga = Forward(failing);
            saga.Answer(SagaBench.No("FullyBooked"));
            foreach (var earlier in before)
            {
                saga.Out.ShouldBe(earlier);
                saga.Answer(SagaBench.Yes);
            }

            for (var i = 0; i < times; i++)
            {
                saga.Out.ShouldBe(undo);
                saga.Answer(SagaBench.No("DeskClosed"));
                saga.State.ShouldBe(i < 9 ? "unwinding" : "stuck");
                saga.PassBackoff();
            }

            saga.Out.ShouldBe(undo);
            saga.Answer(SagaBench.Yes);
            if (undo == "cancel car")
            {
                saga.Out.ShouldBe("cancel flight");
                saga.Answer(SagaBench.Yes);
            }

            saga.State.ShouldBe("unwound");
            saga.Row!.Why!.Code.ShouldBe("FullyBooked");
        }
    }

    [Fact]
    public void Only_a_stuck_undo_can_be_skipped()
    {
        var saga = Forward(1);
        saga.Do(new SkipUndo()).ShouldBeOfType<Reply.Refused>().Why.Code.ShouldBe("SagaNotStuck");
        saga.Answer(SagaBench.No("FullyBooked"));
        for (var i = 1; i <= 10; i++)
        {
            saga.Answer(SagaBench.No("DeskClosed"));
            if (i < 10)
            {
                saga.PassBackoff();
            }
        }

        saga.Do(new SkipUndo()).ShouldBeOfType<Reply.Accepted>();

        saga.State.ShouldBe("unwound");
    }

    [Fact]
    public void Reply_that_is_not_of_the_step_that_is_out_changes_nothing()
    {
        var saga = Forward(2);
        var before = saga.Sent.Count;

        saga.Do(saga.Runner.WrapReply("t1.flight", SagaBench.No("FullyBooked"))!);
        saga.Do(saga.Runner.WrapReply("t1.car.u", SagaBench.Yes)!);
        saga.Answer(SagaBench.No("Busy"));
        saga.Answer(SagaBench.Yes);

        saga.Sent.Count.ShouldBe(before);
        saga.Row!.Step.ShouldBe("car");
        saga.State.ShouldBe("running");
    }

    [Fact]
    public void Slow_step_becomes_visible_and_is_not_sent_twice()
    {
        var saga = Forward(3);

        saga.Timers["slow"].Due.ShouldBe(TimeSpan.FromSeconds(5));
        saga.Do(saga.Timers["slow"].Command);

        saga.Row!.IsSlow.ShouldBeTrue();
        saga.Sent.Count.ShouldBe(4);
        saga.Answer(SagaBench.Yes);
        saga.Row!.IsSlow.ShouldBeFalse();
    }

    [Fact]
    public void Started_again_it_is_the_same_saga()
    {
        var saga = Forward(2);

        saga.Start().ShouldBeOfType<Reply.Accepted>();

        saga.Row!.Step.ShouldBe("car");
        saga.Sent.Count.ShouldBe(3);
    }

    [Fact]
    public void Operator_can_cut_a_back_off_short_and_nothing_else()
    {
        var saga = Forward(1);
        saga.Do(new RetrySaga());
        saga.Sent.Count.ShouldBe(2);
        saga.Answer(SagaBench.No("Busy"));

        saga.Do(new RetrySaga());

        saga.Out.ShouldBe("book hotel");
        saga.Sent.Count.ShouldBe(3);
        saga.Timers.Keys.ShouldNotContain("again");
    }

    [Fact]
    public void Ended_saga_leaves_the_view_when_its_time_is_up()
    {
        var saga = Forward(0);
        saga.Answer(SagaBench.No("FullyBooked"));

        saga.Timers["forget"].Due.ShouldBe(SagaLimits.KeptFor);
        saga.Do(saga.Timers["forget"].Command);

        saga.Row.ShouldBeNull();
    }

    [Fact]
    public void Saga_that_never_began_is_not_found()
    {
        var saga = new SagaBench();

        saga.Do(new ReadSaga()).ShouldBeOfType<Reply.Refused>();
        saga.Do(new RetrySaga()).ShouldBeOfType<Reply.Refused>();
    }

    private static SagaBench Forward(int steps)
    {
        var saga = new SagaBench();
        saga.Start();
        for (var i = 0; i < steps; i++)
        {
            saga.Answer(SagaBench.Yes);
        }

        return saga;
    }
}
