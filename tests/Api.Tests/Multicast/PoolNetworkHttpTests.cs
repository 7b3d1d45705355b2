using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>VLAN and front ports that groups have from their pool (multicast 11.1).</summary>
[Collection(MulticastRacksGroup.Name)]
public sealed class PoolNetworkHttpTests(MulticastRacks racks)
{
    private const string Pools = "/v1/system/ip-pools";
    private readonly RackHost _rack = racks.Of(SwitchMode.Strict);

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/11.1")]
    public async Task Groups_of_a_pool_follow_its_VLAN_and_its_front_ports(SwitchMode mode)
    {
        var rack = racks.Of(mode);
        var pool = await rack.Admin.PostAsync(Pools, new
        {
            Name = "n-pool",
            Description = "",
            PoolType = "multicast",
            Mvlan = 30,
            SwitchPortUplinks = new object[] { "switch0.qsfp2", new { SwitchLocation = "switch1", PortName = "qsfp3" }, "switch0.qsfp2" },
        }).Expect(201);
        (pool.Body.GetProperty("mvlan").GetInt32(), pool.Body.GetProperty("switch_port_uplinks").ToString())
            .ShouldBe((30, """["switch0.qsfp2","switch1.qsfp3"]"""));
        await rack.Admin.PostAsync($"{Pools}/n-pool/ranges/add", new { First = "224.51.0.0", Last = "224.51.0.9" }).Expect(201);
        await rack.Admin.PostAsync($"{Pools}/n-pool/silos", new { Silo = "default", IsDefault = false }).Expect(201);
        await rack.InstanceAsync("n-one", start: true);
        await rack.JoinAsync("n-one", "224.51.0.1").Expect(201);
        await rack.MembersAreAsync("224.51.0.1", "Joined");
        var tag = (await rack.ConvergedAsync("224.51.0.1")).TagOf();
        await HoldsAsync(rack, tag, 30, "qsfp2 External", "qsfp3 External");

        // A change reaches the groups that exist, and what the group has of its own goes first.
        await rack.Admin.PostAsync("/v1/multicast-groups", new { Name = "n-own", Description = "", MulticastIp = "224.51.0.2", Mvlan = 77 }).Expect(201);
        await rack.Admin.PutAsync($"{Pools}/n-pool", new { Mvlan = 31, SwitchPortUplinks = new[] { "switch0.qsfp4" } }).Expect(200);
        await HoldsAsync(rack, tag, 31, "qsfp4 External", null);
        var own = (await rack.ConvergedAsync("n-own")).TagOf();
        VlanOf(rack.Switches[0], own).ShouldBe(77);

        // 0 and 1 are no VLAN that a switch takes; an empty list takes the ports away.
        await rack.Admin.PutAsync($"{Pools}/n-pool", new { Mvlan = 1, SwitchPortUplinks = Array.Empty<string>() }).Expect(200);
        await HoldsAsync(rack, tag, null, null, null);
        await rack.LeaveAsync("n-one", "224.51.0.1").Expect(204);
        await rack.GoneFromSwitchesAsync(tag);
    }

    [Fact]
    [Trait("spec", "multicast/11.1")]
    public async Task Only_multicast_pools_take_them_and_only_within_bounds()
    {
        object Pool(object more) => System.Text.Json.Nodes.JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(more))!;
        foreach (var (body, code) in new (object, string)[]
        {
            (new { name = "n-bad", description = "", pool_type = "unicast", mvlan = 5 }, "NotForUnicastPools"),
            (new { name = "n-bad", description = "", pool_type = "unicast", switch_port_uplinks = new[] { "switch0.qsfp1" } }, "NotForUnicastPools"),
            (new { name = "n-bad", description = "", pool_type = "multicast", mvlan = 4095 }, "BadVlan"),
            (new { name = "n-bad", description = "", pool_type = "multicast", mvlan = -1 }, "BadVlan"),
            (new { name = "n-bad", description = "", pool_type = "multicast", switch_port_uplinks = new[] { "switch0.rear1" } }, "BadUplink"),
            (new { name = "n-bad", description = "", pool_type = "multicast", switch_port_uplinks = new[] { "switch9.qsfp1" } }, "BadUplink"),
        })
        {
            await _rack.Admin.PostAsync(Pools, Pool(body)).ExpectFailure(400, "InvalidRequest", code);
        }

        await _rack.Admin.GetAsync($"{Pools}/n-bad").ExpectFailure(404, "ObjectNotFound");
        await _rack.Admin.PostAsync(Pools, new { Name = "n-uni", Description = "", PoolType = "unicast" }).Expect(201);
        await _rack.Admin.PutAsync($"{Pools}/n-uni", new { Mvlan = 5 }).ExpectFailure(400, "InvalidRequest", "NotForUnicastPools");
        await _rack.Admin.PutAsync($"{Pools}/n-uni", new { SwitchPortUplinks = new[] { "switch0.qsfp1" } })
            .ExpectFailure(400, "InvalidRequest", "NotForUnicastPools");
        await _rack.Admin.PostAsync(Pools, new { Name = "n-edge", Description = "", PoolType = "multicast", Mvlan = 4094 }).Expect(201);
        (await _rack.Admin.PutAsync($"{Pools}/n-edge", new { Mvlan = 0 }).Expect(200)).Body.GetProperty("mvlan").GetInt32().ShouldBe(0);
        (await _rack.Admin.PutAsync($"{Pools}/n-edge", new { Mvlan = (int?)null }).Expect(200)).Body.TryGetProperty("mvlan", out _).ShouldBeFalse();
    }

    private static Task HoldsAsync(RackHost rack, string tag, int? vlan, string? first, string? second) => Gantry.Tests.Eventually.HoldsAsync(
        () => rack.Switches.Zip([first, second]).All(s =>
            VlanOf(s.First, tag) == vlan && Outside(s.First, tag).SequenceEqual(s.Second is { } port ? [port] : [])),
        TimeSpan.FromSeconds(60),
        () => string.Join("; ", rack.Switches.Select(s => $"{VlanOf(s, tag)} {string.Join(',', Outside(s, tag))}")));

    private static int? VlanOf(SwitchSimulator on, string tag) =>
        on.Model.Groups.Values.OfType<ExternalGroup>().FirstOrDefault(g => g.Tag == tag)?.Vlan;

    private static IEnumerable<string> Outside(SwitchSimulator on, string tag) =>
        (on.PortsOf(tag) ?? []).Where(p => p.EndsWith("External", StringComparison.Ordinal));
}
