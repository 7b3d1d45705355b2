using System.Net;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests.Instances;

/// <summary>The matrix of vmm-sled-rack 3.8: three releases of sleds against three of the control plane.</summary>
public sealed class CompatibilityTests
{
    /// <summary>
    /// Sled, control plane, whether a change is seen without the watcher, and what a clean end without any watcher turns into: null where only
    /// the watcher finds it.
    /// </summary>
    public static TheoryData<string, string, bool, bool> Cells => new()
    {
        { "R19", "R19", true, true },
        { "R19", "R20", true, false }, // degraded: the sled may have forgotten when the control plane looks
        { "R19", "R21", false, false },
        { "R20", "R19", true, true },
        { "R20", "R20", true, true },
        { "R20", "R21", false, true },
        { "R21", "R19", false, true },
        { "R21", "R20", true, true },
        { "R21", "R21", true, true },
    };

    [Theory]
    [MemberData(nameof(Cells))]
    [Trait("spec", "vmm/20")]
    [Trait("spec", "vmm/21")]
    public async Task Each_pair_of_releases_behaves_as_the_table_says(string sled, string plane, bool isPrompt, bool isCleanEndSure)
    {
        await using var rack = await InstanceRack.StartAsync(
            new InstanceRackOptions { Sleds = 1, Settings = InstanceRackOptions.Release(plane) });
        await rack.SetAsync(InstanceRack.A, new { Personality = sled });
        var id = await rack.CreateAsync(policy: "never");
        var vmm = await rack.VmmAsync(id);
        var told = await ToldAsync(rack);

        await rack.PokeAsync(vmm);
        await SeenAsync(rack, id, "running", isPrompt, told);

        await rack.DoAsync(id, "stop").Expect(202);
        told = await ToldAsync(rack);
        await rack.PokeAsync(vmm);
        if (isCleanEndSure)
        {
            await SeenAsync(rack, id, "stopped", isPrompt, told);
            return;
        }

        await rack.HoldsAsync(async () =>
        {
            await rack.PassAsync(TimeSpan.FromSeconds(31));
            return await rack.StateAsync(id) is "stopped" or "failed";
        });
    }

    [Fact]
    [Trait("spec", "vmm/21")]
    public async Task Every_sled_can_register_with_every_control_plane()
    {
        await using var rack = await InstanceRack.StartAsync(
            new InstanceRackOptions { Sleds = 1, Settings = InstanceRackOptions.Release("R19") });
        using var client = rack.Node.InternalClient("1.0.0");

        (await client.GetAsync($"/sled-agents/{rack.SledOf(InstanceRack.A).Id}")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<long> ToldAsync(InstanceRack rack) => (await rack.SledAsync(InstanceRack.A)).GetProperty("rings").GetInt64();

    private static async Task SeenAsync(InstanceRack rack, string id, string state, bool isPrompt, long told)
    {
        if (!isPrompt)
        {
            // The sled's news was answered, and no pull is under way.
            await rack.HoldsAsync(async () => await ToldAsync(rack) > told);
            await rack.PulledAsync((await rack.VmmAsync(id)).Text("id")!);
            (await rack.StateAsync(id)).ShouldNotBe(state, "nobody was heard");
            await rack.PassAsync(TimeSpan.FromSeconds(31));
        }

        await rack.ShowsAsync(id, state);
    }
}
