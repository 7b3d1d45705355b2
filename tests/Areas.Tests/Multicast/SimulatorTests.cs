using Gantry.Devices;
using Gantry.Multicast;
using Gantry.Switch;
using Gantry.Switch.Simulator;
using Gantry.Tests;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>The reconciler through the real adapters against two simulated switches over HTTP.</summary>
public sealed class SimulatorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    [Trait("spec", "multicast/1")]
    [Trait("spec", "multicast/29")]
    [Trait("spec", "multicast/45")]
    public async Task Groups_reach_both_switches_survive_a_restart_and_go()
    {
        await using var first = await SwitchSimulator.StartAsync(new SwitchSimulatorOptions { Slot = 0, Port = 0, ControlPort = 0 });
        await using var second = await SwitchSimulator.StartAsync(new SwitchSimulatorOptions { Slot = 1, Port = 0, ControlPort = 0 });
        await using var services = new ServiceCollection().AddLogging().AddMetrics().AddSwitchAdapters().BuildServiceProvider();
        await using var world = await MulticastWorld.StartAsync(
            services.GetRequiredService<ISwitchPorts>(), first.Address, second.Address);
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        await world.PoolAsync("232.1.0.0", "232.1.0.255");
        await world.PoolAsync("ff0e::", "ff0e::ff");
        var (one, other) = (await world.RunningAsync(7), await world.RunningAsync(9));

        var asm = (await world.JoinAsync(one, "224.2.0.5")).ShouldBeAccepted().Group;
        (await world.JoinAsync(other, "224.2.0.5", ["10.0.0.5"])).ShouldBeAccepted();
        var ssm = (await world.JoinAsync(one, "232.1.0.5", ["10.0.0.6", "10.0.0.5"])).ShouldBeAccepted().Group;
        var v6 = (await world.JoinAsync(one, "ff0e::5")).ShouldBeAccepted().Group;

        await RightAsync(world, asm, ssm, v6);
        (await world.MemberAsync(one, asm))!.State.ShouldBe(MemberState.Joined);

        second.Restart();
        await RightAsync(world, asm, ssm, v6);

        // A group that went empty is filled again by making it anew (switch-dpd K6).
        await world.TellAsync(one, 3, "no_vmm", null);
        await RightAsync(world, asm, ssm, v6);
        await world.TellAsync(one, 4, "vmm", MulticastWorld.Sled("cubby 7"));
        await RightAsync(world, asm, ssm, v6);

        foreach (var address in new[] { "224.2.0.5", "232.1.0.5", "ff0e::5" })
        {
            (await world.LeaveAsync(one, address)).ShouldBeAccepted();
        }

        (await world.LeaveAsync(other, "224.2.0.5")).ShouldBeAccepted();
        await Eventually.HoldsAsync(
            async () =>
            {
                await world.PassAsync();
                return (await world.RowsAsync(GroupViews.Details)).IsEmpty;
            },
            Patience);
        first.Model.Groups.ShouldBeEmpty();
        second.Model.Groups.ShouldBeEmpty();
    }

    private static async Task RightAsync(MulticastWorld world, params Gantry.Primitives.GroupId[] groups)
    {
        await Eventually.HoldsAsync(
            async () =>
            {
                await world.ConvergeAsync();
                foreach (var group in groups)
                {
                    var found = await world.Verifier.VerifyAsync(group, default);
                    if (found.Length != 2 || found.Any(v => !v.IsRight) || (await world.DetailAsync(group))!.State != GroupPhase.Active)
                    {
                        return false;
                    }
                }

                return true;
            },
            Patience,
            () => string.Join("; ", world.Status.Summary.Errors));
    }
}
