using Gantry.Switch.Simulator;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Corrections of multicast 9.3 as they show over HTTP; those that a scenario shows carry their trait beside the scenario's.</summary>
[Collection(MulticastRacksGroup.Name)]
public sealed class FixHttpTests(MulticastRacks racks)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/FIX-1")]
    [Trait("spec", "multicast/FIX-3")]
    [Trait("spec", "multicast/FIX-4")]
    public async Task Drift_is_repaired_under_the_true_tag_on_one_switch_and_without_the_member_list(SwitchMode mode)
    {
        const string address = "224.50.14.1";
        var rack = racks.Of(mode);
        await rack.StartNewAsync("x-drift");
        var tag = (await rack.JoinedAsync("x-drift", address, new { SourceIps = new[] { "10.8.0.1" } })).TagOf();
        var underlay = rack.Switches[1].Model.Groups.Values.OfType<UnderlayGroup>().Single(g => g.Tag == tag).Address.ToString();
        var (right, members) = (Writes(rack.Switches[0], address, underlay), MemberWrites(rack.Switches[1], underlay));

        Diverge(rack.Switches[1], address, "remove");
        await Eventually.HoldsAsync(() => External(rack.Switches[1], address)?.Tag == tag, s_patience);
        Diverge(rack.Switches[1], address, "sources");
        await Eventually.HoldsAsync(
            () => External(rack.Switches[1], address)?.Sources?.Select(s => s.ToString()).SequenceEqual(["10.8.0.1"]) == true, s_patience);

        Writes(rack.Switches[0], address, underlay).ShouldBeLessThanOrEqualTo(right);
        MemberWrites(rack.Switches[1], underlay).ShouldBeLessThanOrEqualTo(members);
        await rack.LeaveAsync("x-drift", address).Expect(204);
        await rack.GoneFromSwitchesAsync(tag);
        rack.Switches.ShouldAllBe(s => External(s, address) == null);
    }

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/FIX-5")]
    public async Task Port_that_two_instances_share_stays_when_one_of_them_leaves(SwitchMode mode)
    {
        const string address = "224.50.14.2";
        var rack = racks.Of(mode);
        var (one, other) = await rack.TwoOnOneSledAsync("x-share");
        await rack.JoinAsync(one, address).Expect(201);
        await rack.JoinAsync(other, address).Expect(201);
        var tag = (await rack.ConvergedAsync(address)).TagOf();
        await rack.MembersAreAsync(address, "Joined");
        var port = rack.Switches[0].PortsOf(tag)!.Value.ShouldHaveSingleItem();

        await rack.LeaveAsync(one, address).Expect(204);
        await rack.ConvergedAsync(address);

        (await rack.MembersAsync(address)).ShouldHaveSingleItem().Text("state").ShouldBe("Joined");
        await rack.PortsAreAsync(tag, port);
    }

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/FIX-6")]
    [Trait("spec", "multicast/FIX-7")]
    [Trait("spec", "multicast/FIX-21")]
    public async Task Address_joined_again_while_its_old_group_is_on_a_switch_waits_for_that(SwitchMode mode)
    {
        const string address = "224.50.14.3";
        var rack = racks.Of(mode);
        await rack.StartNewAsync("x-again");
        await rack.JoinAsync("x-again", address).Expect(201);
        var old = (await rack.ConvergedAsync(address)).TagOf();
        rack.Switches[1].Faults.Add(new SimFault("status") { Match = new FaultMatch(Method: "DELETE", Path: "/multicast") });
        try
        {
            await rack.LeaveAsync("x-again", address).Expect(204);
            await rack.JoinAsync("x-again", address).Expect(201);
            var waiting = await rack.UntilAsync(
                $"/v1/multicast-groups/{address}", g => g.GetProperty("conditions").EnumerateArray().Any(c => c.Text("error") != null));
            waiting.Text("state").ShouldBe("Creating");
            External(rack.Switches[1], address)!.Tag.ShouldBe(old);

            // Half of it is gone by other means before the rest can go.
            Diverge(rack.Switches[1], address, "remove");
        }
        finally
        {
            rack.Switches[1].Faults.Clear();
        }

        var tag = (await rack.ConvergedAsync(address)).TagOf();
        tag.ShouldNotBe(old);
        rack.Switches.ShouldAllBe(s => External(s, address)!.Tag == tag);
        await rack.GoneFromSwitchesAsync(old);
    }

    [Fact]
    [Trait("spec", "multicast/FIX-8")]
    public async Task Group_that_lost_its_members_before_it_was_made_is_not_made()
    {
        const string address = "224.50.14.4";
        var rack = racks.Of(SwitchMode.Strict);
        await rack.StartNewAsync("x-beside");
        var create = new
        {
            Name = "x-none",
            Description = "",
            Ncpus = 1,
            Memory = 1L << 30,
            Hostname = "x-none",
            Start = false,
            MulticastGroups = new[] { new { Group = address }, new { Group = "232.50.14.4" } },
        };
        foreach (var one in rack.Switches)
        {
            one.Faults.Add(new SimFault("status") { Match = new FaultMatch(Method: "POST", Path: "/multicast") });
        }

        try
        {
            await rack.Admin.PostAsync("/v1/instances?project=default", create).ExpectFailure(400, "InvalidRequest");
        }
        finally
        {
            rack.Switches.ToList().ForEach(s => s.Faults.Clear());
        }

        // A turn over everything that is behind: this one is not among it.
        await rack.JoinAsync("x-beside", "224.50.14.5").Expect(201);
        await rack.ConvergedAsync("224.50.14.5");

        // A turn that read the member before it was gone may still have written: what counts is what stays.
        await Eventually.HoldsAsync(() => rack.Switches.All(s => External(s, address) == null), s_patience);
        var left = await rack.GroupAsync(address);
        (left.Status == 404 || left.Member("state") is "Creating" or "Deleting").ShouldBeTrue(left.ToString());
    }

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/FIX-11")]
    public async Task Work_that_was_done_and_not_answered_is_not_undone(SwitchMode mode)
    {
        const string address = "224.50.14.6";
        var rack = racks.Of(mode);
        await rack.StartNewAsync("x-lost");
        foreach (var one in rack.Switches)
        {
            one.Faults.Add(new SimFault("drop_after_apply") { Match = new FaultMatch(Method: "POST", Path: "/multicast"), Count = 2 });
        }

        try
        {
            var tag = (await rack.JoinedAsync("x-lost", address)).TagOf();
            rack.Switches.ShouldAllBe(s => External(s, address)!.Tag == tag);
        }
        finally
        {
            rack.Switches.ToList().ForEach(s => s.Faults.Clear());
        }
    }

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/FIX-15")]
    public async Task Longest_address_makes_a_group_whose_tag_fits(SwitchMode mode)
    {
        const string address = "ff04:1111:2222:3333:4444:5555:6666:7777";
        var rack = racks.Of(mode);
        await rack.StartNewAsync("x-long");
        await rack.PoolAsync("x-long", address, address, isDefault: false);
        await rack.JoinAsync("x-long", address).Expect(201);

        var group = await rack.ConvergedAsync(address);

        group.TagOf().Length.ShouldBe(76);
        rack.Switches.ShouldAllBe(s => External(s, address)!.Tag == group.TagOf());
        await rack.LeaveAsync("x-long", address).Expect(204);
    }

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/FIX-18")]
    public async Task Filter_that_a_member_without_sources_opens_is_written_once(SwitchMode mode)
    {
        const string address = "224.50.14.7";
        var rack = racks.Of(mode);
        await rack.StartNewAsync("x-few");
        await rack.StartNewAsync("x-any");
        await rack.JoinedAsync("x-few", address, new { SourceIps = new[] { "10.8.0.1" } });
        rack.Switches.ShouldAllBe(s => External(s, address)!.Sources!.Value.Length == 1);

        await rack.JoinAsync("x-any", address).Expect(201);
        await rack.MembersAreAsync(address, "Joined");
        var tag = (await rack.ConvergedAsync(address)).TagOf();
        rack.Switches.ShouldAllBe(s => External(s, address)!.Sources == null);
        var underlay = rack.Switches[0].Model.Groups.Values.OfType<UnderlayGroup>().Single(g => g.Tag == tag).Address.ToString();
        var writes = rack.Switches.Select(s => Writes(s, address, underlay)).ToList();

        // Two more looks at everything find nothing to write.
        foreach (var one in rack.Switches)
        {
            var lists = one.RequestsOf("/multicast");
            await Eventually.HoldsAsync(() => one.RequestsOf("/multicast") >= lists + 8, s_patience);
        }

        rack.Switches.Zip(writes).ShouldAllBe(s => Writes(s.First, address, underlay) <= s.Second);
        (await rack.GroupAsync(address)).Body.GetProperty("has_any_source_member").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    [Trait("spec", "multicast/3.4")]
    public async Task Wish_that_cannot_be_read_is_refused_before_anything_is_changed()
    {
        var rack = racks.Of(SwitchMode.Strict);
        await rack.InstanceAsync("f-unread");
        var wishes = new[] { new { Group = "224.50.12.60", SourceIps = new[] { "10.0.0.1" } }, new { Group = "224.50.12.61", SourceIps = new[] { "127.0.0.1" } } };

        (await rack.Admin.PutAsync(
            "/v1/instances/f-unread?project=default",
            new { Ncpus = 2, Memory = 1L << 30, BootDisk = (string?)null, AutoRestartPolicy = (string?)null, CpuPlatform = (string?)null, EnableJumboFrames = false, MulticastGroups = wishes }))
            .ExpectFailure(400, "InvalidRequest");
        (await rack.Admin.PostAsync(
            "/v1/instances?project=default",
            new { Name = "f-unborn", Description = "", Ncpus = 1, Memory = 1L << 30, Hostname = "f", Start = false, MulticastGroups = wishes }))
            .ExpectFailure(400, "InvalidRequest");

        (await rack.Admin.GetAsync("/v1/instances/f-unread?project=default").Expect(200)).Body.GetProperty("ncpus").GetInt32().ShouldBe(1);
        (await rack.MembershipsAsync("f-unread")).ShouldBeEmpty();
        (await rack.Admin.GetAsync("/v1/instances/f-unborn?project=default")).Status.ShouldBe(404);
    }

    private static void Diverge(SwitchSimulator on, string address, string what) => on.Faults.Add(new SimFault("diverge")
    {
        Match = new FaultMatch(Object: address),
        Params = new FaultParams { What = what },
    });

    private static ExternalGroup? External(SwitchSimulator on, string address) =>
        on.Model.Groups.Values.OfType<ExternalGroup>().FirstOrDefault(g => g.Address.ToString() == address);

    // Of what is remembered of the past, so a later count is never too high.
    private static int Writes(SwitchSimulator on, string external, string underlay) => on.Requests.Count(r => r.Method != "GET"
        && (Names(r, external) || Names(r, underlay)));

    private static int MemberWrites(SwitchSimulator on, string underlay) => on.Requests.Count(r => r.Method != "GET"
        && r.Path.StartsWith("/multicast/underlay-groups", StringComparison.Ordinal)
        && Names(r, underlay));

    private static bool Names(SeenRequest request, string address) =>
        request.Path.EndsWith($"/{address}", StringComparison.Ordinal) || request.Body.Contains($"\"{address}\"", StringComparison.Ordinal);
}
