using Gantry.Primitives;
using Gantry.Sled.Simulator;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Devices.Tests.Sleds;

public sealed class SledAdapterTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    public async Task Registered_vmm_has_the_given_state_and_generation_and_its_memberships()
    {
        await using var lab = await SledLab.StartAsync();
        var vmm = SystemRandomSource.Instance.NewGuid();

        var state = (await lab.Port.RegisterAsync(vmm, SledLab.Registration(), Ct)).Value();

        state.VmmState.ShouldBe(new VmmRuntime("starting", 2, SledLab.Registration().Runtime.TimeUpdated));
        state.MigrationIn.ShouldBeNull();
        var kept = lab.Sled.Model.List().Single();
        kept.MulticastGroups.Select(m => (m.GroupIp, string.Join(' ', m.Sources)))
            .ShouldBe([("224.1.2.3", ""), ("232.1.2.3", "10.0.0.1")]);
        (kept.Cpus, kept.MemoryMebibytes).ShouldBe((2, 4096));
    }

    [Fact]
    public async Task Registering_again_gives_the_present_state_and_another_instance_is_an_error()
    {
        await using var lab = await SledLab.StartAsync();
        var vmm = await lab.RunningVmmAsync();

        (await lab.Port.RegisterAsync(vmm, SledLab.Registration(), Ct)).Value().VmmState.State.ShouldBe("running");
        var other = SledLab.Registration() with { InstanceId = SystemRandomSource.Instance.NewGuid() };
        (await lab.Port.RegisterAsync(vmm, other, Ct)).Rejection().ShouldBe((500, "Internal"));
    }

    [Fact]
    public async Task Vmm_with_too_many_cpus_or_a_wrong_state_is_not_registered()
    {
        await using var lab = await SledLab.StartAsync();
        var vmm = SystemRandomSource.Instance.NewGuid();

        (await lab.Port.RegisterAsync(vmm, SledLab.Registration(cpus: VmmMachine.CpusMax + 1), Ct)).Rejection().Status.ShouldBe(500);
        (await lab.Port.RegisterAsync(vmm, SledLab.Registration("running"), Ct)).Rejection().Status.ShouldBe(400);
        (await lab.Port.GetStateAsync(vmm, Ct)).Rejection().ShouldBe((404, "NO_SUCH_INSTANCE"));
        (await lab.Port.RegisterAsync(vmm, SledLab.Registration(cpus: VmmMachine.CpusMax), Ct)).Value().VmmState.Gen.ShouldBe(2);
    }

    [Fact]
    public async Task Explicit_sled_moves_only_when_poked_and_by_one_generation_per_observation()
    {
        await using var lab = await SledLab.StartAsync();
        var vmm = SystemRandomSource.Instance.NewGuid();
        await lab.Port.RegisterAsync(vmm, SledLab.Registration(), Ct);

        (await lab.Port.PutStateAsync(vmm, VmmStateRequest.Running, Ct)).Value().UpdatedRuntime!.VmmState.State.ShouldBe("starting");
        (await lab.StateAsync(vmm))!.VmmState.Gen.ShouldBe(2);
        await lab.PokeAsync(vmm);
        (await lab.StateAsync(vmm))!.VmmState.ShouldSatisfyAllConditions(s => s.State.ShouldBe("running"), s => s.Gen.ShouldBe(3));

        var stopping = (await lab.Port.PutStateAsync(vmm, VmmStateRequest.Stopped, Ct)).Value().UpdatedRuntime!.VmmState;
        (stopping.State, stopping.Gen).ShouldBe(("stopping", 4));
        List<(string, long)> seen = [];
        for (var i = 0; i < 3; i++)
        {
            await lab.PokeAsync(vmm, isSingleStep: true);
            var now = (await lab.StateAsync(vmm))!.VmmState;
            seen.Add((now.State, now.Gen));
        }

        seen.ShouldBe([("stopping", 5), ("stopping", 6), ("destroyed", 7)]);
    }

    [Fact]
    public async Task Auto_sled_runs_through_start_reboot_and_stop_by_itself()
    {
        await using var lab = await SledLab.StartAsync(SledModes.Auto);
        var vmm = SystemRandomSource.Instance.NewGuid();
        await lab.Port.RegisterAsync(vmm, SledLab.Registration(), Ct);

        await lab.Port.PutStateAsync(vmm, VmmStateRequest.Running, Ct);
        await BecomesAsync(lab, vmm, "running");
        (await lab.Port.PutStateAsync(vmm, VmmStateRequest.Reboot, Ct)).Value().UpdatedRuntime!.VmmState.State.ShouldBe("rebooting");
        await BecomesAsync(lab, vmm, "running");
        await lab.Port.PutStateAsync(vmm, VmmStateRequest.Stopped, Ct);
        await BecomesAsync(lab, vmm, "destroyed");
    }

    [Fact]
    public async Task Migration_target_shows_its_side_from_pending_to_completed()
    {
        await using var lab = await SledLab.StartAsync();
        var (vmm, migration) = (SystemRandomSource.Instance.NewGuid(), SystemRandomSource.Instance.NewGuid());

        var registered = (await lab.Port.RegisterAsync(vmm, SledLab.Registration("migrating", migration), Ct)).Value();
        registered.MigrationIn!.ShouldSatisfyAllConditions(m => m.State.ShouldBe("pending"), m => m.Gen.ShouldBe(1));
        await lab.Port.PutStateAsync(vmm, new VmmStateRequest("migration_target", "[fd00::1]:12400"), Ct);
        await lab.PokeAsync(vmm);

        var state = (await lab.StateAsync(vmm))!;
        (state.VmmState.State, state.VmmState.Gen).ShouldBe(("running", 6));
        (state.MigrationIn!.MigrationId, state.MigrationIn.State, state.MigrationIn.Gen).ShouldBe((migration, "completed", 3));
    }

    [Fact]
    public async Task Ended_vmm_stays_readable_until_it_is_handed_over()
    {
        await using var lab = await SledLab.StartAsync();
        var vmm = await lab.RunningVmmAsync();
        await lab.DoAsync("guest_shutdown", vmm);

        (await lab.StateAsync(vmm))!.VmmState.State.ShouldBe("destroyed");
        var gen = (await lab.StateAsync(vmm))!.VmmState.Gen;
        (await lab.Port.PutStateAsync(vmm, VmmStateRequest.Stopped, Ct)).Value().UpdatedRuntime!.VmmState.State.ShouldBe("destroyed");
        (await lab.Port.PutStateAsync(vmm, VmmStateRequest.Running, Ct)).Rejection().ShouldBe((410, "NO_SUCH_INSTANCE"));
        (await lab.Port.PutStateAsync(vmm, VmmStateRequest.Reboot, Ct)).Rejection().ShouldBe((410, "NO_SUCH_INSTANCE"));
        (await lab.Port.RegisterAsync(vmm, SledLab.Registration(), Ct)).Value().VmmState.State.ShouldBe("destroyed");
        (await lab.Port.UnregisterAsync(vmm, Ct)).Value().UpdatedRuntime!.VmmState.ShouldSatisfyAllConditions(
            s => s.State.ShouldBe("destroyed"), s => s.Gen.ShouldBe(gen));

        (await lab.Port.GetStateAsync(vmm, Ct)).Rejection().ShouldBe((404, "NO_SUCH_INSTANCE"));
        (await lab.Port.UnregisterAsync(vmm, Ct)).Value().UpdatedRuntime.ShouldBeNull();
    }

    [Fact]
    public async Task Unregistering_a_live_vmm_fails_it_and_forgets_it_at_once()
    {
        await using var lab = await SledLab.StartAsync();
        var vmm = await lab.RunningVmmAsync();

        var last = (await lab.Port.UnregisterAsync(vmm, Ct)).Value().UpdatedRuntime!.VmmState;

        (last.State, last.Gen).ShouldBe(("failed", 4));
        (await lab.Port.GetStateAsync(vmm, Ct)).Rejection().ShouldBe((404, "NO_SUCH_INSTANCE"));
    }

    [Fact]
    public async Task Inventory_tells_who_the_sled_is_and_what_it_has()
    {
        await using var lab = await SledLab.StartAsync();

        (await lab.Port.InventoryAsync(Ct)).Value().ShouldBe(new SledInventory
        {
            SledId = lab.Sled.Id,
            Role = "scrimlet",
            PartNumber = "sim-gimlet",
            SerialNumber = "BRM5",
            CpuFamily = "amd_milan",
            UsableHardwareThreads = 32,
            UsablePhysicalRam = 64L << 30,
            ReservoirSize = 32L << 30,
        });
    }

    private static Task BecomesAsync(SledLab lab, Guid vmm, string state)
    {
        string? last = null;
        return Eventually.HoldsAsync(
            async () => (last = (await lab.StateAsync(vmm))?.VmmState.State) == state, SledLab.Patience, () => last);
    }
}
