using System.Text.Json;
using System.Text.RegularExpressions;
using Gantry.Api.Tests.Instances;
using Gantry.Api.Tests.TrustQuorum;
using Gantry.Cli;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary><c>gantry status</c>: every line of operator-experience 2.3, and every kind of blocker by name with the command that leads on.</summary>
[Trait("spec", "ops/2.3")]
public sealed class StatusTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_rack_that_is_well_is_exit_0_and_its_quorum_says_how_much_more_may_fail()
    {
        await using var quorum = await QuorumHost.StartAsync();

        // What is reviewed is a node that is alone; of several the cluster's line says how many.
        var status = Regex.Replace(
            (await CliRun.OfAsync(quorum.Rack.Node, "status")).Redacted(), $"{TestCluster.Nodes} nodes up, [0-9]+ of 128 shards here", "this node is alone, and meant to be",
            RegexOptions.None, TimeSpan.FromSeconds(1));
        Golden.ShouldBeAsReviewed(status, "status-ok");
    }

    [Fact]
    public async Task A_switch_that_refuses_is_named_with_the_group_that_waits_for_it()
    {
        await using var rack = await RackHost.StartAsync(new RackHostOptions { Sleds = 1 });
        await CliRun.TranscriptAsync(
            rack.Node, null, "instance create web-1 --cpus 1 --memory 1GiB --wait -q", "pool create mcast", "pool range add mcast 239.1.0.1 239.1.0.9",
            "pool link mcast --default");
        using var http = new HttpClient();
        using var fault = new StringContent("{\"kind\":\"refuse\"}", System.Text.Encoding.UTF8, "application/json");
        using var injected = await http.PostAsync(new Uri(rack.Switches[1].ControlAddress, "/control/switch1/faults"), fault);
        injected.EnsureSuccessStatusCode();
        await CliRun.OfAsync(rack.Node, "group join 239.1.0.5 -i web-1");

        await Eventually.HoldsAsync(
            async () => await NeedsAsync(rack.Node) is var needs
                && needs.Exists(n => n.What.Contains("multicast_reconciler: 1 of 2 keys fail", StringComparison.Ordinal) && n.Next == "gantry reconciler list")
                && needs.Exists(n => n.What.Contains(": switch1: ", StringComparison.Ordinal) && n.Next.StartsWith("gantry group tree ", StringComparison.Ordinal)),
            s_patience);
        var run = await CliRun.OfAsync(rack.Node, "status");
        run.ExitCode.ShouldBe(ExitCodes.Difference);
        run.Out.ShouldContain("DEGRADED");
        run.Out.Split('\n').ShouldAllBe(l => l.Length < 180);
    }

    [Fact]
    public async Task A_failed_instance_is_named_with_what_happened_to_it_and_a_silent_sled_by_its_serial()
    {
        await using var rack = await InstanceRack.StartAsync();
        var id = await rack.RunningAsync(policy: "never", name: "web-7");
        var serial = rack.SerialOf(await rack.VmmAsync(id));
        await rack.HappensAsync(serial, "hypervisor_crash", await rack.VmmAsync(id));
        await rack.ShowsAsync(id, "failed");
        await rack.FaultAsync(serial, new { kind = "refuse" });
        await rack.PassAsync(TimeSpan.FromMinutes(15));

        var run = await CliRun.OfAsync(rack.Node, "status", clock: rack.Clock);

        run.ExitCode.ShouldBe(ExitCodes.Difference, run.Error);
        run.Out.ShouldContain("1/2 healthy");
        run.Out.ShouldContain($"sled {serial} unreachable: no answer for ");
        run.Out.ShouldContain($"gantry sled show {serial}");
        run.Out.ShouldContain("instance web-7 failed (");
        run.Out.ShouldContain("gantry instance events web-7");
        run.Out.ShouldContain("DEGRADED  since ");
    }

    [Fact]
    public async Task A_quorum_with_no_member_to_spare_is_named_and_one_with_too_few_says_what_it_costs()
    {
        await using var quorum = await QuorumHost.StartAsync(members: 4);

        await quorum.FaultAsync(new { kind = "refuse" }, quorum.Sleds[2]);
        await Eventually.HoldsAsync(() => NamedAsync("3 of 4 members online, K=3: one less and sleds stay locked"), s_patience);
        await quorum.FaultAsync(new { kind = "refuse" }, quorum.Sleds[3]);
        await Eventually.HoldsAsync(() => NamedAsync("2 of 4 members online, K=3: a sled that starts now stays locked"), s_patience);

        (await CliRun.OfAsync(quorum.Rack.Node, "status")).ExitCode.ShouldBe(ExitCodes.Difference);

        // Somebody asks the sleds something, or their silence shows at the next regular look only.
        async Task<bool> NamedAsync(string what)
        {
            await quorum.Admin.GetAsync($"{QuorumHost.Root}/membership/nodes").Expect(200);
            return (await NeedsAsync(quorum.Rack.Node)).Exists(
                n => n.What.StartsWith("quorum of rack ", StringComparison.Ordinal) && n.What.EndsWith(what, StringComparison.Ordinal)
                    && n.Next == "gantry quorum show");
        }
    }

    [Fact]
    public async Task Without_a_rack_it_says_so_and_is_exit_9()
    {
        await using var host = await ApiHost.StartAsync();

        var run = await CliRun.OfAsync(host, "status");

        run.ExitCode.ShouldBe(ExitCodes.Difference);
        run.Out.ShouldStartWith("RACK -  NO RACK\n");
    }

    private static async Task<List<(string What, string Next)>> NeedsAsync(ApiHost host)
    {
        var run = await CliRun.OfAsync(host, "status -o json");
        return [.. JsonDocument.Parse(run.Out).RootElement.GetProperty("needs").EnumerateArray().Select(n => (n.Text("what")!, n.Text("next")!))];
    }
}
