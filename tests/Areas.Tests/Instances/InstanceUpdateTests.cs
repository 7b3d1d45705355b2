using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Instances;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Instances;

/// <summary>The worked outcomes of vmm 2.7.</summary>
public sealed class InstanceUpdateTests
{
    [Theory]
    [InlineData("destroyed", Intents.Running, "no_vmm", Intents.GuestShutdown)]
    [InlineData("destroyed", Intents.Stopped, "no_vmm", Intents.Stopped)]
    [InlineData("failed", Intents.Running, "failed", Intents.Running)]
    [InlineData("failed", Intents.Stopped, "failed", Intents.Stopped)]
    [Trait("spec", "vmm/32")]
    public void A_VMM_that_ended_takes_its_instance_along(string vmm, string intent, string state, string intentAfter)
    {
        var running = InstanceBench.WithVmm(VmmWords.Running, intent);

        var decision = InstanceBench.Decide(running, InstanceBench.Report(InstanceBench.Active, vmm, 6));

        var after = decision.Fold(running, InstanceDecider.Apply);
        after.State.ShouldBe(state);
        after.Intent.ShouldBe(intentAfter);
        after.ActiveVmm.ShouldBeNull();
        after.StateGeneration.ShouldBe(running.StateGeneration + 1);
        decision.PostsTo(Addresses.Project(InstanceBench.Project)).ShouldBe([new ReleaseQuota(InstanceBench.Instance) { Vmm = InstanceBench.Active }]);
        decision.PostsTo(Addresses.Silo(InstanceBench.Silo)).ShouldBe([new ReleaseQuota(InstanceBench.Instance) { Vmm = InstanceBench.Active }]);
        decision.PostsTo(Addresses.Vmm(InstanceBench.Active)).ShouldBe([new TearDownVmm()]);
        decision.PostsTo(Addresses.InstanceMulticast(InstanceBench.Instance))
            .ShouldBe([new InstanceChanged(InstanceBench.Instance, after.StateGeneration, IsValid: false, null, null)]);
    }

    [Theory]
    [InlineData("starting")]
    [InlineData("running")]
    [InlineData("stopping")]
    [InlineData("rebooting")]
    public void A_VMM_that_lives_changes_nothing_but_what_is_seen(string vmm)
    {
        var running = InstanceBench.WithVmm(VmmWords.Running);

        var decision = InstanceBench.Decide(running, InstanceBench.Report(InstanceBench.Active, vmm, 6));

        decision.Effects.ShouldBeEmpty();
        var after = decision.Fold(running, InstanceDecider.Apply);
        after.StateGeneration.ShouldBe(running.StateGeneration);
        after.RunStateWord.ShouldBe(RunState.Of("vmm", isMigrating: false, vmm));
    }

    [Theory]
    [InlineData("running", "destroyed", "failed", "pending", "vmm", true, false, false, 1)]
    [InlineData("running", "failed", "in_progress", "failed", "vmm", true, false, false, 1)]
    [InlineData("running", "migrating", "failed", "pending", "vmm", true, false, false, 0)]
    [InlineData("destroyed", "running", "completed", "in_progress", "vmm", false, true, false, 1)]
    [InlineData("destroyed", "running", "completed", "completed", "vmm", false, false, true, 1)]
    [InlineData("migrating", "running", "in_progress", "completed", "vmm", false, false, true, 0)]
    [InlineData("destroyed", "destroyed", "completed", "completed", "no_vmm", false, false, false, 2)]
    [InlineData("failed", "failed", "failed", "failed", "failed", false, false, false, 2)]
    [InlineData("destroyed", "failed", "completed", "completed", "no_vmm", false, false, false, 2)]
    public void A_migration_ends_as_the_table_says(
        string active, string target, string source, string targetSide, string state, bool staysOnSource, bool keepsIds, bool swaps, int tornDown)
    {
        var instance = InstanceBench.Migrating(active, target, source, targetSide);

        var plan = InstanceUpdate.Plan(instance).ShouldNotBeNull();

        plan.State.ShouldBe(state);
        var expected = staysOnSource ? InstanceBench.Active : InstanceBench.Target;
        plan.Active.ShouldBe(state == "vmm" ? expected : null);
        plan.Migration.ShouldBe(keepsIds ? InstanceBench.Migration : null);
        plan.SwapReservations.ShouldBe(swaps);
        plan.TornDown.Length.ShouldBe(tornDown);
        plan.IsDown.ShouldBe(state != "vmm");
    }

    [Fact]
    [Trait("spec", "vmm/I4")]
    public void A_source_whose_end_is_not_heard_of_is_asked_to_go_as_soon_as_nothing_points_at_it()
    {
        var migrating = InstanceBench.Migrating("migrating", "migrating", "in_progress", "in_progress");
        InstanceBench.Decide(migrating, new MayReap(InstanceBench.Active)).CodeOf().ShouldBe("VmmStillLinked");
        var arrived = InstanceBench.Report(InstanceBench.Target, VmmWords.Running, 6) with
        {
            MigrationIn = new MigrationSide(InstanceBench.Migration, "completed", 3, Turns.Start),
        };

        var decision = InstanceBench.Decide(migrating, arrived);

        decision.PostsTo(Addresses.Vmm(InstanceBench.Active)).ShouldBe([new ReapVmm(), new AbandonVmm()]);
        decision.Effects.OfType<Effect.Post>().Single(p => p.Command is AbandonVmm).Delay.ShouldBe(InstancesLimits.LetGoPatience, "it has time to end by itself");
        InstanceBench.Decide(decision.Fold(migrating, InstanceDecider.Apply), new MayReap(InstanceBench.Active)).Reply.ShouldBeOfType<Reply.Accepted>();
    }

    [Fact]
    [Trait("spec", "vmm/I4")]
    public void A_target_whose_source_was_lost_has_more_time_than_the_pull_that_asks_it()
    {
        var migrating = InstanceBench.Migrating("migrating", "migrating", "in_progress", "in_progress");

        var decision = InstanceBench.Decide(migrating, InstanceBench.Report(InstanceBench.Active, VmmWords.Failed, 6) with
        {
            MigrationOut = new MigrationSide(InstanceBench.Migration, "in_progress", 3, Turns.Start),
        });

        decision.Effects.OfType<Effect.Post>().Single(p => p.Command is EndTarget).Delay.ShouldBeGreaterThan(InstancesLimits.SledDeadline);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_start_does_not_write_over_a_stop_or_delete_that_was_answered_since(bool isDelete)
    {
        var wanted = InstanceBench.Wanted();
        var overtaken = InstanceBench.On(wanted, isDelete ? new DeleteInstance() : new WantStopped());

        var decision = InstanceBench.Decide(overtaken, new MarkStarting(InstanceBench.Active, InstanceBench.SledA, IsAutoRestart: false));

        decision.CodeOf().ShouldBe(isDelete ? "ObjectNotFound" : "StartOvertaken");
        decision.Events.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(4, 4, null, null)]
    [InlineData(8, 4, null, "StartOvertaken")]
    [InlineData(4, 8, null, "StartOvertaken")]
    [InlineData(4, 4, "amd_turin", "StartOvertaken")]
    public void A_start_is_refused_when_another_size_was_asked_for_since(int cpus, int memoryGib, string? platform, string? code)
    {
        var mark = new MarkStarting(InstanceBench.Active, InstanceBench.SledA, IsAutoRestart: false) { Size = StartSize.Of(InstanceBench.Config) };
        var wanted = InstanceBench.Config with { Cpus = cpus, MemoryBytes = (long)memoryGib << 30, CpuPlatform = platform };
        var changed = InstanceBench.On(InstanceBench.Wanted(), new ConfigureInstance(wanted, null));

        var decision = InstanceBench.Decide(changed, mark);

        (decision.Reply is Reply.Refused ? decision.CodeOf() : null).ShouldBe(code);
    }

    [Fact]
    public void A_migration_under_way_asks_for_nothing() =>
        InstanceUpdate.Plan(InstanceBench.Migrating("migrating", "migrating", "in_progress", "in_progress")).ShouldBeNull();

    [Fact]
    [Trait("spec", "vmm/11")]
    public void A_report_with_the_stored_generation_is_no_news()
    {
        var running = InstanceBench.WithVmm(VmmWords.Running);

        InstanceBench.Decide(running, InstanceBench.Report(InstanceBench.Active, VmmWords.Failed, 5)).Events.ShouldBeEmpty();
    }

    [Fact]
    public void A_report_of_a_VMM_that_is_not_the_instances_is_no_news() =>
        InstanceBench.Decide(InstanceBench.WithVmm(VmmWords.Running), InstanceBench.Report(InstanceBench.Target, VmmWords.Failed, 99))
            .Events.ShouldBeEmpty();

    [Fact]
    public void An_unwinding_start_leaves_the_instance_stopped_and_a_second_start_replaces_what_could_not_unwind()
    {
        var starting = InstanceBench.WithVmm(VmmWords.Starting);

        var unwound = InstanceBench.On(starting, new UnmarkStarting(InstanceBench.Active));
        var linked = InstanceBench.WithVmm(VmmWords.SagaUnwound);
        var replaced = InstanceBench.On(linked, new MarkStarting(InstanceBench.Target, InstanceBench.SledB, IsAutoRestart: true));

        unwound.State.ShouldBe(InstanceWords.NoVmm);
        unwound.ActiveVmm.ShouldBeNull();
        replaced.ActiveVmm.ShouldBe(InstanceBench.Target);
        InstanceBench.Decide(linked, new MarkStarting(InstanceBench.Target, InstanceBench.SledB, IsAutoRestart: true))
            .PostsTo(Addresses.Silo(InstanceBench.Silo)).ShouldBe([new ReleaseQuota(InstanceBench.Instance) { Vmm = InstanceBench.Active }]);
        replaced.Vmms.Keys.ShouldBe([InstanceBench.Target]);
        replaced.TimeLastAutoRestarted.ShouldNotBeNull();
        InstanceBench.Decide(starting, new MarkStarting(InstanceBench.Target, InstanceBench.SledB, false)).CodeOf().ShouldBe("InstanceHasVmm");
        InstanceBench.Decide(starting, new MayReap(InstanceBench.Active)).CodeOf().ShouldBe("VmmStillLinked");
    }

    [Fact]
    [Trait("spec", "multicast/M10")]
    public void Multicast_hears_with_a_new_generation_that_an_unwound_guest_is_on_no_sled()
    {
        var migrating = InstanceBench.Migrating(VmmWords.Running, VmmWords.Running, "pending", "pending");

        var unwound = InstanceBench.Decide(migrating, InstanceBench.Report(InstanceBench.Active, VmmWords.SagaUnwound, 6) with
        {
            MigrationOut = migrating.Vmms[InstanceBench.Active].MigrationOut,
        });
        var after = unwound.Fold(migrating, InstanceDecider.Apply);

        after.StateGeneration.ShouldBe(migrating.StateGeneration + 1);
        unwound.PostsTo(Addresses.InstanceMulticast(InstanceBench.Instance)).ShouldBe(
            [new InstanceChanged(InstanceBench.Instance, after.StateGeneration, IsValid: true, InstanceBench.Active, Sled: null)]);
    }

    [Fact]
    [Trait("spec", "vmm/I7")]
    public void A_guest_that_moved_on_before_its_start_unwound_is_charged_where_it_is()
    {
        var migrating = InstanceBench.Migrating(VmmWords.Running, VmmWords.Running, "in_progress", "in_progress");

        var uncharged = InstanceBench.On(migrating, new UnmarkStarting(InstanceBench.Active));
        var arrives = InstanceBench.Report(InstanceBench.Target, VmmWords.Running, 6) with
        {
            Sled = InstanceBench.SledB,
            MigrationIn = new MigrationSide(InstanceBench.Migration, "completed", 3, Turns.Start),
        };
        var arrived = InstanceBench.Decide(uncharged, arrives);

        var charge = new ChargeQuota(InstanceBench.Instance, InstanceBench.Config.Cpus, InstanceBench.Config.MemoryBytes) { Vmm = InstanceBench.Target };
        arrived.PostsTo(Addresses.Project(InstanceBench.Project)).ShouldBe([charge]);
        arrived.PostsTo(Addresses.Silo(InstanceBench.Silo)).ShouldBe([charge]);
        arrived.Fold(uncharged, InstanceDecider.Apply).ChargedVmm.ShouldBe(InstanceBench.Target);
        InstanceBench.Decide(InstanceBench.On(migrating, arrives), new UnmarkStarting(InstanceBench.Active))
            .PostsTo(Addresses.Project(InstanceBench.Project)).ShouldBe([charge]);
    }

    [Fact]
    public void Multicast_hears_of_the_sled_with_the_link_and_of_the_end_with_the_deletion()
    {
        var stopped = InstanceBench.Stopped();

        var link = InstanceBench.Decide(InstanceBench.Wanted(), new MarkStarting(InstanceBench.Active, InstanceBench.SledA, false));
        var delete = InstanceBench.Decide(stopped, new DeleteInstance());

        link.PostsTo(Addresses.InstanceMulticast(InstanceBench.Instance)).ShouldBe(
            [new InstanceChanged(InstanceBench.Instance, 3, IsValid: true, InstanceBench.Active, InstanceBench.SledA)]);
        delete.PostsTo(Addresses.InstanceMulticast(InstanceBench.Instance)).ShouldBe([new InstanceDeleted(InstanceBench.Instance)]);
        delete.PostsTo(Addresses.Project(InstanceBench.Project)).ShouldBe([new DismissInstance(InstanceBench.Instance)]);
        delete.PostsTo(Addresses.Silo(InstanceBench.Silo)).ShouldBe([new ReleaseQuota(InstanceBench.Instance)]);
        delete.Effects.ShouldContain(new Effect.Release("instance-name", $"{InstanceBench.Project}/web-1"));
    }
}
