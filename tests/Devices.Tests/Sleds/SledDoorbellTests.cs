using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Devices.Tests.Sleds;

public sealed class SledDoorbellTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    public async Task Every_change_rings_without_a_body_at_the_lowest_version_and_shows_first()
    {
        await using var plane = await ControlPlaneDouble.StartAsync();
        await using var lab = await SledLab.StartAsync(controlPlane: plane.Address);
        var vmm = await lab.RunningVmmAsync();

        await RingsAsync(plane, 1);

        plane.Rings.ShouldBe([$"POST /vmms/{vmm}/doorbell 2.0.0"]);
        plane.RingBodies.ShouldBe([""]);
        (await lab.StateAsync(vmm))!.VmmState.State.ShouldBe("running");
    }

    [Fact]
    public async Task Changes_during_a_ring_make_exactly_one_more()
    {
        await using var plane = await ControlPlaneDouble.StartAsync();
        await using var lab = await SledLab.StartAsync(controlPlane: plane.Address);
        var gate = new TaskCompletionSource();
        plane.RingGate = gate.Task;
        var vmm = await lab.RunningVmmAsync();
        await RingsAsync(plane, 1);

        await lab.Port.PutStateAsync(vmm, VmmStateRequest.Reboot, Ct);
        await lab.PokeAsync(vmm);
        (await lab.StateAsync(vmm))!.VmmState.Gen.ShouldBe(6, "a GET does not wait for the ring");
        plane.Rings.Count.ShouldBe(1, "one ring is outstanding");
        gate.SetResult();

        await RingsAsync(plane, 2);
        await Eventually.HoldsAsync(() => lab.Sled.View().Rings == 2, SledLab.Patience);
        plane.Rings.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Hanging_ring_of_one_vmm_blocks_no_other_vmm_and_no_registration()
    {
        await using var plane = await ControlPlaneDouble.StartAsync();
        await using var lab = await SledLab.StartAsync(controlPlane: plane.Address);
        plane.RingGate = new TaskCompletionSource().Task;
        var first = await lab.RunningVmmAsync();
        await RingsAsync(plane, 1);

        var second = await lab.RunningVmmAsync();
        await RingsAsync(plane, 2);
        (await lab.Port.RegisterAsync(first, SledLab.Registration(), Ct)).Value().VmmState.State.ShouldBe("running");

        plane.Rings.Last().ShouldContain(second.ToString());
    }

    [Fact]
    public async Task Ring_is_tried_again_after_5xx_and_after_no_connection_until_it_is_answered()
    {
        await using var plane = await ControlPlaneDouble.StartAsync();
        await using var lab = await SledLab.StartAsync(controlPlane: plane.Address);
        plane.RingAnswers.Clear();
        plane.RingAnswers.Enqueue((503, "ServiceNotAvailable"));
        plane.RingAnswers.Enqueue((204, null));
        await lab.RunningVmmAsync();
        await RingsAsync(plane, 2);

        await plane.CloseAsync();
        await lab.RunningVmmAsync();
        await Eventually.HoldsAsync(() => lab.Sled.View().Rings >= 3, SledLab.Patience);
        await plane.OpenAsync();

        await RingsAsync(plane, 3);
    }

    [Theory]
    [InlineData(400, null)]
    [InlineData(404, null)]
    [Trait("spec", "vmm/21")]
    public async Task Other_4xx_is_final_and_the_ended_vmm_is_kept(int status, string? code)
    {
        await using var plane = await ControlPlaneDouble.StartAsync();
        await using var lab = await SledLab.StartAsync(controlPlane: plane.Address);
        plane.RingAnswers.Clear();
        plane.RingAnswers.Enqueue((status, code));
        var vmm = await lab.RunningVmmAsync();
        await RingsAsync(plane, 1);

        await lab.DoAsync("hypervisor_crash", vmm);
        await RingsAsync(plane, 2);
        await Eventually.HoldsAsync(() => lab.Sled.View().Rings == 2, SledLab.Patience);

        (await lab.StateAsync(vmm))!.VmmState.State.ShouldBe("failed");
    }

    [Fact]
    [Trait("spec", "vmm/6")]
    public async Task Object_not_found_drops_an_ended_vmm_and_keeps_a_live_one()
    {
        await using var plane = await ControlPlaneDouble.StartAsync();
        await using var lab = await SledLab.StartAsync(controlPlane: plane.Address);
        plane.RingAnswers.Clear();
        plane.RingAnswers.Enqueue((404, "ObjectNotFound"));
        var vmm = await lab.RunningVmmAsync();
        await Eventually.HoldsAsync(() => lab.Sled.View().Rings == 1, SledLab.Patience);
        (await lab.StateAsync(vmm))!.VmmState.State.ShouldBe("running");

        await lab.DoAsync("guest_shutdown", vmm);

        await Eventually.HoldsAsync(async () => await lab.StateAsync(vmm) is null, SledLab.Patience);
        (await lab.Port.GetStateAsync(vmm, Ct)).Rejection().ShouldBe((404, "NO_SUCH_INSTANCE"));
    }

    [Fact]
    public async Task Unregistered_vmm_does_not_ring()
    {
        await using var plane = await ControlPlaneDouble.StartAsync();
        await using var lab = await SledLab.StartAsync(controlPlane: plane.Address);
        var vmm = await lab.RunningVmmAsync();
        await RingsAsync(plane, 1);
        await lab.Port.UnregisterAsync(vmm, Ct);

        var other = await lab.RunningVmmAsync();
        await RingsAsync(plane, 2);

        plane.Rings.Last().ShouldContain(other.ToString());
    }

    [Fact]
    public async Task Ring_faults_lose_double_and_delay()
    {
        await using var plane = await ControlPlaneDouble.StartAsync();
        await using var lab = await SledLab.StartAsync(controlPlane: plane.Address);
        await lab.FaultAsync("""{"kind":"ring_drop","count":1}""");
        await lab.RunningVmmAsync();
        await Eventually.HoldsAsync(() => lab.Sled.Model.Faults.List().Count == 0, SledLab.Patience);
        await lab.FaultAsync("""{"kind":"ring_duplicate","count":1}""");
        var doubled = await lab.RunningVmmAsync();
        await RingsAsync(plane, 2);

        plane.Rings.ShouldAllBe(r => r.Contains(doubled.ToString()));
    }

    [Fact]
    public async Task Reordered_ring_comes_after_a_later_one_of_another_vmm()
    {
        await using var plane = await ControlPlaneDouble.StartAsync();
        await using var lab = await SledLab.StartAsync(controlPlane: plane.Address);
        await lab.FaultAsync("""{"kind":"ring_reorder","count":1}""");

        var first = await lab.RunningVmmAsync();
        await Eventually.HoldsAsync(() => lab.Sled.Model.Faults.List().Count == 0, SledLab.Patience);
        var second = await lab.RunningVmmAsync();
        await RingsAsync(plane, 2);

        plane.Rings.Select(r => r.Contains(second.ToString())).ShouldBe([true, false]);
        plane.Rings.Last().ShouldContain(first.ToString());
    }

    [Fact]
    public async Task R20_sled_puts_the_state_and_keeps_the_ended_vmm_while_r19_forgets_it_at_once()
    {
        await using var plane = await ControlPlaneDouble.StartAsync();
        await using var lab = await SledLab.StartAsync(controlPlane: plane.Address);
        await lab.SetAsync("""{"personality":"R20"}""");
        var kept = await lab.RunningVmmAsync();
        await lab.DoAsync("hypervisor_crash", kept);
        await Eventually.HoldsAsync(() => plane.RingBodies.Any(b => b.Contains("\"failed\"")), SledLab.Patience);
        plane.Rings.ShouldAllBe(r => r == $"PUT /vmms/{kept} 1.0.0");
        (await lab.StateAsync(kept))!.VmmState.State.ShouldBe("failed");

        await lab.SetAsync("""{"personality":"R19"}""");
        var dropped = await lab.RunningVmmAsync();
        await lab.DoAsync("hypervisor_crash", dropped);

        await Eventually.HoldsAsync(async () => await lab.StateAsync(dropped) is null, SledLab.Patience);
    }

    private static Task RingsAsync(ControlPlaneDouble plane, int count) =>
        Eventually.HoldsAsync(() => plane.Rings.Count >= count, SledLab.Patience, () => string.Join('\n', plane.Rings));
}
