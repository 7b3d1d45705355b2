using System.Text.Json;
using System.Text.RegularExpressions;
using Gantry.Contracts;
using Gantry.Cli;
using Gantry.Switch.Simulator;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary><c>switch ports|tables|counters|diff|reconcile</c> against two switches that really hold groups.</summary>
[Trait("spec", "ops/2")]
public sealed class SwitchLookTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_switch_is_looked_at_compared_and_repaired()
    {
        await using var rack = await RackHost.StartAsync(new RackHostOptions { Sleds = 2 });
        await rack.PoolAsync("mcast", "239.1.0.1", "239.1.0.9");
        await rack.StartNewAsync("web-1");
        await rack.JoinedAsync("web-1", "239.1.0.5");
        await UntilAsync(rack, "switch diff 0", ExitCodes.Ok);
        await UntilAsync(rack, "switch diff switch1", ExitCodes.Ok);

        var ports = await RowsAsync(rack, "switch ports 0 -o json");
        ports.Count(p => p.Text("sled_serial") is not null).ShouldBe(2);
        ports.Where(p => p.GetProperty("groups").GetInt32() > 0).ShouldHaveSingleItem().Text("sled_serial")!.ShouldStartWith("BRM");
        var tables = await RowsAsync(rack, "switch tables 0 -o json");
        tables.Single(t => t.Text("table") == "replication").GetProperty("used").GetInt32().ShouldBe(1);
        tables.ShouldAllBe(t => t.GetProperty("size").GetInt32() == 1024);
        var groups = await RowsAsync(rack, "switch tables 0 --groups -o json");
        groups.Select(g => g.Text("kind")).ShouldBe(["external", "underlay"]);
        groups[0].Text("address").ShouldBe("239.1.0.5");
        groups[0].Text("underlay").ShouldBe(groups[1].Text("address"));
        CliRun? counters = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                counters = await CliRun.OfAsync(rack.Node, "switch counters 0");
                return counters.ExitCode == 0 && !Regex.IsMatch(counters.Out, "(?m)^VERIFIED +-$", RegexOptions.None, TimeSpan.FromSeconds(1));
            },
            s_patience,
            () => counters);
        counters!.Out.ShouldMatch("(?m)^STATE +up$", counters.Error);

        await rack.PausedAsync(Reconcilers.Multicast);
        rack.Switches[0].Restart();
        var diff = await UntilAsync(rack, "switch diff 0", ExitCodes.Difference);
        diff.Out.ShouldContain("external-group");
        diff.Error.ShouldContain("gantry switch reconcile 0 --write");
        await UntilAsync(rack, "switch diff 1", ExitCodes.Ok);

        var locked = await CliRun.OfAsync(rack.Node, "switch reconcile 0");
        locked.ExitCode.ShouldBe(ExitCodes.Usage);
        locked.Error.ShouldContain("add --write");
        (await CliRun.OfAsync(rack.Node, "switch reconcile 0 --dry-run")).ExitCode.ShouldBe(ExitCodes.Ok);
        (await CliRun.OfAsync(rack.Node, "reconciler resume multicast_reconciler")).ExitCode.ShouldBe(ExitCodes.Ok);
        (await CliRun.OfAsync(rack.Node, "switch reconcile 0 --write")).ExitCode.ShouldBe(ExitCodes.Ok);
        await UntilAsync(rack, "switch diff 0", ExitCodes.Ok);

        rack.Switches[1].Faults.Add(new SimFault("refuse"));
        var dead = await UntilAsync(rack, "switch tables 1", ExitCodes.Unreachable);
        dead.Error.ShouldContain("gantry switch counters 1");
        dead.Out.ShouldBeEmpty("an empty table would say that it is empty");
    }

    private static async Task<List<JsonElement>> RowsAsync(RackHost rack, string line)
    {
        var run = await CliRun.OfAsync(rack.Node, line);
        run.ExitCode.ShouldBe(0, run.Error);
        return [.. JsonDocument.Parse(run.Out).RootElement.EnumerateArray()];
    }

    private static async Task<CliRun> UntilAsync(RackHost rack, string line, int code)
    {
        CliRun? last = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                last = await CliRun.OfAsync(rack.Node, line);
                return last.ExitCode == code;
            },
            s_patience,
            () => last);
        return last!; // the condition held, so there was a run
    }
}
