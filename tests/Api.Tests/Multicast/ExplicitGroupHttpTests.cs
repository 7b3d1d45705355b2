using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Groups made, changed and deleted by calls of their own (multicast 11).</summary>
[Collection(MulticastRacksGroup.Name)]
public sealed class ExplicitGroupHttpTests(MulticastRacks racks)
{
    private const string Groups = "/v1/multicast-groups";
    private readonly RackHost _rack = racks.Of(SwitchMode.Strict);

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/11.5")]
    [Trait("spec", "switch-dpd/K6")]
    public async Task Empty_group_is_active_is_filled_and_outlives_its_members(SwitchMode mode)
    {
        var rack = racks.Of(mode);
        await rack.StartNewAsync("x-one");
        var made = await rack.Admin.PostAsync(Groups, new
        {
            Name = "x-feed",
            Description = "made",
            MulticastIp = "224.50.14.1",
            SourceIps = new[] { "10.8.0.1" },
            Mvlan = 30,
            Vni = 2000,
            SwitchPortUplinks = new object[] { "switch0.qsfp2", new { SwitchLocation = "switch1", PortName = "qsfp3" }, "switch0.qsfp2" },
        }).Expect(201);
        made.Member("state").ShouldBe("Creating");
        made.Headers["Location"].ShouldEndWith(made.Id);
        var tag = $"{made.Id}:224.50.14.1";

        await rack.ConvergedAsync("x-feed");
        await rack.PortsAreAsync(tag);
        await rack.JoinAsync("x-one", "x-feed").Expect(201);
        await rack.MembersAreAsync("x-feed", "Joined");
        var group = await rack.ConvergedAsync("x-feed");
        group.GetProperty("source_ips").ToString().ShouldBe("""["10.8.0.1"]""");
        group.GetProperty("switch_port_uplinks").ToString().ShouldBe("""["switch0.qsfp2","switch1.qsfp3"]""");
        rack.Switches[0].PortsOf(tag)!.Value.ShouldContain("qsfp2 External");
        rack.Switches[1].PortsOf(tag)!.Value.ShouldContain("qsfp3 External");
        var external = rack.Switches[0].Model.Groups.Values.OfType<ExternalGroup>().Single(g => g.Tag == tag);
        (external.Vlan, external.Nat.Vni).ShouldBe((30, 2000));

        await rack.Admin.PutAsync($"{Groups}/x-feed", new { Name = "x-feed-2", Mvlan = (int?)null, SwitchPortUplinks = new[] { "switch0.qsfp4" } })
            .Expect(200);
        await rack.ConvergedAsync("x-feed-2");
        await Gantry.Tests.Eventually.HoldsAsync(
            () => rack.Switches[0].PortsOf(tag) is { } ports && ports.Contains("qsfp4 External") && !ports.Contains("qsfp2 External")
                && rack.Switches[1].PortsOf(tag) is { Length: 1 },
            TimeSpan.FromSeconds(60));
        rack.Switches[0].Model.Groups.Values.OfType<ExternalGroup>().Single(g => g.Tag == tag).Vlan.ShouldBeNull();

        (await rack.Admin.DeleteAsync($"{Groups}/x-feed-2")).ExpectFailure(400, "InvalidRequest", "GroupHasMembers");
        await rack.LeaveAsync("x-one", "x-feed-2").Expect(204);
        await rack.PortsAreAsync(tag);
        (await rack.GroupAsync("x-feed-2")).Member("state").ShouldBe("Active");
        await rack.JoinAsync("x-one", "x-feed-2").Expect(201);
        await rack.Admin.DeleteAsync($"{Groups}/x-feed-2?force=true").Expect(204);
        (await rack.GroupAsync("x-feed-2")).ExpectFailure(404, "ObjectNotFound");
        (await rack.MembershipsAsync("x-one")).ShouldNotContain(m => m.GetProperty("multicast_ip").GetString() == "224.50.14.1");
        await rack.GoneFromSwitchesAsync(tag);
    }

    [Fact]
    public async Task Refused_create_names_the_reason_and_keeps_nothing()
    {
        await _rack.Admin.PostAsync(Groups, new { Name = "x-taken", Description = "", MulticastIp = "224.50.14.9" }).Expect(201);

        // Of no silo: that there is one of this name, and of the wrong type, is not told.
        await _rack.Admin.PostAsync(
            "/v1/system/ip-pools", new { Name = "x-unlinked", Description = "", IpVersion = "v4", PoolType = "unicast" }).Expect(201);
        foreach (var (body, status) in new (object, int)[]
        {
            (new { Name = "x-taken", Description = "", MulticastIp = "224.50.14.10" }, 400),
            (new { Name = "x-other", Description = "", MulticastIp = "224.50.14.9" }, 409),
            (new { Name = "x-other", Description = "", MulticastIp = "239.77.0.1" }, 400),
            (new { Name = "x-other", Description = "", MulticastIp = "nonsense" }, 400),
            (new { Name = "x-other", Description = "", MulticastIp = "232.50.14.1" }, 400),
            (new { Name = "x-other", Description = "", MulticastIp = "224.50.14.11", Mvlan = 1 }, 400),
            (new { Name = "x-other", Description = "", MulticastIp = "224.50.14.11", Mvlan = 4095 }, 400),
            (new { Name = "x-other", Description = "", MulticastIp = "224.50.14.11", Vni = 500 }, 400),
            (new { Name = "x-other", Description = "", MulticastIp = "224.50.14.11", SwitchPortUplinks = new[] { "switch0.rear1" } }, 400),
            (new { Name = "x-other", Description = "", MulticastIp = "224.50.14.11", Pool = "no-such-pool" }, 404),
            (new { Name = "x-other", Description = "", MulticastIp = "224.50.14.11", Pool = "x-unlinked" }, 404),
            (new { Name = "x-other", Description = "", MulticastIp = "224.50.14.11", Vpc = Guid.Empty.ToString() }, 404),
            (new { Name = "X", Description = "" }, 400),
            (new { Description = "" }, 400),
            (new { Name = "x-other", Description = "", Colour = "red" }, 400),
        })
        {
            (await _rack.Admin.PostAsync(Groups, body)).Expect(status);
        }

        (await _rack.GroupAsync("x-other")).Status.ShouldBe(404);
        (await _rack.Admin.ListAsync(Groups)).Count(g => g.GetProperty("name").GetString() == "x-taken").ShouldBe(1);
        await _rack.Admin.PostAsync(Groups, new { Name = "x-other", Description = "", MulticastIp = "224.50.14.11" }).Expect(201);
        await _rack.Admin.PutAsync($"{Groups}/x-other", new { Name = "x-taken" });
        (await _rack.GroupAsync("x-other")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Create_answers_the_same_to_the_same_key_and_an_implicit_group_cannot_be_changed()
    {
        var key = ("Idempotency-Key", "x-key-1");
        var body = new { Name = "x-keyed", Description = "", MulticastIp = "224.50.14.20" };
        var first = await _rack.Admin.PostAsync(Groups, body, key).Expect(201);
        var again = await _rack.Admin.PostAsync(Groups, body, key).Expect(201);
        again.Id.ShouldBe(first.Id);
        again.Headers["idempotent-replayed"].ShouldBe("true");
        await _rack.ConvergedAsync("x-keyed");
        var seen = await _rack.GroupAsync("x-keyed");
        await _rack.Admin.PutAsync($"{Groups}/x-keyed", new { Description = "b" }, ("If-Match", "\"g9999\"")).ExpectFailure(412, "PreconditionFailed");
        await _rack.Admin.PutAsync($"{Groups}/x-keyed", new { Description = "b" }, ("If-Match", seen.ETag)).Expect(200);

        await _rack.InstanceAsync("x-two");
        await _rack.JoinAsync("x-two", "224.50.14.21").Expect(201);
        await _rack.Admin.PutAsync($"{Groups}/224.50.14.21", new { Description = "b" }).ExpectFailure(400, "InvalidRequest", "GroupIsImplicit");
    }

    [Fact]
    [Trait("spec", "multicast/3.8")]
    public async Task Nobody_takes_out_members_of_others_with_a_forced_delete()
    {
        await _rack.InstanceAsync("x-kept");
        await _rack.JoinAsync("x-kept", "224.50.14.50").Expect(201);
        await _rack.Admin.PostAsync(Groups, new { Name = "x-common", Description = "", MulticastIp = "224.50.14.51" }).Expect(201);
        await _rack.JoinAsync("x-kept", "x-common").Expect(201);
        await _rack.Admin.PostAsync("/v1/projects", new { Name = "x-gone", Description = "" }).Expect(201);
        await _rack.Admin.PostAsync($"{Groups}?project=x-gone", new { Name = "x-widow", Description = "", MulticastIp = "224.50.14.52" }).Expect(201);
        using var stranger = await _rack.UserAsync("x-forcer");

        await stranger.DeleteAsync($"{Groups}/224.50.14.50?force=true").ExpectFailure(400, "InvalidRequest", "GroupIsImplicit");
        await stranger.DeleteAsync($"{Groups}/224.50.14.50").ExpectFailure(400, "InvalidRequest", "GroupIsImplicit");
        await _rack.Admin.DeleteAsync($"{Groups}/224.50.14.50?force=true").ExpectFailure(400, "InvalidRequest", "GroupIsImplicit");
        await stranger.DeleteAsync($"{Groups}/x-common?force=true").ExpectFailure(404, "ObjectNotFound");
        (await _rack.MembershipsAsync("x-kept")).Count.ShouldBe(2);

        await _rack.LeaveAsync("x-kept", "x-common").Expect(204);
        await stranger.DeleteAsync($"{Groups}/x-common?force=true").Expect(204);
        await _rack.Admin.DeleteAsync("/v1/projects/x-gone").Expect(204);
        await stranger.DeleteAsync($"{Groups}/x-widow").ExpectFailure(404, "ObjectNotFound");
        await stranger.PutAsync($"{Groups}/x-widow", new { Description = "mine" }).ExpectFailure(404, "ObjectNotFound");
        await _rack.Admin.DeleteAsync($"{Groups}/x-widow").Expect(204);
    }

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/11.2")]
    public async Task Group_takes_the_network_id_of_its_vpc_once_and_for_good(SwitchMode mode)
    {
        var rack = racks.Of(mode);
        var vpc = await rack.Admin.PostAsync("/v1/vpcs?project=default", new { Name = "x-net", Description = "", DnsName = "x-net" }).Expect(201);
        var vni = vpc.Body.GetProperty("vni").GetInt32();
        vni.ShouldBeInRange(1024, 0xFFFFFF);
        await rack.Admin.PostAsync("/v1/vpcs?project=default", new { Name = "x-net", Description = "", DnsName = "x-net" })
            .ExpectFailure(400, "ObjectAlreadyExists");

        var named = await rack.Admin.PostAsync(
            $"{Groups}?project=default", new { Name = "x-vpc", Description = "", MulticastIp = "224.50.14.30", Vpc = "x-net" }).Expect(201);
        var plain = await rack.Admin.PostAsync(Groups, new { Name = "x-none", Description = "", MulticastIp = "224.50.14.31" }).Expect(201);
        named.Body.GetProperty("vni").GetInt32().ShouldBe(vni);
        plain.Body.GetProperty("vni").GetInt32().ShouldBe(77);
        await rack.ConvergedAsync("x-vpc");
        rack.Switches.ShouldAllBe(s => s.Model.Groups.Values.OfType<ExternalGroup>().Single(g => g.Tag == $"{named.Id}:224.50.14.30").Nat.Vni == vni);

        await rack.Admin.DeleteAsync("/v1/vpcs/x-net?project=default").Expect(204);
        (await rack.GroupAsync("x-vpc")).Body.GetProperty("vni").GetInt32().ShouldBe(vni);
        await rack.Admin.DeleteAsync($"{Groups}/x-vpc").Expect(204);
        await rack.Admin.DeleteAsync($"{Groups}/x-none").Expect(204);
    }

    [Fact]
    [Trait("spec", "multicast/11.2")]
    public async Task Vpc_that_is_not_in_the_project_makes_no_group()
    {
        await _rack.Admin.PostAsync("/v1/projects", new { Name = "x-elsewhere", Description = "" });
        var other = await _rack.Admin.PostAsync("/v1/vpcs?project=x-elsewhere", new { Name = "x-far", Description = "", DnsName = "far" }).Expect(201);
        foreach (var (path, vpc, status) in new[]
        {
            ($"{Groups}?project=default", "x-far", 404),
            ($"{Groups}?project=default", other.Id, 404),
            ($"{Groups}?project=default", Guid.NewGuid().ToString(), 404),
            (Groups, "x-far", 400),
            (Groups, "Not A Name", 400),
        })
        {
            (await _rack.Admin.PostAsync(path, new { Name = "x-lost", Description = "", MulticastIp = "224.50.14.32", Vpc = vpc })).Expect(status);
        }

        (await _rack.Admin.PostAsync(
            $"{Groups}?project=x-elsewhere",
            new { Name = "x-lost", Description = "", MulticastIp = "224.50.14.32", Vpc = "x-far", Vni = 2000 })).ExpectFailure(400, "InvalidRequest", "BadVni");
        using var stranger = await _rack.UserAsync("x-stranger");
        await stranger.GetAsync($"/v1/vpcs/{other.Id}").ExpectFailure(404, "ObjectNotFound");
        (await _rack.GroupAsync("x-lost")).Status.ShouldBe(404);
        await _rack.Admin.PutAsync("/v1/vpcs/x-far?project=x-elsewhere", new { Name = "x-near" }).Expect(200);
        (await _rack.Admin.ListAsync("/v1/vpcs?project=x-elsewhere")).ShouldHaveSingleItem().GetProperty("name").GetString().ShouldBe("x-near");
    }

    [Fact]
    [Trait("spec", "multicast/11.2")]
    public async Task Members_are_added_and_removed_from_the_groups_side()
    {
        await _rack.Admin.PostAsync(Groups, new { Name = "x-members", Description = "", MulticastIp = "224.50.14.33" }).Expect(201);
        var id = await _rack.InstanceAsync("x-three");
        var members = $"{Groups}/x-members/members";

        await _rack.Admin.PostAsync(members, new { Instance = "x-three" }).ExpectFailure(400, "InvalidRequest", "ProjectRequired");
        await _rack.Admin.PostAsync($"{Groups}/x-nobody/members", new { Instance = id }).ExpectFailure(404, "ObjectNotFound");
        await _rack.Admin.PostAsync($"{Groups}/224.50.14.99/members", new { Instance = id }).ExpectFailure(404, "ObjectNotFound");
        var added = await _rack.Admin.PostAsync($"{members}?project=default", new { Instance = "x-three" }).Expect(201);
        (await _rack.Admin.PostAsync(members, new { Instance = id }).Expect(201)).Id.ShouldBe(added.Id);
        (await _rack.MembersAsync("x-members")).Count.ShouldBe(1);
        using var stranger = await _rack.UserAsync("x-other-stranger");
        await stranger.DeleteAsync($"{members}/{id}").ExpectFailure(404, "ObjectNotFound");

        await _rack.Admin.DeleteAsync($"{members}/x-three?project=default").Expect(204);
        await _rack.Admin.DeleteAsync($"{members}/{id}").Expect(204);
        (await _rack.MembersAsync("x-members")).ShouldBeEmpty();
        await _rack.Admin.DeleteAsync($"{Groups}/x-members").Expect(204);
    }

    [Fact]
    [Trait("spec", "multicast/11.4")]
    public async Task Versions_that_had_no_explicit_groups_say_that_they_are_gone()
    {
        var old = ("api-version", "2025112000.0.0");
        await _rack.Admin.PostAsync(Groups, new { Name = "x-old", Description = "" }, old).Expect(410);
        await _rack.Admin.PutAsync($"{Groups}/x-old", new { Name = "x-older" }, old).Expect(410);
        await _rack.Admin.DeleteAsync($"{Groups}/x-old", old).Expect(410);
        await _rack.Admin.PostAsync($"{Groups}/x-old/members", new { Instance = Guid.NewGuid() }, old).Expect(410);
        await _rack.Admin.DeleteAsync($"{Groups}/x-old/members/{Guid.NewGuid()}", old).Expect(410);

        (await _rack.Admin.GetAsync(Groups, old).Expect(400)).Member("reason").ShouldBe("BadApiVersion");
        (await _rack.Admin.PostAsync(Groups, new { Name = "x-old", Description = "" }, ("api-version", "2026010800.0.0"))).Expect(400);
    }
}
