using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Instances;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Instances;

public sealed class VmmDeciderTests
{
    private static readonly VmmState Created = On(
        VmmDecider.Initial, new CreateVmm(InstanceBench.Instance, InstanceBench.SledA, "fd00::1", "amd_milan"));

    [Theory]
    [InlineData("starting", 2)]
    [InlineData("migrating", 2)]
    [InlineData("failed", 9)]
    public void The_sleds_first_answer_is_applied(string state, long generation)
    {
        var after = Said(Created, state, generation);

        after.State.ShouldBe(state);
        after.StateGeneration.ShouldBe(generation);
        (after.FailureReason is not null).ShouldBe(state == "failed", "a reason exactly while failed");
    }

    [Fact]
    [Trait("spec", "vmm/12")]
    public void Answers_in_the_wrong_order_end_in_the_newest()
    {
        var after = Said(Said(Said(Created, "starting", 2), "running", 5), "starting", 4);

        after.State.ShouldBe("running");
        after.StateGeneration.ShouldBe(5);
    }

    [Fact]
    [Trait("spec", "vmm/11")]
    public void The_same_generation_with_another_name_changes_nothing() =>
        Decide(Said(Created, "running", 5), new ApplySledState(new SledSaid("failed", 5, Turns.Start))).Events.ShouldBeEmpty();

    [Theory]
    [InlineData("destroyed")]
    [InlineData("failed")]
    public void A_final_state_is_final(string state)
    {
        var ended = Said(Said(Created, "running", 3), state, 4);

        var late = Decide(ended, new ApplySledState(new SledSaid("running", 99, Turns.Start)));

        late.Events.ShouldBeEmpty();
        late.Reply.ShouldBeOfType<Reply.Accepted>().Value.ShouldBeOfType<VmmStanding>().IsAfterTerminal.ShouldBeTrue();
        Decide(ended, new FailVmm(FailureReasons.SledExpunged)).Events.ShouldBeEmpty();
    }

    [Fact]
    public void A_target_that_is_told_again_is_known_to_have_been_told_before()
    {
        var target = Said(Created, "migrating", 2);

        AttemptOf(target).ShouldBe(1);
        AttemptOf(On(target, new AttemptTarget())).ShouldBe(2);

        static int AttemptOf(VmmState vmm) =>
            Decide(vmm, new AttemptTarget()).Reply.ShouldBeOfType<Reply.Accepted>().Value.ShouldBeOfType<VmmStanding>().Attempt;
    }

    [Fact]
    [Trait("spec", "vmm/I14")]
    public void A_VMM_that_is_still_creating_is_never_failed() =>
        Decide(Created, new FailVmm(FailureReasons.NoSuchInstance)).Events.ShouldBeEmpty();

    [Fact]
    public void The_control_planes_verdict_has_the_next_generation_and_its_reason()
    {
        var after = On(Said(Created, "running", 5), new FailVmm(FailureReasons.NoSuchInstance));

        (after.State, after.StateGeneration, after.FailureReason).ShouldBe(("failed", 6, "no_such_instance"));
    }

    [Theory]
    [InlineData("paused", 3)]
    [InlineData("creating", 3)]
    [InlineData("saga_unwound", 3)]
    [InlineData("running", 0)]
    public void What_no_sled_may_say_is_refused(string state, long generation) =>
        Decide(Created, new ApplySledState(new SledSaid(state, generation, Turns.Start))).CodeOf().ShouldBe("SledAnswerInvalid");

    [Fact]
    public void An_unwound_VMM_asks_its_instance_then_gives_its_room_back_then_goes()
    {
        var unwound = On(Said(Created, "starting", 2), new UnwindVmm());
        unwound.State.ShouldBe("saga_unwound");

        var asked = Decide(unwound, new VmmCommand.Replied("abandon", new Reply.Accepted(Done.Instance)));
        asked.Effects.OfType<Effect.Post>().ShouldContain(p => p.To == Addresses.Sled(InstanceBench.SledA) && p.Command is ReleaseSled);
        var released = asked.Fold(unwound, VmmDecider.Apply);
        var gone = On(released, new VmmCommand.Replied("release", new Reply.Accepted(Done.Instance)));

        gone.TimeDeleted.ShouldNotBeNull();
        Decide(gone, new UnwindVmm()).Reply.ShouldBeOfType<Reply.Accepted>();
        Decide(gone, new ApplySledState(new SledSaid("running", 9, Turns.Start))).Reply
            .ShouldBeOfType<Reply.Refused>().Why.Kind.ShouldBe(RefusalKind.NotFound);
    }

    [Fact]
    public void While_the_instance_points_at_it_an_unwound_VMM_waits()
    {
        var unwound = On(Created, new UnwindVmm());

        var decision = Decide(unwound, new VmmCommand.Replied("abandon", new Reply.Refused(Refusal.Conflict("VmmStillLinked", "x"))));

        decision.Effects.OfType<Effect.SetTimer>().Single().Command.ShouldBeOfType<ReapVmm>();
        decision.Fold(unwound, VmmDecider.Apply).IsTearingDown.ShouldBeFalse();
    }

    [Theory]
    [InlineData("starting")]
    [InlineData("running")]
    [InlineData("stopping")]
    public void A_living_VMM_is_not_torn_down(string state) => Decide(Said(Created, state, 3), new TearDownVmm()).Events.ShouldBeEmpty();

    [Fact]
    public void Only_the_first_attempt_to_register_can_be_certain_that_nothing_was_sent()
    {
        var once = On(On(Created, new BeginRegister()), new AttemptRegister());
        var twice = On(once, new AttemptRegister());

        On(once, new RegisterNotSent()).MayBeOnSled.ShouldBeFalse();
        On(twice, new RegisterNotSent()).MayBeOnSled.ShouldBeTrue();
    }

    private static VmmState Said(VmmState vmm, string state, long generation) =>
        On(vmm, new ApplySledState(new SledSaid(state, generation, Turns.Start)));

    private static Decision<VmmEvent> Decide(VmmState state, VmmCommand command) =>
        VmmDecider.Decide(state, command, Turns.At(Addresses.Vmm(InstanceBench.Active)));

    private static VmmState On(VmmState state, VmmCommand command) => Decide(state, command).Fold(state, VmmDecider.Apply);
}
