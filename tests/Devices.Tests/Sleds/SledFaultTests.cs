using System.Net;
using Gantry.Sled.Simulator;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Devices.Tests.Sleds;

public sealed class SledFaultTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    public async Task Sled_that_refuses_is_unreachable_then_down_and_comes_back_with_its_vmms_on_the_same_port()
    {
        await using var lab = await SledLab.StartAsync();
        var vmm = await lab.RunningVmmAsync();
        await lab.FaultAsync("""{"kind":"refuse"}""");

        DeviceOutcome<SledVmmState>? last = null;
        await Eventually.HoldsAsync(
            async () => (last = await lab.Port.GetStateAsync(vmm, Ct)) is DeviceOutcome<SledVmmState>.Unreachable
                && lab.Port.Status.State == DeviceState.Down,
            SledLab.Patience,
            () => last?.Describe());
        await lab.HealAsync();

        await Eventually.HoldsAsync(() => lab.Changes.Contains(DeviceChange.Up), SledLab.Patience);
        (await lab.StateAsync(vmm))!.VmmState.State.ShouldBe("running");
    }

    [Fact]
    public async Task Sled_without_power_refuses_too_and_the_gateway_shows_it()
    {
        await using var lab = await SledLab.StartAsync();
        await lab.SetAsync("""{"power":"A2"}""");

        (await lab.Port.InventoryAsync(Ct)).ShouldBeOfType<DeviceOutcome<SledInventory>.Unreachable>();
        (await lab.Raw.GetStringAsync(new Uri(lab.Simulator.Gateway!, "sp/sled/5"))).ShouldContain("\"power_state\":\"A2\"");
    }

    [Fact]
    public async Task Black_hole_is_no_answer_and_frees_its_callers_when_it_ends()
    {
        await using var lab = await SledLab.StartAsync();
        var vmm = await lab.RunningVmmAsync();
        await lab.FaultAsync($$$"""{"kind":"black_hole","match":{"object":"{{{vmm}}}"}}""");

        var call = lab.Port.GetStateAsync(vmm, Ct).AsTask();
        await Eventually.HoldsAsync(() => lab.Sled.Model.Faults.List().Single().Strikes == 1, SledLab.Patience);
        (await lab.Port.InventoryAsync(Ct)).ShouldBeOfType<DeviceOutcome<SledInventory>.Answered>();
        call.IsCompleted.ShouldBeFalse();
        await lab.HealAsync();

        (await call).ShouldBeOfType<DeviceOutcome<SledVmmState>.NoAnswer>();
    }

    [Fact]
    public async Task Dropped_answer_is_no_answer_though_the_sled_did_it()
    {
        await using var lab = await SledLab.StartAsync();
        var vmm = await lab.RunningVmmAsync();
        await lab.FaultAsync("""{"kind":"drop_after_apply","count":1,"match":{"method":"PUT"}}""");

        (await lab.Port.PutStateAsync(vmm, VmmStateRequest.Stopped, Ct)).ShouldBeOfType<DeviceOutcome<SledVmmUpdate>.NoAnswer>();

        (await lab.StateAsync(vmm))!.VmmState.State.ShouldBe("stopping");
    }

    [Theory]
    [InlineData(410, "NO_SUCH_INSTANCE")]
    [InlineData(503, "INSTANCE_CHANNEL_FULL")]
    [InlineData(500, null)]
    [InlineData(404, null)]
    public async Task Chosen_status_comes_through_as_it_is_for_so_many_calls(int status, string? code)
    {
        await using var lab = await SledLab.StartAsync();
        var vmm = await lab.RunningVmmAsync();
        var codeJson = code is null ? "null" : $"\"{code}\"";
        await lab.FaultAsync(
            $$$"""{"kind":"status","count":2,"match":{"path":"/vmms/{{{vmm}}}/*"},"params":{"status":{{{status}}},"error_code":{{{codeJson}}}}}""");

        (await lab.Port.GetStateAsync(vmm, Ct)).Rejection().ShouldBe((status, code));
        (await lab.Port.PutStateAsync(vmm, VmmStateRequest.Stopped, Ct)).Rejection().ShouldBe((status, code));
        (await lab.StateAsync(vmm))!.VmmState.State.ShouldBe("running", "the fault is used up and nothing took effect");
    }

    [Fact]
    public async Task Garbage_is_garbled()
    {
        await using var lab = await SledLab.StartAsync();
        var vmm = await lab.RunningVmmAsync();
        await lab.FaultAsync("""{"kind":"garbage","count":1}""");

        (await lab.Port.GetStateAsync(vmm, Ct)).ShouldBeOfType<DeviceOutcome<SledVmmState>.Garbled>();
    }

    [Fact]
    public async Task Slow_answer_is_an_answer()
    {
        await using var lab = await SledLab.StartAsync();
        var vmm = await lab.RunningVmmAsync();
        await lab.FaultAsync("""{"kind":"slow","params":{"delay_ms":200}}""");
        var began = TimeProvider.System.GetTimestamp();

        (await lab.Port.GetStateAsync(vmm, Ct)).Value().VmmState.State.ShouldBe("running");

        TimeProvider.System.GetElapsedTime(began).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(190));
    }

    [Fact]
    public async Task Restart_forgets_every_vmm()
    {
        await using var lab = await SledLab.StartAsync();
        var vmm = await lab.RunningVmmAsync();

        (await lab.ControlAsync(HttpMethod.Post, "BRM5/restart")).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        (await lab.Port.GetStateAsync(vmm, Ct)).Rejection().ShouldBe((404, "NO_SUCH_INSTANCE"));
    }

    [Fact]
    public async Task Forgotten_vmm_is_gone_without_a_word_and_a_crashed_one_failed()
    {
        await using var lab = await SledLab.StartAsync();
        var (forgotten, crashed) = (await lab.RunningVmmAsync(), await lab.RunningVmmAsync());

        await lab.DoAsync("forget_vmm", forgotten);
        await lab.DoAsync("hypervisor_crash", crashed);

        (await lab.Port.GetStateAsync(forgotten, Ct)).Rejection().ShouldBe((404, "NO_SUCH_INSTANCE"));
        (await lab.StateAsync(crashed))!.VmmState.ShouldSatisfyAllConditions(s => s.State.ShouldBe("failed"), s => s.Gen.ShouldBe(4));
    }

    [Fact]
    public async Task Frozen_vmm_is_destroyed_by_the_grace_timer_and_not_failed()
    {
        await using var lab = await SledLab.StartAsync(SledModes.Auto, autoDelay: TimeSpan.FromMilliseconds(10), stopGrace: TimeSpan.FromMilliseconds(300));
        var vmm = await lab.RunningVmmAsync();
        await lab.FaultAsync($$$"""{"kind":"freeze","match":{"object":"{{{vmm}}}"}}""");

        await lab.Port.PutStateAsync(vmm, VmmStateRequest.Stopped, Ct);

        SledVmmState? last = null;
        await Eventually.HoldsAsync(
            async () => (last = await lab.StateAsync(vmm))!.VmmState.State == "destroyed", SledLab.Patience, () => last);
        last!.VmmState.Gen.ShouldBe(5, "stopping, then killed: the hypervisor said nothing");
    }

    [Theory]
    [InlineData("""{"kind":"earthquake"}""")]
    [InlineData("""{"kind":"refuse","count":1}""")]
    [InlineData("""{"kind":"slow","count":0}""")]
    [InlineData("""{"kind":"slow","probability":1.5}""")]
    [InlineData("""{"kind":"status","params":{"status":99}}""")]
    [InlineData("{}")]
    [InlineData("nonsense")]
    public async Task Wrong_fault_is_refused(string json)
    {
        await using var lab = await SledLab.StartAsync();

        (await lab.ControlAsync(HttpMethod.Post, "BRM5/faults", json)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        lab.Sled.Model.Faults.List().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"mode":"manual"}""")]
    [InlineData("""{"personality":"R18"}""")]
    [InlineData("""{"power":"A3"}""")]
    [InlineData("""{"auto_delay_ms":-1}""")]
    public async Task Wrong_setting_is_refused(string json)
    {
        await using var lab = await SledLab.StartAsync();

        (await lab.ControlAsync(HttpMethod.Put, "BRM5/settings", json)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Faults_are_bounded_and_unknown_devices_are_not_found()
    {
        await using var lab = await SledLab.StartAsync();
        for (var i = 0; i < FaultTable.Max; i++)
        {
            await lab.FaultAsync("""{"kind":"ring_drop"}""");
        }

        (await lab.ControlAsync(HttpMethod.Post, "BRM5/faults", """{"kind":"slow"}""")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await lab.ControlAsync(HttpMethod.Get, "BRM6/state")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await lab.ControlAsync(HttpMethod.Delete, "BRM5/faults/999")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }
}
