using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>The rack that other tests stand on: it is ready at once and does its main job.</summary>
public sealed class RackHostTests
{
    [Theory]
    [InlineData("memory")]
    [InlineData("sqlite")]
    public async Task An_instance_joins_a_group_over_HTTP_and_both_switches_are_programmed(string store)
    {
        await using var rack = await RackHost.StartAsync(new RackHostOptions { Store = store });
        await rack.PoolAsync("mcast", "224.10.0.1", "224.10.0.20");
        await rack.InstanceAsync("web-1", start: true);

        await rack.JoinAsync("web-1", "224.10.0.3").Expect(201);

        await rack.UntilAsync("/v1/multicast-groups/224.10.0.3", g => g.Text("state") == "Active");
        var members = await rack.UntilAsync(
            "/v1/multicast-groups/224.10.0.3/members", p => p.GetProperty("items").EnumerateArray().All(m => m.Text("state") == "Joined"));
        members.GetProperty("items").GetArrayLength().ShouldBe(1);
        rack.Switches.ShouldAllBe(s => s.Model.Groups.Count == 2);
    }
}
