using Gantry.Switch.Simulator;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>A switch that goes down while nothing changes, seen over HTTP (multicast 5).</summary>
public sealed class DownSwitchHttpTests
{
    [Fact]
    [Trait("spec", "multicast/5")]
    public async Task Groups_of_a_switch_that_is_down_are_not_called_right_until_the_period_comes_round()
    {
        // Within this test's time the period does not come round.
        await using var rack = await RackHost.StartAsync(new RackHostOptions
        {
            Sleds = 1,
            Settings = new Dictionary<string, string?> { ["gantry:multicast:period_secs"] = "3600" },
        });
        await rack.PoolAsync("asm", "224.50.0.0", "224.50.0.255");
        await rack.StartNewAsync("d-one");
        await rack.JoinedAsync("d-one", "224.50.0.1");

        rack.Switches[1].Faults.Add(new SimFault("refuse"));
        rack.Switches[1].Faults.Add(new SimFault("refuse") { Match = new FaultMatch(Path: "/") });
        await rack.UntilAsync("/v1/multicast-groups/224.50.0.1", g => !g.GetProperty("converged").GetBoolean()
            && g.GetProperty("conditions").EnumerateArray().Select(c => c.Text("reason")).Order(StringComparer.Ordinal).SequenceEqual(["SwitchUnreachable", "UpToDate"]));

        rack.Switches[1].Faults.Clear();
        await rack.ConvergedAsync("224.50.0.1");
    }
}
