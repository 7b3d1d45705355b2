using System.Text.Json.Nodes;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Chaos;

/// <summary>A switch that loses its memory, and one that is away for the whole time.</summary>
public sealed class SwitchRebirthTests
{
    [Fact]
    [Trait("spec", "multicast/45")]
    [Trait("spec", "switch-dpd/47")]
    public async Task A_switch_that_restarts_empty_is_fully_programmed_again_while_the_other_is_left_alone()
    {
        await using var rack = await RackUnderTest.StartAsync(sleds: 3);
        await rack.CreatePoolAsync("mcast-asm", "239.1.0.1", "239.1.0.250");
        await rack.CreateRunningInstancesAsync(3);
        await JoinAllAsync(rack, groups: 5);
        await rack.ConvergedAsync();

        foreach (var slot in new[] { 0, 1 })
        {
            using var http = new HttpClient();
            using var restarted = await http.PostAsync(new Uri(rack.Switches[slot].ControlAddress, $"/control/switch{slot}/restart"), content: null);
            restarted.EnsureSuccessStatusCode();

            // 5 s is what an operator was promised; the wait is a bound on patience and not a measurement.
            await Eventually.HoldsAsync(
                async () => await rack.VerifyAllAsync() == 0, TimeSpan.FromSeconds(30), () => rack.VerifyOutput);
        }
    }

    [Fact]
    [Trait("spec", "multicast/42")]
    [Trait("spec", "multicast/43")]
    public async Task With_a_switch_away_joins_answer_at_once_and_the_group_names_the_switch_that_lags()
    {
        await using var rack = await RackUnderTest.StartAsync(sleds: 3);
        await rack.CreatePoolAsync("mcast-asm", "239.1.0.1", "239.1.0.250");
        await rack.CreateRunningInstancesAsync(3);
        using var http = new HttpClient();
        using var content = new StringContent("{\"kind\":\"refuse\"}", System.Text.Encoding.UTF8, "application/json");
        using var injected = await http.PostAsync(new Uri(rack.Switches[1].ControlAddress, "/control/switch1/faults"), content);
        injected.EnsureSuccessStatusCode();

        await JoinAllAsync(rack, groups: 3);
        await rack.ConvergedAsync();

        var group = (await rack.Api.ListAsync("/v1/multicast-groups"))[0];
        var shown = await rack.Api.DoAsync(HttpMethod.Get, $"/v1/multicast-groups/{group["id"]}");
        var lagging = shown!["conditions"]!.AsArray() // every switch has a condition
            .Single(c => ((string?)c!["switch"])!.EndsWith("-1", StringComparison.Ordinal))!;
        ((string?)lagging["status"]).ShouldNotBe("true", lagging.ToJsonString());
        ((string?)lagging["since"]).ShouldNotBeNull();

        using var cleared = await http.DeleteAsync(new Uri(rack.Switches[1].ControlAddress, "/control/switch1/faults"));
        await Eventually.HoldsAsync(async () => await rack.VerifyAllAsync() == 0, TimeSpan.FromSeconds(30), () => rack.VerifyOutput);
    }

    private static async Task JoinAllAsync(RackUnderTest rack, int groups)
    {
        for (var g = 1; g <= groups; g++)
        {
            for (var i = 0; i < 3; i++)
            {
                await rack.Api.DoAsync(
                    HttpMethod.Put, $"/v1/instances/vm-{i}/multicast-groups/239.1.0.{g}?project=default", new JsonObject());
            }
        }
    }
}
