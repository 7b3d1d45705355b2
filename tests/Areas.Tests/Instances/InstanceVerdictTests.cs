using Gantry.Actors;
using Gantry.Instances;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Instances;

/// <summary>The table of vmm 4.2, cell by cell; numbers are HTTP statuses.</summary>
public sealed class InstanceVerdictTests
{
    [Theory]
    [InlineData("creating", 409, 400, 400, 400)]
    [InlineData("stopped", 1, 0, 400, 0)]
    [InlineData("failed", 1, 0, 400, 0)]
    [InlineData("failed-linked", 1, 400, 400, 400)]
    [InlineData("starting", 0, 2, 2, 400)]
    [InlineData("running", 0, 2, 2, 400)]
    [InlineData("rebooting", 0, 2, 2, 400)]
    [InlineData("migrating", 0, 2, 2, 400)]
    [InlineData("stopping", 409, 2, 2, 400)]
    [InlineData("stopping-ended", 409, 0, 2, 400)]
    [InlineData("deleted", 404, 404, 404, 404)]
    [Trait("spec", "vmm/34")]
    [Trait("spec", "vmm/35")]
    [Trait("spec", "vmm/37")]
    public void What_may_be_asked_in_which_state(string shown, int start, int stop, int reboot, int delete)
    {
        var instance = InstanceBench.Showing(shown);

        Judge(instance, new WantRunning()).ShouldBe(start);
        Judge(instance, new WantStopped()).ShouldBe(stop);
        Judge(instance, new WantReboot()).ShouldBe(reboot);
        Judge(instance, new DeleteInstance()).ShouldBe(delete);
    }

    [Theory]
    [InlineData("creating")]
    [InlineData("running")]
    [InlineData("stopping")]
    public void A_refused_wish_still_changes_the_intent(string shown)
    {
        var instance = InstanceBench.Showing(shown) with { Intent = Intents.Running };

        var after = InstanceBench.On(instance, new DeleteInstance());

        after.Intent.ShouldBe(Intents.Destroyed);
        after.TimeDeleted.ShouldBeNull();
        after.StateGeneration.ShouldBe(instance.StateGeneration, "the intent is not guarded by the generation");
    }

    [Fact]
    [Trait("spec", "vmm/36")]
    public void Starting_what_runs_changes_no_field()
    {
        var running = InstanceBench.Showing("running");

        InstanceBench.Decide(running, new WantRunning()).Events.ShouldBeEmpty();
    }

    [Fact]
    public void Stopping_what_failed_makes_it_stopped()
    {
        var after = InstanceBench.On(InstanceBench.Failed(), new WantStopped());

        after.State.ShouldBe(InstanceWords.NoVmm);
        after.Intent.ShouldBe(Intents.Stopped);
    }

    [Fact]
    public void What_is_asked_of_a_VMM_that_is_being_registered_goes_to_its_sled_afterwards()
    {
        var instance = InstanceBench.Showing("starting-creating");

        Judge(instance, new WantStopped()).ShouldBe(2);
        Judge(instance, new WantReboot()).ShouldBe(2);
    }

    // 0: accepted, nothing to do. 1: begin a start. 2: to the sled.
    private static int Judge(InstanceState instance, InstanceCommand wish) => InstanceBench.Decide(instance, wish).Reply switch
    {
        Reply.Refused { Why.Kind: RefusalKind.NotFound } => 404,
        Reply.Accepted { Value: InstanceVerdict { Why: { } why } } => why.Kind == RefusalKind.Conflict ? 409 : 400,
        Reply.Accepted { Value: InstanceVerdict { Action: InstanceVerdict.Nothing } } => 0,
        Reply.Accepted { Value: InstanceVerdict { Action: InstanceVerdict.Begin } } => 1,
        Reply.Accepted { Value: InstanceVerdict { Action: InstanceVerdict.AskSled } } => 2,
        var other => throw new InvalidOperationException($"{other}"),
    };
}
