using System.Text.Json;
using Gantry.Switch.Simulator;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Switches that are down, slow, emptied or changed by hand, seen over HTTP (multicast 10, 42 to 47).</summary>
[Collection(MulticastRacksGroup.Name)]
public sealed class FailureHttpTests(MulticastRacks racks)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

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
        await rack.InstanceAsync("f-one", start: true);
        await rack.RunningAsync("f-one");
        await rack.JoinAsync("f-one", "224.50.9.1").Expect(201);
        var old = await rack.ConvergedAsync("224.50.9.1");
        Refuse(rack);
        try
        {
            await rack.JoinAsync("f-one", "224.50.9.2").Expect(201);
            var waiting = await rack.UntilAsync("/v1/multicast-groups/224.50.9.2", g =>
                g.GetProperty("conditions").EnumerateArray().All(c => c.Text("reason") == "SwitchUnreachable"));
            waiting.Text("state").ShouldBe("Creating");
            waiting.GetProperty("converged").GetBoolean().ShouldBeFalse();
            waiting.GetProperty("conditions").EnumerateArray().ShouldAllBe(c => c.GetProperty("age_ms").GetInt64() >= 0 && c.Text("error") != null);
            (await rack.MembersAsync("224.50.9.2"))[0].Text("state").ShouldBe("Joining");
            (await rack.GroupAsync("224.50.9.1")).Member("state").ShouldBe("Active");
            (await rack.MembersAsync("224.50.9.1"))[0].Text("state").ShouldBe("Joined");
            await rack.LeaveAsync("f-one", "224.50.9.1").Expect(204);
            (await rack.GroupAsync("224.50.9.1")).Status.ShouldBe(404);
            rack.Switches.ShouldAllBe(s => s.PortsOf(old.TagOf()) != null);
        }
        finally
        {
            Heal(rack);
        }

        await rack.ConvergedAsync("224.50.9.2");
        await rack.MembersAreAsync("224.50.9.2", "Joined");
        await rack.GoneFromSwitchesAsync(old.TagOf());
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
        await rack.InstanceAsync("f-two", start: true);
        await rack.RunningAsync("f-two");
        await rack.JoinAsync("f-two", "224.50.9.5").Expect(201);
        await rack.JoinAsync("f-two", "232.50.9.5", new { SourceIps = new[] { "10.5.0.1" } }).Expect(201);
        var group = await rack.ConvergedAsync("224.50.9.5");
        await rack.ConvergedAsync("232.50.9.5");
        await rack.MembersAreAsync("224.50.9.5", "Joined");
        var requests = rack.Switches[1].Requests.Length;

        rack.Switches[1].Restart();

        await Eventually.HoldsAsync(() => rack.Switches[1].PortsOf(group.TagOf()) is { Length: 1 }, s_patience);
        await VerifiedAsync(rack, "224.50.9.5", "232.50.9.5");
        var writes = rack.Switches[1].Requests.Skip(requests).Where(r => r.Method == "POST").Select(r => r.Path).ToList();
        writes.IndexOf("/multicast/underlay-groups").ShouldBeLessThan(writes.IndexOf("/multicast/external-groups"));
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
        await rack.InstanceAsync($"f-{what}", start: true);
        await rack.RunningAsync($"f-{what}");
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
                return !seen.GetProperty("is_right").GetBoolean();
            },
            s_patience);
        var switches = seen.GetProperty("switches").EnumerateArray().ToList();
        switches[0].GetProperty("is_right").GetBoolean().ShouldBeTrue();
        switches[1].GetProperty("differences").GetArrayLength().ShouldBeGreaterThan(0);

        await VerifiedAsync(rack, address);
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
        rack.Switches[0].Model.Groups.Values.ShouldContain(g => g.Tag == "somebody-else");
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
            await rack.InstanceAsync(name, start: true);
            await rack.RunningAsync(name);
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

        await VerifiedAsync(rack, [.. Enumerable.Range(0, 16).Select(n => $"224.50.12.{n}")]);
    }

    private static async Task VerifiedAsync(RackHost rack, params string[] groups)
    {
        foreach (var group in groups)
        {
            ApiAnswer? last = null;
            await Eventually.HoldsAsync(
                async () =>
                {
                    last = await rack.Admin.GetAsync($"/v1/multicast-groups/{group}/verify");
                    return last.Status == 200 && last.Body.GetProperty("is_right").GetBoolean();
                },
                s_patience,
                () => last);
        }
    }

    private static void Extra(SwitchSimulator on, string address, string tag) => on.Faults.Add(new SimFault("diverge")
    {
        Match = new FaultMatch(Object: address),
        Params = new FaultParams { What = "extra", Tag = tag },
    });

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
