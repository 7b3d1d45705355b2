using System.Text.Json;
using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>External IPs of instances beside multicast, over HTTP (multicast 10, 41).</summary>
[Collection(MulticastRacksGroup.Name)]
public sealed class ExternalIpHttpTests(MulticastRacks racks)
{
    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/41")]
    public async Task External_addresses_and_memberships_do_not_disturb_one_another(SwitchMode mode)
    {
        var rack = racks.Of(mode);
        await PoolAsync(rack, "e-uni", "203.0.113.1", "203.0.113.9", isDefault: false);
        await rack.InstanceAsync("e-one", start: true);
        await rack.JoinAsync("e-one", "224.50.13.77").Expect(201);
        await rack.MembersAreAsync("224.50.13.77", "Joined");
        var group = await rack.ConvergedAsync("224.50.13.77");
        var member = (await rack.MembershipsAsync("e-one")).Select(m => m.GetRawText()).ToList();
        var held = Held(rack, group.TagOf());

        var attached = await rack.Admin.PostAsync(Ephemeral("e-one"), From("e-uni")).Expect(202);
        attached.Body.Text("kind").ShouldBe("ephemeral");
        attached.Body.Text("ip").ShouldBe("203.0.113.1");
        await rack.Admin.PostAsync("/v1/floating-ips?project=default", Floating("e-front", "203.0.113.5")).Expect(201);
        var moved = await rack.Admin.PostAsync("/v1/floating-ips/e-front/attach?project=default", new { Kind = "instance", Parent = "e-one" }).Expect(202);
        moved.Body.Text("instance_id").ShouldNotBeNull();
        await UndisturbedAsync();
        (await IpsAsync(rack, "e-one")).ShouldBe(["ephemeral 203.0.113.1", "floating 203.0.113.5"]);
        await OnSledsAreAsync(rack, "e-one", "203.0.113.1", "203.0.113.5"); // the VMM that runs got them

        // The other way round: the membership ends and begins again under the addresses' feet, through a stop and a start.
        await rack.StoppedAsync("e-one");
        await rack.MembersAreAsync("224.50.13.77", "Left");
        (await IpsAsync(rack, "e-one")).Count.ShouldBe(2);
        await rack.StartedAsync("e-one");
        await rack.MembersAreAsync("224.50.13.77", "Joined");
        await rack.ConvergedAsync("224.50.13.77");
        held = Held(rack, group.TagOf()); // it may run on another sled now
        (await OnSledsAsync(rack, "e-one")).ShouldBe(["203.0.113.1", "203.0.113.5"]);
        member = [.. (await rack.MembershipsAsync("e-one")).Select(m => m.GetRawText())];

        await rack.Admin.DeleteAsync(Ephemeral("e-one")).Expect(204);
        await rack.Admin.PostAsync("/v1/floating-ips/e-front/detach?project=default", new { }).Expect(202);
        await UndisturbedAsync();
        (await IpsAsync(rack, "e-one")).ShouldBeEmpty();
        await OnSledsAreAsync(rack, "e-one");

        await rack.Admin.PostAsync(Ephemeral("e-one"), From("e-uni")).Expect(202);
        await rack.Admin.DeleteAsync("/v1/instances/e-one/multicast-groups/224.50.13.77?project=default").Expect(204);
        await rack.GoneFromSwitchesAsync(group.TagOf());
        (await IpsAsync(rack, "e-one")).ShouldBe(["ephemeral 203.0.113.1"]);

        async Task UndisturbedAsync()
        {
            (await rack.MembershipsAsync("e-one")).Select(m => m.GetRawText()).ToList().ShouldBe(member);
            await rack.ConvergedAsync("224.50.13.77");
            Held(rack, group.TagOf()).ShouldBe(held);
        }
    }

    [Fact]
    [Trait("spec", "vmm/4.3")]
    public async Task Instance_is_created_with_its_addresses_or_not_at_all()
    {
        await using var rack = await RackHost.StartAsync();
        await PoolAsync(rack, "uni", "203.0.113.1", "203.0.113.3");
        await PoolAsync(rack, "six", "2001:db8::1", "2001:db8::1", version: "v6");
        await rack.Admin.PostAsync("/v1/floating-ips?project=default", Floating("front", "203.0.113.2")).Expect(201);
        object four = new { Type = "ephemeral", PoolSelector = new { Type = "auto", IpVersion = "v4" } };
        object six = new { Type = "ephemeral", PoolSelector = new { Type = "explicit", Pool = "six" } };
        object front = new { Type = "floating", FloatingIp = "front" };

        await CreateAsync(rack, "one", four, six, four).ExpectFailure(400, "InvalidRequest", "ExternalIpLimitReached");
        await CreateAsync(rack, "one", [.. Enumerable.Repeat(front, 33)]).ExpectFailure(400, "InvalidRequest", "ExternalIpLimitReached");
        await CreateAsync(rack, "one", new { Type = "floating" }).ExpectFailure(400, "InvalidRequest", "MemberMissing");
        await CreateAsync(rack, "one", new { Type = "snat" }).ExpectFailure(400, "InvalidRequest");
        await CreateAsync(rack, "one", new { Type = "ephemeral", FloatingIp = "front" }).ExpectFailure(400, "InvalidRequest");
        await CreateAsync(rack, "one", four, front, four).ExpectFailure(400, "InvalidRequest", "EphemeralIpLimitReached");
        await CreateAsync(rack, "one", front, four, new { Type = "floating", FloatingIp = "none" }).ExpectFailure(404, "ObjectNotFound", null, "none");
        await CreateAsync(rack, "one", front, new { Type = "ephemeral" }).ExpectFailure(400, "InvalidRequest", "AmbiguousIpVersion");
        await rack.Admin.GetAsync("/v1/instances/one?project=default").ExpectFailure(404, "ObjectNotFound");
        (await rack.Admin.GetAsync("/v1/floating-ips/front?project=default").Expect(200)).Body.Text("instance_id").ShouldBeNull();

        await CreateAsync(rack, "one", four, six, front).Expect(201);
        await rack.RunningAsync("one");
        (await IpsAsync(rack, "one")).ShouldBe(["ephemeral 2001:db8::1", "ephemeral 203.0.113.1", "floating 203.0.113.2"]);
        (await OnSledsAsync(rack, "one")).ShouldBe(["2001:db8::1", "203.0.113.1", "203.0.113.2"]);
        await CreateAsync(rack, "two", front).ExpectFailure(400, "InvalidRequest", "FloatingIpAttached");
        (await rack.Admin.GetAsync("/v1/system/ip-pools/uni/utilization").Expect(200)).Body.GetProperty("remaining").GetDouble().ShouldBe(1);

        // A sled that takes nothing holds no call up, and is told when it does again.
        await rack.Admin.PostAsync("/v1/floating-ips?project=default", Floating("late", "203.0.113.3")).Expect(201);
        await FaultsAsync(rack, HttpMethod.Post, new { kind = "status", match = new { method = "PUT", path = "/vmms*" }, @params = new { status = 500 } });
        await rack.Admin.PostAsync("/v1/floating-ips/late/attach?project=default", To("one")).Expect(202);
        await rack.Admin.PostAsync("/v1/floating-ips/front/detach?project=default", new { }).Expect(202);
        (await OnSledsAsync(rack, "one")).ShouldNotContain("203.0.113.3");
        await FaultsAsync(rack, HttpMethod.Delete, new { });
        await OnSledsAreAsync(rack, "one", "2001:db8::1", "203.0.113.1", "203.0.113.3");
    }

    [Fact]
    public async Task Addresses_come_from_linked_unicast_pools_and_go_back_to_them()
    {
        await using var rack = await RackHost.StartAsync();
        await rack.InstanceAsync("one");
        await rack.InstanceAsync("two");
        await rack.Admin.PostAsync(Ephemeral("one"), new { }).ExpectFailure(404, "ObjectNotFound", null, "default");
        await PoolAsync(rack, "uni", "203.0.113.1", "203.0.113.2");
        await PoolAsync(rack, "six", "2001:db8::1", "2001:db8::1", version: "v6");
        await rack.Admin.PostAsync(Ephemeral("one"), new { }).ExpectFailure(400, "InvalidRequest", "AmbiguousIpVersion");
        await rack.Admin.PostAsync(Ephemeral("one"), From("none")).ExpectFailure(404, "ObjectNotFound");
        await rack.Admin.PostAsync(Ephemeral("one"), new { PoolSelector = new { Type = "explicit" } }).ExpectFailure(400, "InvalidRequest", "MemberMissing");
        await rack.Admin.PostAsync(Ephemeral("one"), new { PoolSelector = new { Type = "other" } }).ExpectFailure(400, "InvalidRequest");

        (await rack.Admin.PostAsync(Ephemeral("one"), Version("v4")).Expect(202)).Body.Text("ip").ShouldBe("203.0.113.1");
        await rack.Admin.PostAsync(Ephemeral("one"), Version("v4")).ExpectFailure(400, "InvalidRequest", "EphemeralIpLimitReached");
        (await rack.Admin.PostAsync(Ephemeral("one"), Version("v6")).Expect(202)).Body.Text("ip").ShouldBe("2001:db8::1");
        await rack.Admin.PostAsync(Ephemeral("two"), Version("v6")).ExpectFailure(507, "InsufficientCapacity");
        await rack.Admin.DeleteAsync(Ephemeral("one")).ExpectFailure(400, "InvalidRequest", "AmbiguousIpVersion");
        await rack.Admin.DeleteAsync($"{Ephemeral("two")}").ExpectFailure(400, "InvalidRequest", "NoEphemeralIp");
        await rack.Admin.DeleteAsync($"{Ephemeral("one")}&ip_version=v6").Expect(204);
        (await rack.Admin.PostAsync(Ephemeral("two"), Version("v6")).Expect(202)).Body.Text("ip").ShouldBe("2001:db8::1");

        (await rack.Admin.PostAsync(Ephemeral("two"), Version("v4")).Expect(202)).Body.Text("ip").ShouldBe("203.0.113.2");
        var use = await rack.Admin.GetAsync("/v1/system/ip-pools/uni/utilization").Expect(200);
        use.Body.GetProperty("remaining").GetDouble().ShouldBe(0);
        await rack.Admin.PostAsync("/v1/system/ip-pools/uni/ranges/remove", new { First = "203.0.113.1", Last = "203.0.113.2" })
            .ExpectFailure(400, "InvalidRequest", "RangeInUse", "external IPs");
        await rack.Admin.DeleteAsync("/v1/system/ip-pools/uni/silos/default").ExpectFailure(400, "InvalidRequest", "PoolLinkInUse");

        await rack.Admin.DeleteAsync("/v1/instances/one?project=default").Expect(204);
        await rack.Admin.DeleteAsync("/v1/instances/two?project=default").Expect(204);
        await Gantry.Tests.Eventually.HoldsAsync(
            async () => (await rack.Admin.PostAsync(
                "/v1/system/ip-pools/uni/ranges/remove", new { First = "203.0.113.1", Last = "203.0.113.2" })).Status == 204,
            TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Floating_IPs_go_from_instance_to_instance_of_their_project()
    {
        await using var rack = await RackHost.StartAsync();
        await PoolAsync(rack, "uni", "203.0.113.1", "203.0.113.9");
        await rack.InstanceAsync("one");
        await rack.InstanceAsync("two");
        const string all = "/v1/floating-ips?project=default";
        const string front = "/v1/floating-ips/front";

        var made = await rack.Admin.PostAsync(all, new { Name = "front", Description = "door" }).Expect(201);
        made.Body.Text("ip").ShouldBe("203.0.113.1");
        await rack.Admin.PostAsync(all, new { Name = "front", Description = "" }).ExpectFailure(400, "ObjectAlreadyExists");
        await rack.Admin.PostAsync(all, Floating("back", "203.0.113.1")).ExpectFailure(400, "InvalidRequest", "AddressNotAvailable");
        await rack.Admin.PostAsync(all, Floating("back", "198.51.100.1")).ExpectFailure(400, "InvalidRequest", "NoPoolForAddress");
        (await rack.Admin.PostAsync(all, Floating("back", "203.0.113.7")).Expect(201)).Body.Text("ip").ShouldBe("203.0.113.7");
        (await rack.Admin.ListAsync(all)).Count.ShouldBe(2);
        await rack.Admin.PutAsync($"{front}?project=default", new { Name = "door" }).Expect(200);
        await rack.Admin.PutAsync("/v1/floating-ips/door?project=default", new { Name = "back" }).ExpectFailure(400, "ObjectAlreadyExists");
        await rack.Admin.PutAsync("/v1/floating-ips/door?project=default", new { Name = "front" }).Expect(200);
        await rack.Admin.GetAsync(front).ExpectFailure(400, "InvalidRequest", "ProjectRequired");
        await rack.Admin.GetAsync("/v1/floating-ips/none?project=default").ExpectFailure(404, "ObjectNotFound");

        await rack.Admin.PostAsync($"{front}/detach?project=default", new { }).ExpectFailure(400, "InvalidRequest", "FloatingIpNotAttached");
        await rack.Admin.PostAsync($"{front}/attach?project=default", To("nobody")).ExpectFailure(404, "ObjectNotFound");
        await rack.Admin.PostAsync($"{front}/attach?project=default", To("one")).Expect(202);
        await rack.Admin.PostAsync($"{front}/attach?project=default", To("one")).Expect(202);
        await rack.Admin.PostAsync($"{front}/attach?project=default", To("two")).ExpectFailure(400, "InvalidRequest", "FloatingIpAttached");
        await rack.Admin.DeleteAsync($"{front}?project=default").ExpectFailure(400, "InvalidRequest", "FloatingIpAttached");
        (await rack.Admin.GetAsync($"{front}?project=default").Expect(200)).Body.Text("instance_id").ShouldNotBeNull();

        // The instance goes and the address stays, free for the next one.
        await rack.Admin.DeleteAsync("/v1/instances/one?project=default").Expect(204);
        await Gantry.Tests.Eventually.HoldsAsync(
            async () => (await rack.Admin.PostAsync($"{front}/attach?project=default", To("two"))).Status == 202, TimeSpan.FromSeconds(60));
        await rack.Admin.PostAsync($"{front}/detach?project=default", new { }).Expect(202);
        await rack.Admin.DeleteAsync($"{front}?project=default").Expect(204);
        (await rack.Admin.PostAsync(all, Floating("again", "203.0.113.1")).Expect(201)).Id.ShouldNotBe(made.Id);
    }

    [Fact]
    public async Task Thirty_third_external_address_is_refused()
    {
        await using var rack = await RackHost.StartAsync();
        await PoolAsync(rack, "uni", "203.0.113.1", "203.0.113.99");
        await rack.InstanceAsync("one");
        for (var i = 0; i < 33; i++)
        {
            await rack.Admin.PostAsync("/v1/floating-ips?project=default", new { Name = $"f-{i}", Description = "" }).Expect(201);
        }

        for (var i = 0; i < 32; i++)
        {
            await rack.Admin.PostAsync($"/v1/floating-ips/f-{i}/attach?project=default", To("one")).Expect(202);
        }

        await rack.Admin.PostAsync("/v1/floating-ips/f-32/attach?project=default", To("one"))
            .ExpectFailure(400, "InvalidRequest", "ExternalIpLimitReached", "32");
        await rack.Admin.PostAsync(Ephemeral("one"), new { }).ExpectFailure(400, "InvalidRequest", "ExternalIpLimitReached");
        await rack.Admin.PostAsync("/v1/floating-ips/f-0/detach?project=default", new { }).Expect(202);
        await rack.Admin.PostAsync("/v1/floating-ips/f-32/attach?project=default", To("one")).Expect(202);
    }

    [Fact]
    public async Task Project_with_a_VPC_or_a_floating_IP_stays()
    {
        await using var rack = await RackHost.StartAsync();
        await PoolAsync(rack, "uni", "203.0.113.1", "203.0.113.9");
        await rack.Admin.PostAsync("/v1/projects", new { Name = "lab", Description = "" }).Expect(201);
        await rack.Admin.PostAsync("/v1/vpcs?project=lab", new { Name = "net", Description = "", DnsName = "net" }).Expect(201);
        await rack.Admin.PostAsync("/v1/floating-ips?project=lab", new { Name = "front", Description = "" }).Expect(201);

        await rack.Admin.DeleteAsync("/v1/projects/lab").ExpectFailure(400, "InvalidRequest", "ProjectInUse", "VPC");
        await rack.Admin.DeleteAsync("/v1/vpcs/net?project=lab").Expect(204);
        await rack.Admin.DeleteAsync("/v1/projects/lab").ExpectFailure(400, "InvalidRequest", "ProjectInUse", "floating IP");
        await rack.Admin.DeleteAsync("/v1/floating-ips/front?project=lab").Expect(204);
        await rack.Admin.DeleteAsync("/v1/projects/lab").Expect(204);
    }

    private static async Task FaultsAsync(RackHost rack, HttpMethod method, object body)
    {
        using var http = new HttpClient();
        foreach (var sled in rack.Sleds.Sleds)
        {
            using var request = new HttpRequestMessage(method, new Uri(rack.Sleds.Control, $"control/{sled.Serial}/faults"))
            {
                Content = Answers.Json(JsonSerializer.Serialize(body)),
            };
            using var answer = await http.SendAsync(request);
            answer.EnsureSuccessStatusCode();
        }
    }

    private static Task<ApiAnswer> CreateAsync(RackHost rack, string name, params object[] externalIps) => rack.Admin.PostAsync(
        "/v1/instances?project=default",
        new { Name = name, Description = "", Ncpus = 1, Memory = 1L << 30, Hostname = name, Start = true, ExternalIps = externalIps });

    private static async Task OnSledsAreAsync(RackHost rack, string instance, params string[] addresses)
    {
        List<string> found = [];
        await Gantry.Tests.Eventually.HoldsAsync(
            async () => (found = await OnSledsAsync(rack, instance)).SequenceEqual(addresses), TimeSpan.FromSeconds(60), () => string.Join(", ", found));
    }

    private static string Ephemeral(string instance) => $"/v1/instances/{instance}/external-ips/ephemeral?project=default";

    private static object From(string pool) => new { PoolSelector = new { Type = "explicit", Pool = pool } };

    private static object Version(string version) => new { PoolSelector = new { Type = "auto", IpVersion = version } };

    private static object Floating(string name, string address) =>
        new { Name = name, Description = "", AddressAllocator = new { Type = "explicit", Ip = address } };

    private static object To(string instance) => new { Kind = "instance", Parent = instance };

    private static async Task<List<string>> IpsAsync(RackHost rack, string instance) =>
        [.. (await rack.Admin.GetAsync($"/v1/instances/{instance}/external-ips?project=default").Expect(200)).Body
            .GetProperty("items").EnumerateArray().Select(i => $"{i.Text("kind")} {i.Text("ip")}")];

    // What both switches hold under the group's tag, without the ids that are theirs to choose.
    private static List<string> Held(RackHost rack, string tag) =>
        [.. rack.Switches.SelectMany(s => s.Model.Groups.Values.Where(g => g.Tag == tag).Select(g => g switch
        {
            UnderlayGroup u => $"{u.Address} {string.Join(',', u.Members)}",
            ExternalGroup e => $"{e.Address} {e.Nat} {e.Vlan} {string.Join(',', e.Sources ?? [])}",
            _ => "",
        }))];

    // The addresses that the instance's VMM has, whichever sled it is on.
    private static async Task<List<string>> OnSledsAsync(RackHost rack, string instance)
    {
        var id = (await rack.Admin.GetAsync($"/v1/instances/{instance}?project=default").Expect(200)).Id;
        using var http = new HttpClient();
        var addresses = new List<string>();
        foreach (var sled in rack.Sleds.Sleds)
        {
            var state = await http.GetJsonAsync(new Uri(rack.Sleds.Control, $"control/{sled.Serial}/state").ToString());
            addresses.AddRange(state.GetProperty("vmms").EnumerateArray()
                .Where(v => v.Text("instance_id") == id && v.GetProperty("state").GetProperty("vmm_state").Text("state") == "running")
                .SelectMany(v => v.GetProperty("external_ips").EnumerateArray())
                .Select(i => i.Text("address") ?? ""));
        }

        return [.. addresses.Order(StringComparer.Ordinal)];
    }

    private static async Task PoolAsync(RackHost rack, string name, string first, string last, string version = "v4", bool isDefault = true)
    {
        await rack.Admin.PostAsync("/v1/system/ip-pools", new { Name = name, Description = "", IpVersion = version, PoolType = "unicast" }).Expect(201);
        await rack.Admin.PostAsync($"/v1/system/ip-pools/{name}/ranges/add", new { First = first, Last = last }).Expect(201);
        await rack.Admin.PostAsync($"/v1/system/ip-pools/{name}/silos", new { Silo = "default", IsDefault = isDefault }).Expect(201);
    }
}
