using System.Text.Json;
using Gantry.Actors;
using Gantry.Multicast;
using Gantry.Switch.Simulator;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Switches that are down, slow, emptied or changed by hand, seen over HTTP (multicast 10, 42 to 47).</summary>
[Collection(MulticastRacksGroup.Name)]
public sealed class FailureHttpTests(MulticastRacks racks)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/42")]
    [Trait("spec", "multicast/43")]
    [Trait("spec", "multicast/44")]
    [Trait("spec", "multicast/FIX-6")]
    public async Task Nothing_waits_for_switches_that_are_down(SwitchMode mode)
    {
        var rack = racks.Of(mode);
        await rack.StartNewAsync("f-one");
        var old = await rack.JoinedAsync("f-one", "224.50.9.1");
        Refuse(rack);
        try
        {
            await rack.JoinAsync("f-one", "224.50.9.2").Expect(201);
            var waiting = await rack.UntilAsync("/v1/multicast-groups/224.50.9.2", g =>
                g.GetProperty("conditions").EnumerateArray().All(c => c.Text("reason") == "SwitchUnreachable" && c.Text("error") != null));
            waiting.Text("state").ShouldBe("Creating");
            waiting.GetProperty("converged").GetBoolean().ShouldBeFalse();
            waiting.GetProperty("conditions").EnumerateArray().ShouldAllBe(c => c.GetProperty("age_ms").GetInt64() >= 0 && c.Text("error") != null);
            (await rack.MembersAsync("224.50.9.2"))[0].Text("state").ShouldBe("Joining");
            (await rack.GroupAsync("224.50.9.1")).Member("state").ShouldBe("Active");
            (await rack.MembersAsync("224.50.9.1"))[0].Text("state").ShouldBe("Joined");

            foreach (var _ in Enumerable.Range(0, 3))
            {
                await rack.PassAsync();
                (await rack.GroupAsync("224.50.9.1")).Member("state").ShouldBe("Active");
                (await rack.MembersAsync("224.50.9.1"))[0].Text("state").ShouldBe("Joined");
            }

            // It was right when it was last seen, and that is not converged: nobody knows what the switches hold by now.
            await rack.UntilAsync("/v1/multicast-groups/224.50.9.1", g => !g.GetProperty("converged").GetBoolean()
                && g.GetProperty("conditions").EnumerateArray().All(c => c.Text("reason") == "SwitchUnreachable"));
            await rack.UntilAsync("/v1/multicast-groups/224.50.9.1/tree", t => !t.GetProperty("converged").GetBoolean()
                && t.GetProperty("switches").EnumerateArray().All(s => s.Text("reason") == "SwitchUnreachable"));
            await Eventually.HoldsAsync(
                async () => (await rack.Admin.ListAsync("/v1/multicast-groups")).TrueForAll(g => !g.GetProperty("converged").GetBoolean()), s_patience);
            await rack.LeaveAsync("f-one", "224.50.9.1").Expect(204);
            (await rack.GroupAsync("224.50.9.1")).Status.ShouldBe(404);
            (await RowAsync(rack, old))!.State.ShouldBe(GroupPhase.Deleting);
            rack.Switches.ShouldAllBe(s => s.PortsOf(old.TagOf()) != null);
        }
        finally
        {
            Heal(rack);
        }

        await rack.ConvergedAsync("224.50.9.2");
        await rack.MembersAreAsync("224.50.9.2", "Joined");
        await rack.GoneFromSwitchesAsync(old.TagOf());
        await Eventually.HoldsAsync(async () => await RowAsync(rack, old) is null, s_patience);
    }

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/45")]
    [Trait("spec", "switch-dpd/47")]
    [Trait("spec", "switch-dpd/D9")]
    public async Task Switch_that_comes_back_empty_is_filled_again(SwitchMode mode)
    {
        var rack = racks.Of(mode);
        await rack.StartNewAsync("f-two");
        await rack.JoinAsync("f-two", "224.50.9.5").Expect(201);
        await rack.JoinAsync("f-two", "232.50.9.5", new { SourceIps = new[] { "10.5.0.1" } }).Expect(201);
        var group = await rack.ConvergedAsync("224.50.9.5");
        await rack.ConvergedAsync("232.50.9.5");
        await rack.MembersAreAsync("224.50.9.5", "Joined");

        rack.Switches[1].Restart();

        await Eventually.HoldsAsync(() => rack.Switches[1].PortsOf(group.TagOf()) is { Length: 1 }, s_patience);
        await rack.VerifiedAsync("224.50.9.5", "232.50.9.5");

        // Of what is remembered of the past the newest: a turn that began before the restart may have tried in vain what needs the rest.
        var made = rack.Switches[1].Requests.Where(r => r is { Method: "POST", Status: < 300 } && r.Body.Contains(group.TagOf(), StringComparison.Ordinal))
            .Select(r => r.Path).ToList();
        made.LastIndexOf("/multicast/underlay-groups").ShouldBeInRange(0, made.LastIndexOf("/multicast/external-groups") - 1);
        (await rack.MembersAsync("224.50.9.5"))[0].Text("state").ShouldBe("Joined");
    }

    [Theory]
    [InlineData("remove", SwitchMode.Strict)]
    [InlineData("remove", SwitchMode.Faithful)]
    [InlineData("members", SwitchMode.Strict)]
    [InlineData("members", SwitchMode.Faithful)]
    [InlineData("sources", SwitchMode.Strict)]
    [InlineData("sources", SwitchMode.Faithful)]
    [InlineData("vlan", SwitchMode.Strict)]
    [InlineData("vlan", SwitchMode.Faithful)]
    [Trait("spec", "switch-dpd/D10")]
    public async Task Difference_is_named_by_verify_and_repaired_on_the_wrong_switch_only(string what, SwitchMode mode)
    {
        var rack = racks.Of(mode);
        var address = $"224.50.10.{what[0] - 'a'}";
        await rack.StartNewAsync($"f-{what}");
        await rack.JoinAsync($"f-{what}", address, new { SourceIps = new[] { "10.6.0.1" } }).Expect(201);
        var group = await rack.ConvergedAsync(address);
        await rack.MembersAreAsync(address, "Joined");
        var underlay = rack.Switches[1].Model.Groups.Values.OfType<UnderlayGroup>().Single(g => g.Tag == group.TagOf()).Address.ToString();

        var seen = default(JsonElement);
        await Eventually.HoldsAsync(
            async () =>
            {
                // A turn of the reconciler may come between the two lines and repair it: then it is done once more.
                rack.Switches[1].Faults.Add(new SimFault("diverge")
                {
                    Match = new FaultMatch(Object: what == "members" ? underlay : address),
                    Params = new FaultParams { What = what },
                });
                seen = (await rack.Admin.GetAsync($"/v1/multicast-groups/{address}/verify").Expect(200)).Body;
                var switches = seen.GetProperty("switches").EnumerateArray().ToList();
                return !seen.GetProperty("is_right").GetBoolean() && switches[0].GetProperty("is_right").GetBoolean()
                    && switches[1].GetProperty("differences").GetArrayLength() > 0;
            },
            s_patience,
            () => seen);

        await rack.VerifiedAsync(address);
    }

    [Fact]
    [Trait("spec", "switch-dpd/D14")]
    public async Task Foreign_group_is_left_alone_and_an_orphan_is_removed()
    {
        var rack = racks.Of(SwitchMode.Strict);
        var orphan = $"{Guid.NewGuid()}:224.50.11.9";
        Extra(rack.Switches[0], "ff04::9:1", orphan);
        Extra(rack.Switches[0], "ff04::9:2", "somebody-else");

        await Eventually.HoldsAsync(() => rack.Switches[0].Model.Groups.Values.All(g => g.Tag != orphan), s_patience);
        var status = await rack.UntilAsync("/v1/system/multicast-reconciler", s =>
            s.GetProperty("foreign_count").GetInt32() > 0 && s.GetProperty("switches").EnumerateObject().Count() == 2);
        var told = status.GetProperty("switches").EnumerateObject().ToDictionary(s => s.Name[^1], s => s.Value);
        told['0'].GetProperty("foreign").EnumerateArray().ShouldContain(f => f.Text("group_ip") == "ff04::9:2" && f.Text("tag") == "somebody-else");
        told['1'].GetProperty("foreign_count").GetInt32().ShouldBe(0);
        rack.Switches[0].Model.Groups.Values.ShouldContain(g => g.Tag == "somebody-else");
    }

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "switch-dpd/D7")]
    [Trait("spec", "switch-dpd/D8")]
    public async Task Lost_chip_entry_is_made_anew_and_a_full_table_is_named(SwitchMode mode)
    {
        var rack = racks.Of(mode);
        await rack.StartNewAsync("f-chip-a");
        await rack.StartNewAsync("f-chip-b");
        await rack.JoinedAsync("f-chip-a", "224.50.11.30", new { SourceIps = new[] { "10.6.0.1" } });

        rack.Switches[1].Faults.Add(new SimFault("entry_missing") { Count = 1, Match = new FaultMatch(Method: "PUT", Path: "/multicast/external-groups") });
        await rack.JoinedAsync("f-chip-b", "224.50.11.30", new { SourceIps = new[] { "10.6.0.2" } });
        await rack.VerifiedAsync("224.50.11.30");
        rack.Switches[1].Faults.Active.ShouldBeEmpty();

        rack.Switches[1].Faults.Add(new SimFault("table_full") { Params = new FaultParams { Table = TableNames.Nat4 } });
        try
        {
            await rack.JoinAsync("f-chip-a", "224.50.11.31").Expect(201);
            var waiting = await rack.UntilAsync("/v1/multicast-groups/224.50.11.31", g => g.GetProperty("conditions").EnumerateArray()
                .Any(c => c.Text("error")?.Contains("switch full", StringComparison.Ordinal) == true));
            waiting.Text("state").ShouldBe("Creating");
            await rack.ConvergedAsync("224.50.11.30");
        }
        finally
        {
            Heal(rack);
        }

        await rack.ConvergedAsync("224.50.11.31");
    }

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "switch-dpd/D11")]
    public async Task Daemon_without_multicast_is_called_unsupported_and_the_other_switch_is_served(SwitchMode mode)
    {
        var rack = racks.Of(mode);
        await rack.StartNewAsync("f-absent");
        rack.Switches[1].Faults.Add(new SimFault("absent"));
        try
        {
            await rack.JoinAsync("f-absent", "224.50.11.40").Expect(201);
            var waiting = await rack.UntilAsync("/v1/multicast-groups/224.50.11.40", g => g.GetProperty("conditions").EnumerateArray()
                .Any(c => c.Text("error")?.Contains("unsupported", StringComparison.Ordinal) == true));
            waiting.Text("state").ShouldBe("Creating", "a switch that answers is not left out");
            waiting.GetProperty("converged").GetBoolean().ShouldBeFalse();
            await Eventually.HoldsAsync(() => rack.Switches[0].PortsOf(waiting.TagOf()) is { Length: 1 }, s_patience);
            rack.Switches[1].PortsOf(waiting.TagOf()).ShouldBeNull();
        }
        finally
        {
            Heal(rack);
        }

        await rack.ConvergedAsync("224.50.11.40");
        await rack.VerifiedAsync("224.50.11.40");
    }

    [Fact]
    public async Task Drift_under_repair_is_shown_as_such_and_counted()
    {
        var rack = racks.Of(SwitchMode.Strict);
        await rack.StartNewAsync("f-drift");
        var group = await rack.JoinedAsync("f-drift", "224.50.11.20");
        var found = await MetricAsync(rack, "multicast_drift_total", "-1");
        var repaired = await MetricAsync(rack, "multicast_drift_repairs_total", "-1");
        rack.Switches[1].Faults.Add(new SimFault("slow")
        {
            Match = new FaultMatch(Method: "POST", Path: "/multicast"),
            Params = new FaultParams { DelayMs = 3_000, Apply = "after" },
        });
        try
        {
            var tree = default(JsonElement);
            await Eventually.HoldsAsync(
                async () =>
                {
                    // A slow look may miss the repair: then there is one more.
                    if (rack.Switches[1].Model.Groups.Values.OfType<ExternalGroup>().Any(g => g.Address.ToString() == "224.50.11.20"))
                    {
                        rack.Switches[1].Faults.Add(new SimFault("diverge") { Match = new FaultMatch(Object: "224.50.11.20"), Params = new FaultParams { What = "remove" } });
                    }

                    tree = (await rack.Admin.GetAsync("/v1/multicast-groups/224.50.11.20/tree").Expect(200)).Body;
                    return !tree.GetProperty("converged").GetBoolean()
                        && tree.GetProperty("switches").EnumerateArray().Select(s => s.Text("reason")).SequenceEqual(["UpToDate", "Repairing"]);
                },
                2 * s_patience,
                () => tree);
        }
        finally
        {
            rack.Switches[1].Faults.Clear();
        }

        await rack.VerifiedAsync("224.50.11.20");
        var whole = await rack.UntilAsync("/v1/multicast-groups/224.50.11.20/tree", t => t.GetProperty("converged").GetBoolean());
        whole.GetProperty("switches").EnumerateArray().ShouldAllBe(s => s.Text("reason") == "UpToDate" && s.Text("time_verified") != null);
        await Eventually.HoldsAsync(async () => await MetricAsync(rack, "multicast_drift_repairs_total", "-1") > repaired, s_patience);
        await Eventually.HoldsAsync(async () => await MetricAsync(rack, "multicast_drift_total", "-1") > found, s_patience);
        group.Text("state").ShouldBe("Active");
    }

    [Fact]
    public async Task Metrics_tell_durations_and_ages_per_switch_and_tables_their_fill()
    {
        var rack = racks.Of(SwitchMode.Strict);
        await rack.StartNewAsync("f-count");
        await rack.JoinedAsync("f-count", "224.50.11.21", new { SourceIps = new[] { "10.6.0.1" } });
        foreach (var slot in new[] { "-0", "-1" })
        {
            await Eventually.HoldsAsync(async () => await MetricAsync(rack, "multicast_convergence_duration_seconds_count", slot) > 0, s_patience);
        }

        foreach (var one in await rack.Admin.ListAsync("/v1/system/hardware/switches"))
        {
            var tables = await rack.UntilAsync($"/v1/system/hardware/switches/{one.Text("id")}/tables", t => t.Text("error") is null);
            var used = tables.GetProperty("tables").EnumerateArray().Where(t => t.GetProperty("used").GetInt32() > 0).Select(t => t.Text("table")!).ToList();
            foreach (var table in new[] { "replication", "decap", "route_ipv4", "nat_ipv4", "source_ipv4" })
            {
                used.ShouldContain(table);
            }
        }

        rack.Switches[1].Faults.Add(new SimFault("status") { Match = new FaultMatch(Method: "POST", Path: "/multicast") });
        try
        {
            await rack.JoinAsync("f-count", "224.50.11.22").Expect(201);
            var aged = await MetricAsync(rack, "multicast_convergence_age_seconds_count", "-1");
            await Eventually.HoldsAsync(async () => await MetricAsync(rack, "multicast_convergence_age_seconds_count", "-1") > Math.Max(aged, 0), s_patience);
        }
        finally
        {
            Heal(rack);
        }

        await rack.ConvergedAsync("224.50.11.22");
    }

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "switch-dpd/D4")]
    [Trait("spec", "switch-dpd/D5")]
    [Trait("spec", "switch-dpd/D6")]
    [Trait("spec", "switch-dpd/D13")]
    [Trait("spec", "switch-dpd/48")]
    public async Task Calls_that_fail_now_and_then_only_cost_time(SwitchMode mode)
    {
        var rack = racks.Of(mode);
        foreach (var name in new[] { "f-storm-a", "f-storm-b" })
        {
            await rack.StartNewAsync(name);
        }

        var kinds = new[] { "status", "drop_after_apply", "fail_midway", "synthetic" };
        foreach (var one in rack.Switches)
        {
            foreach (var kind in kinds)
            {
                one.Faults.Add(new SimFault(kind) { Probability = 0.03, Match = new FaultMatch(Path: "/multicast") });
            }
        }

        try
        {
            foreach (var n in Enumerable.Range(0, 16))
            {
                await rack.JoinAsync("f-storm-a", $"224.50.12.{n}").Expect(201);
                await rack.JoinAsync("f-storm-b", $"224.50.12.{n}").Expect(201);
            }

            foreach (var n in Enumerable.Range(0, 8))
            {
                await rack.LeaveAsync("f-storm-a", $"224.50.12.{n}").Expect(204);
            }

            foreach (var n in Enumerable.Range(0, 16))
            {
                await rack.ConvergedAsync($"224.50.12.{n}");
            }
        }
        finally
        {
            Heal(rack);
        }

        await rack.VerifiedAsync([.. Enumerable.Range(0, 16).Select(n => $"224.50.12.{n}")]);
    }

    // -1 when there is no such series yet. The end of a switch's key is its slot.
    private static async Task<double> MetricAsync(RackHost rack, string name, string slot, string also = "")
    {
        // Each switch has its key at one of the nodes.
        var nodes = rack.Node.Others.Select(o => o.External).Prepend(rack.Node.External);
        var texts = await Task.WhenAll(nodes.Select(async node =>
        {
            using var http = rack.Node.Client(rack.Node.AdminToken, node);
            return await http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        }));
        return texts.SelectMany(t => t.Split('\n'))
            .Where(l => l.StartsWith(name + "{", StringComparison.Ordinal) && l.Contains($"{slot}\"", StringComparison.Ordinal) && l.Contains(also, StringComparison.Ordinal))
            .Select(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture))
            .DefaultIfEmpty(-1)
            .Max();
    }

    private static void Extra(SwitchSimulator on, string address, string tag) => on.Faults.Add(new SimFault("diverge")
    {
        Match = new FaultMatch(Object: address),
        Params = new FaultParams { What = "extra", Tag = tag },
    });

    // What is stored; the API shows a group that is being deleted no more.
    private static async Task<GroupDetailRow?> RowAsync(RackHost rack, JsonElement group) =>
        (await rack.Node.Views.GetAsync(GroupViews.Details, group.Text("id")!, default))?.Row;

    private static void Refuse(RackHost rack)
    {
        foreach (var one in rack.Switches)
        {
            one.Faults.Add(new SimFault("refuse"));
            one.Faults.Add(new SimFault("refuse") { Match = new FaultMatch(Path: "/") });
        }
    }

    private static void Heal(RackHost rack)
    {
        foreach (var one in rack.Switches)
        {
            one.Faults.Clear();
        }
    }
}
