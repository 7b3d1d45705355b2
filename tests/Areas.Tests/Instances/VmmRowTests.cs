using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Instances;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Instances;

/// <summary>What is decided by looking at a VMM's row: the updater, the stop during a registration, the old put.</summary>
public sealed class VmmRowTests
{
    private static readonly MigrationId s_other = MigrationId.From(GuidForm.FromText("another migration"));

    [Fact]
    public void The_updater_rests_when_the_migration_of_a_VMM_is_over()
    {
        var moved = Row(VmmWords.Running) with { MigrationIn = Side("completed") };

        InstanceUpdater.IsOver(moved, InstanceBench.Migration).ShouldBeTrue();
        InstanceUpdater.IsOver(moved, null).ShouldBeFalse();
        InstanceUpdater.IsOver(moved, s_other).ShouldBeFalse();
        InstanceUpdater.IsOver(Row(VmmWords.Running) with { MigrationOut = Side("in_progress") }, InstanceBench.Migration).ShouldBeFalse();
        InstanceUpdater.IsOver(Row(VmmWords.Destroyed), null).ShouldBeTrue();
    }

    [Fact]
    public void A_stop_during_the_registration_is_asked_again_for_half_a_minute()
    {
        var creating = Row(VmmWords.Creating);

        var soon = PutStateActivity.WhyNotThere(creating, creating.Id, Turns.Start.AddSeconds(29)).ShouldNotBeNull();
        var late = PutStateActivity.WhyNotThere(creating, creating.Id, Turns.Start.AddSeconds(31)).ShouldNotBeNull();

        (soon.Code, late.Code).ShouldBe(("VmmNotRegisteredYet", "VmmBeingRegistered"));
        var step = TransitionSaga.Steps.Single(s => s.Name == "sled");
        var data = new TransitionData(InstanceBench.Instance, TransitionSaga.Stop);
        step.OnReply(data, new Reply.Refused(soon)).ShouldBeOfType<StepEnd<TransitionData>.Retry>();
        step.OnReply(data, new Reply.Refused(late)).ShouldBeOfType<StepEnd<TransitionData>.Fail>();
        PutStateActivity.WhyNotThere(Row(VmmWords.Starting), creating.Id, Turns.Start).ShouldBeNull();
        PutStateActivity.WhyNotThere(null, creating.Id, Turns.Start).ShouldNotBeNull().Code.ShouldBe("InstanceNotStarted");
    }

    [Fact]
    [Trait("spec", "vmm/20")]
    public void A_put_that_no_VMM_can_mean_is_refused_and_one_about_a_former_migration_is_not()
    {
        var target = Row(VmmWords.Migrating) with { MigrationIn = Side("in_progress") };
        var mine = Said(InstanceBench.Migration);
        var former = Said(s_other);

        LegacyPut.WhyNot(target, State(mine, null), true).ShouldBeNull();
        LegacyPut.WhyNot(target, State(null, former), true).ShouldBeNull();
        LegacyPut.WhyNot(target, State(null, null), false).ShouldBeNull();
        KindOf(State(mine, mine), true).ShouldBe(RefusalKind.Conflict);
        KindOf(State(mine, null), false).ShouldBe(RefusalKind.Gone);
        KindOf(State(null, mine), true).ShouldBe(RefusalKind.InvalidValue);

        RefusalKind? KindOf(SledVmmState said, bool isInstanceThere) => LegacyPut.WhyNot(target, said, isInstanceThere)?.Kind;
    }

    private static SledVmmState State(SledMigrationState? into, SledMigrationState? outOf) =>
        new(new VmmRuntime(VmmWords.Migrating, 4, Turns.Start), into, outOf);

    private static SledMigrationState Said(MigrationId migration) => new(migration.Value, "in_progress", 3, Turns.Start);

    private static VmmMigrationRow Side(string state) => new(InstanceBench.Migration, state, 2, Turns.Start);

    private static VmmRow Row(string state) => new()
    {
        Id = InstanceBench.Active, Instance = InstanceBench.Instance, Sled = InstanceBench.SledA, Address = "fd00::1", State = state, StateGeneration = 3,
        CpuPlatform = "amd_milan", TimeStateUpdated = Turns.Start, TimeCreated = Turns.Start,
    };
}
