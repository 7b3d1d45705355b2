using System.Text.Json;
using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Joining and leaving over HTTP (multicast 10, 1 to 17 and 28 to 30).</summary>
[Collection(MulticastRacksGroup.Name)]
public sealed class JoinHttpTests(MulticastRacks racks)
{
    private readonly RackHost _rack = racks.Of(SwitchMode.Strict);

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/1")]
    [Trait("spec", "multicast/17")]
    [Trait("spec", "multicast/29")]
    [Trait("spec", "multicast/32")]
    public async Task Group_comes_with_its_first_member_and_goes_with_its_last(SwitchMode mode)
    {
        var rack = racks.Of(mode);
        await rack.StartNewAsync("j-one");

        var member = await rack.JoinAsync("j-one", "224.50.0.5").Expect(201);
        member.Member("state").ShouldBe("Joining");
        member.Member("multicast_ip").ShouldBe("224.50.0.5");
        member.Member("name").ShouldBe($"member-{member.Id}");
        member.Member("description").ShouldBe($"multicast group member {member.Id}");

        var group = await rack.ConvergedAsync("mcast-224-50-0-5");
        group.Text("description").ShouldBe("Implicitly created multicast group for 224.50.0.5");
        await rack.MembersAreAsync("224.50.0.5", "Joined");
        (await rack.MembershipsAsync("j-one")).ShouldHaveSingleItem().Text("multicast_ip").ShouldBe("224.50.0.5");
        (await rack.MembersAsync("224.50.0.5")).ShouldHaveSingleItem().Text("multicast_ip").ShouldBe("224.50.0.5");
        await rack.PortCountIsAsync(group.TagOf(), 1);
        await rack.VerifiedAsync(group.Text("id")!);

        await rack.LeaveAsync("j-one", "224.50.0.5").Expect(204);
        (await rack.GroupAsync("224.50.0.5")).ExpectFailure(404, "ObjectNotFound");
        await rack.GoneFromSwitchesAsync(group.TagOf());
        await rack.LeaveAsync("j-one", "224.50.0.5").ExpectFailure(404, "ObjectNotFound");
    }

    [Fact]
    [Trait("spec", "multicast/2")]
    public async Task Ssm_group_shows_its_sources_sorted()
    {
        await _rack.InstanceAsync("j-two");

        await _rack.JoinAsync("j-two", "232.50.0.2", new { SourceIps = new[] { "10.9.0.6", "10.9.0.5", "10.9.0.5" } }).Expect(201);

        var group = (await _rack.GroupAsync("232.50.0.2")).Expect(200).Body;
        group.GetProperty("source_ips").ToString().ShouldBe("""["10.9.0.5","10.9.0.6"]""");
        group.GetProperty("has_any_source_member").GetBoolean().ShouldBeFalse();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"source_ips":null}""")]
    [InlineData("""{"source_ips":[]}""")]
    [Trait("spec", "multicast/3")]
    [Trait("spec", "multicast/4")]
    public async Task Ssm_join_without_sources_is_refused_and_makes_nothing(string body)
    {
        await _rack.Admin.PostAsync(
            "/v1/instances?project=default",
            new { Name = "j-three", Description = "", Ncpus = 1, Memory = 1L << 30, Hostname = "j-three", Start = false });

        await _rack.WritesNothingAsync(async () =>
            await _rack.JoinAsync("j-three", "232.50.0.3", body).ExpectFailure(400, "InvalidRequest", "SsmNeedsSources", "source"));

        (await _rack.GroupAsync("232.50.0.3")).ExpectFailure(404, "ObjectNotFound");
    }

    [Fact]
    [Trait("spec", "multicast/5")]
    [Trait("spec", "multicast/6")]
    public async Task Second_instance_needs_sources_for_an_ssm_group_too()
    {
        await _rack.InstanceAsync("j-five");
        await _rack.InstanceAsync("j-six");
        await _rack.JoinAsync("j-five", "232.50.0.5", new { SourceIps = new[] { "10.9.0.5" } }).Expect(201);
        var group = (await _rack.GroupAsync("232.50.0.5")).Expect(200);

        await _rack.JoinAsync("j-six", group.Id).ExpectFailure(400, "InvalidRequest", "SsmNeedsSources");
        await _rack.JoinAsync("j-six", group.Member("name")).ExpectFailure(400, "InvalidRequest", "SsmNeedsSources");

        (await _rack.MembersAsync(group.Id)).Count.ShouldBe(1);
    }

    [Fact]
    [Trait("spec", "multicast/7")]
    [Trait("spec", "multicast/8")]
    [Trait("spec", "multicast/28")]
    public async Task Sources_of_members_add_up_and_shrink_again()
    {
        await _rack.InstanceAsync("j-seven");
        await _rack.InstanceAsync("j-eight");
        await _rack.InstanceAsync("j-nine");
        await _rack.JoinAsync("j-seven", "224.50.0.7", new { SourceIps = new[] { "10.9.0.7" } }).Expect(201);
        (await _rack.GroupAsync("224.50.0.7")).Body.GetProperty("has_any_source_member").GetBoolean().ShouldBeFalse();

        await _rack.JoinAsync("j-eight", "224.50.0.7").Expect(201);
        await _rack.JoinAsync("j-nine", "224.50.0.7", new { SourceIps = new[] { "10.9.0.9" } }).Expect(201);

        var group = (await _rack.GroupAsync("224.50.0.7")).Body;
        group.GetProperty("has_any_source_member").GetBoolean().ShouldBeTrue();
        group.GetProperty("source_ips").ToString().ShouldBe("""["10.9.0.7","10.9.0.9"]""");
        await _rack.ConvergedAsync("224.50.0.7");
        await _rack.LeaveAsync("j-nine", "224.50.0.7").Expect(204);
        var after = (await _rack.GroupAsync("224.50.0.7")).Body;
        after.Text("state").ShouldBe("Active");
        after.GetProperty("source_ips").ToString().ShouldBe("""["10.9.0.7"]""");
        await _rack.LeaveAsync("j-nine", "224.50.0.7").Expect(204);
    }

    [Fact]
    [Trait("spec", "multicast/9")]
    [Trait("spec", "multicast/10")]
    public async Task Instances_of_two_projects_meet_in_one_group_and_a_repeat_changes_nothing()
    {
        await _rack.Admin.PostAsync("/v1/projects", new { Name = "other", Description = "" }).Expect(201);
        await _rack.InstanceAsync("j-ten", start: true);
        await _rack.RunningAsync("j-ten");
        var other = (await _rack.Admin.PostAsync(
            "/v1/instances?project=other",
            new { Name = "j-ten", Description = "", Ncpus = 1, Memory = 1L << 30, Hostname = "x", Start = false }).Expect(201)).Id;

        var first = await _rack.JoinAsync("j-ten", "224.50.0.10").Expect(201);
        var second = await _rack.Admin.PutAsync($"/v1/instances/{other}/multicast-groups/224.50.0.10", new { }).Expect(201);
        await _rack.UntilAsync("/v1/instances/j-ten/multicast-groups?project=default", p => p.GetProperty("items")[0].Text("state") == "Joined");
        var again = await _rack.JoinAsync("j-ten", "224.50.0.10", new { SourceIps = new[] { "10.1.1.1" } }).Expect(201);

        second.Member("multicast_group_id").ShouldBe(first.Member("multicast_group_id"));
        again.Id.ShouldBe(first.Id);
        again.Member("time_modified").ShouldBe((await _rack.MembershipsAsync("j-ten"))[0].Text("time_modified"));
        again.Body.GetProperty("source_ips").GetArrayLength().ShouldBe(0);
        (await _rack.MembersAsync("224.50.0.10")).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("239.99.0.1", null, 400, "InvalidRequest")]
    [InlineData("10.0.0.1", null, 400, "InvalidRequest")]
    [InlineData("7e4c0d0a-3d8f-4b0b-8d5c-0d4d5a2a0001", null, 404, "ObjectNotFound")]
    [InlineData("Not_A_Name", null, 400, "InvalidRequest")]
    [InlineData("224.50.0.13", "fd00::1", 400, "InvalidRequest")]
    [InlineData("ff0e::13", "10.0.0.1", 400, "InvalidRequest")]
    [InlineData("224.50.0.13", "127.0.0.1", 400, "InvalidRequest")]
    [InlineData("224.50.0.13", "169.254.0.1", 400, "InvalidRequest")]
    [InlineData("224.50.0.13", "224.1.1.1", 400, "InvalidRequest")]
    [InlineData("224.50.0.13", "nonsense", 400, "InvalidRequest")]
    [Trait("spec", "multicast/11")]
    [Trait("spec", "multicast/12")]
    [Trait("spec", "multicast/13")]
    public async Task Refused_join_changes_nothing(string group, string? source, int status, string code)
    {
        await _rack.Admin.PostAsync(
            "/v1/instances?project=default",
            new { Name = "j-eleven", Description = "", Ncpus = 1, Memory = 1L << 30, Hostname = "j-eleven", Start = false });

        await _rack.WritesNothingAsync(async () =>
            await _rack.JoinAsync("j-eleven", group, new { SourceIps = source is null ? null : new[] { source } }).ExpectFailure(status, code));
    }

    [Theory]
    [InlineData("""{"source_ips":"10.0.0.1"}""")]
    [InlineData("""{"ip_version":"v5"}""")]
    [InlineData("""{"ip_version":4}""")]
    [InlineData("""{"sauces":[]}""")]
    [InlineData("""[]""")]
    [InlineData("""{""")]
    public async Task Malformed_body_is_refused_before_the_instance_is_looked_for(string body) =>
        (await _rack.JoinAsync("no-such-instance", "224.50.0.14", body)).Expect(400);

    [Fact]
    [Trait("spec", "multicast/FIX-12")]
    public async Task Too_many_sources_are_refused()
    {
        await _rack.InstanceAsync("j-many");

        await _rack.JoinAsync("j-many", "224.50.0.15", new { SourceIps = Enumerable.Range(1, 64).Select(i => $"10.7.0.{i}") }).Expect(201);
        await _rack.JoinAsync("j-many", "224.50.0.16", new { SourceIps = Enumerable.Range(1, 65).Select(i => $"10.7.0.{i}") })
            .ExpectFailure(400, "InvalidRequest", "TooManySources", "64");
        await _rack.JoinAsync("j-many", "224.50.0.16", new { SourceIps = Enumerable.Range(0, 65).Select(i => $"10.7.0.{1 + (i % 64)}") }).Expect(201);
        (await _rack.GroupAsync("224.50.0.16")).Body.GetProperty("source_ips").GetArrayLength().ShouldBe(64);
    }

    [Fact]
    [Trait("spec", "multicast/14")]
    [Trait("spec", "multicast/15")]
    public async Task Instance_is_found_by_id_alone_or_by_name_within_a_project()
    {
        var id = await _rack.InstanceAsync("j-fifteen");
        var path = "/v1/instances/{0}/multicast-groups/224.50.0.17";

        await _rack.Admin.PutAsync($"/v1/instances/{id}/multicast-groups/224.50.0.17", new { }).Expect(201);
        (await _rack.Admin.PutAsync(string.Format(null, path, "j-fifteen"), new { })).Expect(400);
        (await _rack.Admin.DeleteAsync(string.Format(null, path, "j-fifteen"))).Expect(400);
        foreach (var missing in new[] { "7e4c0d0a-3d8f-4b0b-8d5c-0d4d5a2a0002", "j-none" })
        {
            var full = $"{string.Format(null, path, missing)}?project=default";
            await _rack.Admin.PutAsync(full, new { }).ExpectFailure(404, "ObjectNotFound");
            await _rack.Admin.DeleteAsync(full).ExpectFailure(404, "ObjectNotFound");
        }

        await _rack.Admin.DeleteAsync($"/v1/instances/{id}").Expect(204);
        await _rack.Admin.PutAsync($"/v1/instances/{id}/multicast-groups/224.50.0.18", new { }).ExpectFailure(404, "ObjectNotFound");
    }

    [Fact]
    [Trait("spec", "multicast/16")]
    public async Task Two_first_joins_at_once_make_one_group()
    {
        await _rack.InstanceAsync("j-race-a");
        await _rack.InstanceAsync("j-race-b");

        for (var round = 0; round < 5; round++)
        {
            var answers = await Task.WhenAll(
                _rack.JoinAsync("j-race-a", $"224.50.1.{round}"), _rack.JoinAsync("j-race-b", $"224.50.1.{round}"));

            answers.ShouldAllBe(a => a.Status == 201);
            answers.Select(a => a.Member("multicast_group_id")).Distinct().Count().ShouldBe(1);
            (await _rack.MembersAsync($"224.50.1.{round}")).Count.ShouldBe(2);
        }
    }

    [Fact]
    [Trait("spec", "multicast/30")]
    [Trait("spec", "multicast/51")]
    public async Task Name_can_be_joined_again_and_a_race_never_leaves_a_member_without_a_group()
    {
        await _rack.InstanceAsync("j-again");
        await _rack.InstanceAsync("j-against");
        await _rack.JoinAsync("j-again", "echo", new { IpVersion = "v4" }).Expect(201);
        var first = (await _rack.GroupAsync("echo")).Id;
        await _rack.LeaveAsync("j-again", "echo").Expect(204);
        await _rack.JoinAsync("j-again", "echo", new { IpVersion = "v4" }).Expect(201);
        (await _rack.GroupAsync("echo")).Id.ShouldNotBe(first);

        for (var round = 0; round < 5; round++)
        {
            await _rack.JoinAsync("j-again", $"224.50.2.{round}").Expect(201);
            var (left, joined) = (_rack.LeaveAsync("j-again", $"224.50.2.{round}"), _rack.JoinAsync("j-against", $"224.50.2.{round}"));
            (await left).Status.ShouldBe(204);
            var member = await joined.Expect(201);
            (await _rack.MembersAsync($"224.50.2.{round}")).ShouldHaveSingleItem().Text("id").ShouldBe(member.Id);
        }
    }

    [Fact]
    public async Task Stale_generation_is_412_and_the_fresh_one_is_taken()
    {
        await _rack.InstanceAsync("j-etag-a");
        await _rack.InstanceAsync("j-etag-b");
        await _rack.JoinAsync("j-etag-a", "224.50.3.1").Expect(201);

        // The member of a stopped instance leaves by itself: until then the group's generation still rises.
        await _rack.MembersAreAsync("224.50.3.1", "Left");
        var seen = (await _rack.GroupAsync("224.50.3.1")).Expect(200).ETag;
        var path = "/v1/instances/j-etag-b/multicast-groups/224.50.3.1?project=default";

        await _rack.Admin.PutAsync(path, new { }, ("If-Match", "\"g9999\"")).ExpectFailure(412, "PreconditionFailed");
        (await _rack.MembersAsync("224.50.3.1")).Count.ShouldBe(1);
        await _rack.Admin.PutAsync(path, new { }, ("If-Match", seen)).Expect(201);
        await _rack.Admin.DeleteAsync(path, ("If-Match", seen)).ExpectFailure(412, "PreconditionFailed");
        await _rack.Admin.DeleteAsync(path).Expect(204);
    }

    [Fact]
    public async Task Lists_page_through_and_sort()
    {
        await _rack.InstanceAsync("j-pages");
        foreach (var n in Enumerable.Range(1, 5))
        {
            await _rack.JoinAsync("j-pages", $"page-{n}", new { IpVersion = "v4" }).Expect(201);
        }

        // Groups of deleted instances of other tests may still go meanwhile.
        List<JsonElement> all = [];
        await Gantry.Tests.Eventually.HoldsAsync(
            async () =>
            {
                all = await _rack.Admin.ListAsync("/v1/multicast-groups", pageSize: 2);
                return (await _rack.Admin.ListAsync("/v1/multicast-groups?sort_by=id_ascending", pageSize: 3)).Count == all.Count;
            },
            TimeSpan.FromSeconds(60));
        var names = all.Select(g => g.Text("name")!).ToList();
        names.ShouldBe(names.Order(StringComparer.Ordinal).ToList());
        names.Count(n => n.StartsWith("page-", StringComparison.Ordinal)).ShouldBe(5);
        (await _rack.Admin.GetAsync("/v1/multicast-groups?limit=0")).Expect(400);
        (await _rack.Admin.GetAsync("/v1/multicast-groups?sort_by=size")).Expect(400);
        (await _rack.Admin.GetAsync("/v1/multicast-groups?colour=red")).Expect(400);
    }
}
