using Gantry.Primitives;
using Gantry.Sled.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Devices.Tests.Sleds;

public sealed class VmmMachineTests
{
    private static readonly DateTimeOffset T0 = new(2026, 8, 21, 10, 0, 0, TimeSpan.Zero);
    private static readonly Guid Migration = GuidForm.FromText("migration");

    [Theory]
    [InlineData("stopped", "destroyed", 3)]
    [InlineData("running", "starting", 2)]
    public void Vmm_that_never_ran(string request, string state, long gen)
    {
        var after = Put(Fresh(), request);

        (after.State, after.Runtime.Gen).ShouldBe((state, gen));
    }

    [Fact]
    public void Start_is_refused_once_it_will_stop_and_reboot_before_it_runs()
    {
        var stopping = Put(Running(), "stopped");

        VmmMachine.Put(stopping, VmmStateRequest.Running, T0).Error!.Status.ShouldBe(400);
        VmmMachine.Put(stopping, VmmStateRequest.Reboot, T0).Error!.Status.ShouldBe(400);
        VmmMachine.Put(Fresh(), VmmStateRequest.Reboot, T0).Error!.Status.ShouldBe(400);
        VmmMachine.Put(stopping, VmmStateRequest.Stopped, T0).After.ShouldBe(stopping);
    }

    [Fact]
    public void Second_reboot_and_second_start_change_nothing()
    {
        var rebooting = Put(Running(), "reboot");

        Put(rebooting, "reboot").ShouldBe(rebooting);
        var started = Put(Fresh(), "running");
        Put(started, "running").ShouldBe(started);
    }

    [Fact]
    public void Later_stop_does_not_reset_the_grace_time()
    {
        var stopping = Put(Running(), "stopped");

        VmmMachine.Put(stopping, VmmStateRequest.Stopped, T0.AddMinutes(5)).After!.StopRequested.ShouldBe(T0);
    }

    [Fact]
    public void Migration_target_needs_its_registration()
    {
        var wanted = new VmmStateRequest("migration_target", "[fd00::1]:1");

        VmmMachine.Put(Fresh(), wanted, T0).Error!.Status.ShouldBe(400);
        VmmMachine.Put(Fresh("migrating"), wanted, T0).Error!.Status.ShouldBe(400);
        VmmMachine.Put(Fresh("migrating", Migration), wanted, T0).Error.ShouldBeNull();
    }

    [Fact]
    public void Source_side_begins_at_generation_2_and_ends_with_a_halt()
    {
        var after = RunAll(VmmMachine.MigrateOut(Running(), Migration, succeeds: true).After!);

        (after.State, after.MigrationOut!.State, after.MigrationOut.Gen).ShouldBe(("destroyed", "completed", 3));
    }

    [Fact]
    public void Failed_migration_leaves_the_source_running_and_the_target_failed()
    {
        var source = RunAll(VmmMachine.MigrateOut(Running(), Migration, succeeds: false).After!);
        var target = RunAll(VmmMachine.FailMigrationIn(Fresh("migrating", Migration)));

        (source.State, source.MigrationOut!.State).ShouldBe(("running", "failed"));
        (target.State, target.MigrationIn!.State).ShouldBe(("failed", "failed"));
    }

    [Fact]
    public void Dead_vmm_fails_its_open_migration()
    {
        var dead = VmmMachine.End(Fresh("migrating", Migration), "failed", T0);

        dead.MigrationIn!.ShouldSatisfyAllConditions(m => m.State.ShouldBe("failed"), m => m.Gen.ShouldBe(2));
    }

    [Theory]
    [InlineData(14, false)]
    [InlineData(15, true)]
    public void Ended_vmm_is_kept_15_minutes_after_it_was_first_read(int minutes, bool isOver)
    {
        var ended = VmmMachine.End(Running(), "destroyed", T0) with { TerminalServed = T0 };

        Retention.IsOver(ended, T0.AddMinutes(minutes)).ShouldBe(isOver);
    }

    [Theory]
    [InlineData(23, false)]
    [InlineData(24, true)]
    public void Ended_vmm_that_nobody_reads_is_kept_24_hours(int hours, bool isOver)
    {
        Retention.IsOver(VmmMachine.End(Running(), "destroyed", T0), T0.AddHours(hours)).ShouldBe(isOver);
        Retention.IsOver(Running(), T0.AddHours(hours)).ShouldBeFalse();
    }

    [Fact]
    public void Any_order_of_requests_and_observations_keeps_the_rules()
    {
        const int Seeds = 300;
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var dice = new SeededRandomSource((ulong)seed);
            var vmm = dice.Next(3) == 0 ? Fresh("migrating", Migration) : Fresh();
            for (var step = 0; step < 40; step++)
            {
                var next = Any(vmm, dice);
                var why = $"seed {seed} step {step}: {vmm.Runtime} -> {next.Runtime}";

                (next.Runtime.Gen - vmm.Runtime.Gen).ShouldBeInRange(0, 1, why);
                (next.State == vmm.State || next.Runtime.Gen > vmm.Runtime.Gen).ShouldBeTrue(why);
                next.State.ShouldNotBe("stopped", why);
                if (vmm.IsTerminal)
                {
                    next.Answer.ShouldBe(vmm.Answer, why);
                    next.Queue.IsEmpty.ShouldBeTrue(why);
                }

                vmm = next;
            }
        }
    }

    private static Vmm Any(Vmm vmm, SeededRandomSource dice) => dice.Next(9) switch
    {
        0 => VmmMachine.Put(vmm, VmmStateRequest.Running, T0).After ?? vmm,
        1 => dice.Next(4) == 0 ? VmmMachine.Put(vmm, VmmStateRequest.Stopped, T0).After ?? vmm : vmm,
        2 => VmmMachine.Put(vmm, VmmStateRequest.Reboot, T0).After ?? vmm,
        3 => VmmMachine.Put(vmm, new VmmStateRequest("migration_target", "a"), T0).After ?? vmm,
        4 => dice.Next(4) == 0 ? VmmMachine.MigrateOut(vmm, Migration, dice.Next(2) == 0).After ?? vmm : vmm,
        5 => dice.Next(8) == 0 ? VmmMachine.GuestShutdown(vmm) : vmm,
        _ => VmmMachine.Step(vmm, T0),
    };

    private static Vmm Fresh(string state = "starting", Guid? migration = null) => VmmMachine.Register(new Vmm
    {
        Id = GuidForm.FromText("vmm"),
        InstanceId = GuidForm.FromText("instance"),
        MigrationId = migration,
        Runtime = new VmmRuntime(state, 2, T0),
        Cpus = 1,
        MemoryMebibytes = 1024,
    }).After!;

    private static Vmm Running() => RunAll(Put(Fresh(), "running"));

    private static Vmm Put(Vmm vmm, string state) => VmmMachine.Put(vmm, new VmmStateRequest(state), T0).After!;

    private static Vmm RunAll(Vmm vmm)
    {
        while (!vmm.Queue.IsEmpty)
        {
            vmm = VmmMachine.Step(vmm, T0);
        }

        return vmm;
    }
}
