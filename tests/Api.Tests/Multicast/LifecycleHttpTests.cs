using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Memberships through the lives of instances, over HTTP (multicast 10, 31 to 41).</summary>
[Collection(MulticastRacksGroup.Name)]
public sealed class LifecycleHttpTests(MulticastRacks racks)
{
    private readonly RackHost _rack = racks.Of(SwitchMode.Strict);

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/31")]
    [Trait("spec", "multicast/32")]
    [Trait("spec", "multicast/33")]
    [Trait("spec", "multicast/34")]
    [Trait("spec", "multicast/35")]
    public async Task Members_follow_their_instance(SwitchMode mode)
    {
        var rack = racks.Of(mode);
        await CreateAsync(rack, "l-one", new { Group = "224.50.4.1" }, new { Group = "232.50.4.1", SourceIps = new[] { "10.4.0.1" } }).Expect(201);
        await rack.InstanceAsync("l-keeper", start: true);
        await rack.JoinAsync("l-keeper", "224.50.4.1").Expect(201);
        var asm = await rack.ConvergedAsync("224.50.4.1");
        await rack.UntilAsync("/v1/instances/l-one/multicast-groups?project=default", p =>
            p.GetProperty("items").EnumerateArray().Count(m => m.Text("state") == "Left") == 2);
        var ids = (await rack.MembershipsAsync("l-one")).Select(m => m.Text("id")).Order().ToList();
        ids.Count.ShouldBe(2);

        await rack.StartedAsync("l-one");
        await rack.MembersAreAsync("224.50.4.1", "Joined");
        await rack.MembersAreAsync("232.50.4.1", "Joined");
        var ssm = await rack.ConvergedAsync("232.50.4.1");
        var slot = await rack.SlotAsync("l-one");
        await rack.PortsAreAsync(ssm.TagOf(), MulticastSteps.Ports(slot));
        await rack.PortsAreAsync(asm.TagOf(), MulticastSteps.Ports(slot, await rack.SlotAsync("l-keeper")));

        await rack.StoppedAsync("l-one");
        await rack.MembersAreAsync("232.50.4.1", "Left");
        await rack.PortsAreAsync(ssm.TagOf());
        (await rack.GroupAsync("232.50.4.1")).Member("state").ShouldBe("Active");

        // Filled again after having been empty: this is where the real daemon loses a group (switch-dpd K6).
        await rack.StartedAsync("l-one");
        await rack.MembersAreAsync("232.50.4.1", "Joined");
        await rack.ConvergedAsync("232.50.4.1");
        await rack.PortCountIsAsync(ssm.TagOf(), 1);
        var after = await rack.MembershipsAsync("l-one");
        after.Select(m => m.Text("id")).Order().ToList().ShouldBe(ids);
        after.Single(m => m.Text("multicast_ip") == "232.50.4.1").GetProperty("source_ips").ToString().ShouldBe("""["10.4.0.1"]""");

        await rack.StoppedAsync("l-one");
        await rack.Admin.DeleteAsync("/v1/instances/l-one?project=default").Expect(204);
        await rack.GoneFromSwitchesAsync(ssm.TagOf());
        await rack.UntilAsync("/v1/multicast-groups/224.50.4.1/members", p => p.GetProperty("items").GetArrayLength() == 1);
        await rack.PortCountIsAsync(asm.TagOf(), 1);
    }

    [Fact]
    [Trait("spec", "multicast/36")]
    public async Task Instance_that_never_ran_takes_its_groups_with_it()
    {
        await CreateAsync(_rack, "l-two", new { Group = "224.50.4.2" }).Expect(201);

        await _rack.Admin.DeleteAsync("/v1/instances/l-two?project=default").Expect(204);

        await Gantry.Tests.Eventually.HoldsAsync(
            async () => (await _rack.GroupAsync("224.50.4.2")).Status == 404, TimeSpan.FromSeconds(60));
    }

    [Fact]
    [Trait("spec", "multicast/38")]
    [Trait("spec", "multicast/40")]
    public async Task Refused_groups_refuse_the_whole_creation()
    {
        await CreateAsync(_rack, "l-three", [.. Enumerable.Range(0, 33).Select(i => (object)new { Group = $"224.50.5.{i}" })])
            .ExpectFailure(400, "InvalidRequest", null, "32");
        (await CreateAsync(_rack, "l-three", new { Group = "224.50.5.50" }, new { Group = "232.50.5.1" })).Status.ShouldBe(400);
        (await CreateAsync(_rack, "l-three", new { Group = "224.50.5.50", Colour = "red" })).Status.ShouldBe(400);

        await _rack.Admin.GetAsync("/v1/instances/l-three?project=default").ExpectFailure(404, "ObjectNotFound");
        await Gantry.Tests.Eventually.HoldsAsync(
            async () => !(await _rack.Admin.ListAsync("/v1/multicast-groups")).Any(g =>
                g.Text("multicast_ip")!.StartsWith("224.50.5.", StringComparison.Ordinal) || g.Text("multicast_ip") == "232.50.5.1"),
            TimeSpan.FromSeconds(60));
    }

    [Fact]
    [Trait("spec", "multicast/39")]
    [Trait("spec", "multicast/40")]
    [Trait("spec", "multicast/FIX-9")]
    public async Task Update_replaces_memberships_and_keeps_what_stays()
    {
        await CreateAsync(
            _rack, "l-four", new { Group = "224.50.6.1" }, new { Group = "224.50.6.2", SourceIps = new[] { "10.4.0.2" } }).Expect(201);
        var kept = (await _rack.MembershipsAsync("l-four")).Single(m => m.Text("multicast_ip") == "224.50.6.2").Text("id");

        await UpdateAsync("l-four", new object[] { new { Group = "224.50.6.2" }, new { Group = "224.50.6.3" } }).Expect(200);
        var now = await _rack.MembershipsAsync("l-four");
        now.Select(m => m.Text("multicast_ip")).Order().ToList().ShouldBe(["224.50.6.2", "224.50.6.3"]);
        var same = now.Single(m => m.Text("id") == kept);
        same.GetProperty("source_ips").ToString().ShouldBe("""["10.4.0.2"]""");
        (await _rack.GroupAsync("224.50.6.1")).Status.ShouldBe(404);

        await UpdateAsync("l-four", new object[] { new { Group = "224.50.6.2" }, new { Group = "232.50.6.9" } }).ExpectFailure(400, "InvalidRequest");
        await UpdateAsync("l-four", new object[] { new { Group = "224.50.6.4" }, new { Group = "mcast-224-50-6-4" } })
            .ExpectFailure(400, "InvalidRequest", null, "duplicate");
        (await _rack.GroupAsync("224.50.6.4")).Status.ShouldBe(404);
        await UpdateAsync("l-four", new object[] { new { Group = "224.50.6.5" }, new { Group = "232.50.6.9" } }).ExpectFailure(400, "InvalidRequest");
        (await _rack.GroupAsync("224.50.6.5")).Status.ShouldBe(404);
        await UpdateAsync("l-four", [.. Enumerable.Range(0, 33).Select(i => (object)new { Group = $"224.50.6.{100 + i}" })])
            .ExpectFailure(400, "InvalidRequest", null, "32");
        (await _rack.GroupAsync("224.50.6.100")).Status.ShouldBe(404);
        (await _rack.MembershipsAsync("l-four")).Count.ShouldBe(2);
        await UpdateAsync("l-four", null).Expect(200);
        (await _rack.MembershipsAsync("l-four")).Count.ShouldBe(2);
        await UpdateAsync("l-four", Array.Empty<object>()).Expect(200);
        (await _rack.MembershipsAsync("l-four")).ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "multicast/FIX-10")]
    public async Task Thirty_third_group_is_refused()
    {
        await CreateAsync(_rack, "l-five", [.. Enumerable.Range(0, 32).Select(i => (object)new { Group = $"224.50.7.{i}" })]).Expect(201);

        await _rack.JoinAsync("l-five", "224.50.7.40").ExpectFailure(400, "InvalidRequest", "GroupLimitReached", "32");
        await _rack.JoinAsync("l-five", "224.50.7.0").Expect(201);
        (await _rack.GroupAsync("224.50.7.40")).Status.ShouldBe(404);
        await _rack.Admin.DeleteAsync("/v1/instances/l-five?project=default").Expect(204);
    }

    private static Task<ApiAnswer> CreateAsync(RackHost rack, string name, params object[] groups) => rack.Admin.PostAsync(
        "/v1/instances?project=default",
        new { Name = name, Description = "", Ncpus = 1, Memory = 1L << 30, Hostname = name, Start = false, MulticastGroups = groups });

    private Task<ApiAnswer> UpdateAsync(string name, object[]? groups) => _rack.Admin.PutAsync(
        $"/v1/instances/{name}?project=default",
        new { Ncpus = 1, Memory = 1L << 30, BootDisk = (string?)null, AutoRestartPolicy = (string?)null, CpuPlatform = (string?)null, EnableJumboFrames = false, MulticastGroups = groups });
}
