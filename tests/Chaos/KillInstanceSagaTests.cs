using System.Net;
using Gantry.Sled.Simulator;
using Xunit;
using static Gantry.Chaos.SagaKills;

namespace Gantry.Chaos;

/// <summary><see cref="SagaKills"/> of what an instance does where it is. Creation is in <see cref="KillPointTests"/>.</summary>
[Trait("spec", "engine/8.2")]
[Trait("spec", "vmm/I8")]
public sealed class KillInstanceSagaTests
{
    [Fact]
    public async Task A_start_survives_a_kill_at_every_persisted_step() =>
        await OnceAsync("saga.instance-start", 8, rack => ToAsync(rack, "start", "running"), rack => ToAsync(rack, "stop", "stopped"));

    [Fact]
    public async Task A_stop_survives_a_kill_at_every_persisted_step() =>
        await OnceAsync("saga.instance-transition", 2, rack => ToAsync(rack, "stop", "stopped"), rack => ToAsync(rack, "start", "running"));

    [Fact]
    public async Task A_reboot_survives_a_kill_at_every_persisted_step() =>
        await OnceAsync("saga.instance-transition", 2, rack => ToAsync(rack, "reboot", "running"), _ => Task.CompletedTask);

    [Fact]
    public async Task An_automatic_restart_survives_a_kill_at_every_persisted_step() =>
        await OnceAsync(
            "saga.instance-start", 8,
            rack => KillPointTests.HoldsAsync(rack, async () => await StateAsync(rack) == "running" && Guests(rack).Count == 1),
            async rack =>
            {
                // A fresh instance each time: the cooldown of the last restart is five minutes.
                await ToAsync(rack, "stop", "stopped");
                await KillPointTests.UntilAsync(
                    rack, () => rack.Api.TryAsync(HttpMethod.Delete, $"/v1/instances/{Name}?project=default"), HttpStatusCode.NoContent, HttpStatusCode.NotFound);
                await rack.CreateRunningInstancesAsync(1);
            },
            rack => Guests(rack).ForEach(g => g.Sled.Model.Change(g.Vmm.Id, (vmm, now) => VmmAnswer.Is(VmmMachine.End(vmm, VmmStates.Failed, now)))));

    [Fact]
    public async Task A_deletion_survives_a_kill_at_every_persisted_step() =>
        await OnceAsync(
            "instance", 1,
            async rack =>
            {
                await KillPointTests.UntilAsync(
                    rack, () => rack.Api.TryAsync(HttpMethod.Delete, $"/v1/instances/{Name}?project=default"), HttpStatusCode.NoContent, HttpStatusCode.NotFound);
                await KillPointTests.UntilAsync(
                    rack, () => rack.Api.TryAsync(HttpMethod.Get, $"/v1/instances/{Name}?project=default"), HttpStatusCode.NotFound);
            },
            async rack =>
            {
                if ((await rack.Api.ListAsync("/v1/instances?project=default")).Count == 0)
                {
                    await rack.CreateRunningInstancesAsync(1);
                }

                await ToAsync(rack, "stop", "stopped");
            });
}
