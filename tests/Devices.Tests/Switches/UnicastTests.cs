using Gantry.Primitives;
using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>Unicast routes and attached subnets (switch-dpd 2.5, K17).</summary>
public sealed class UnicastTests : SwitchTestBase
{
    private const string Instance = """{"internal_ip":"fd00::1","inner_mac":{"a":[168,64,37,0,0,1]},"vni":100}""";

    [Fact]
    public async Task Route_collects_targets_and_goes_with_the_last()
    {
        await LinkAsync();
        (await Send("POST", "route/ipv4", Update("10.0.0.0/8", V4("192.168.0.1")))).Status.ShouldBe(204);
        (await Send("POST", "route/ipv4", Update("10.0.0.0/8", V4("192.168.0.1")))).Status.ShouldBe(204);
        (await Send("POST", "route/ipv4", Update("10.0.0.0/8", """{"V6":{"tag":"t","port_id":"qsfp0","link_id":0,"tgt_ip":"fd00::9"}}"""))).Status.ShouldBe(204);

        var targets = (await Get("route/ipv4/10.0.0.0%2F8")).Body!.AsArray();
        targets.Count.ShouldBe(2);
        targets[0]!["V4"]!["tgt_ip"]!.GetValue<string>().ShouldBe("192.168.0.1");
        targets[1]!["V6"]!["tgt_ip"]!.GetValue<string>().ShouldBe("fd00::9");
        (await Get("route/ipv4")).Body!["items"]!.AsArray().Count.ShouldBe(1);

        (await Send("DELETE", "route/ipv4/10.0.0.0%2F8/rear9/3/192.168.0.1")).Status.ShouldBe(204); // the target alone counts
        (await Send("DELETE", "route/ipv4/10.0.0.0%2F8/qsfp0/0/192.168.0.1")).Status.ShouldBe(404);
        (await Send("DELETE", "route/ipv4/10.0.0.0%2F8/qsfp0/0/fd00::9")).Status.ShouldBe(204);
        var gone = await Get("route/ipv4/10.0.0.0%2F8");
        (gone.Status, gone.HasErrorCode).ShouldBe((404, true));
        (await Send("DELETE", "route/ipv4/10.0.0.0%2F8")).Status.ShouldBe(404);
    }

    [Fact]
    [Trait("spec", "switch-dpd/K17")]
    public async Task Second_route_without_replace_is_a_conflict_whose_code_keeps_its_braces()
    {
        await LinkAsync();
        (await Send("PUT", "route/ipv6", Update("fd01::/16", Bare("fd00::1")))).Status.ShouldBe(204);

        var conflict = await Send("PUT", "route/ipv6", Update("fd01::/16", Bare("fd00::2")));

        (conflict.Status, conflict.ErrorCode).ShouldBe((409, "route {cidr} already exists"));
        (await Send("PUT", "route/ipv6", Update("fd01::/16", Bare("fd00::2"), replaces: true))).Status.ShouldBe(204);
        (await Get("route/ipv6/fd01::%2F16")).Body!.AsArray().ShouldHaveSingleItem()!["tgt_ip"]!.GetValue<string>().ShouldBe("fd00::2");
    }

    [Fact]
    public async Task Route_needs_a_link_a_vlan_in_range_and_at_most_32_targets()
    {
        (await Send("POST", "route/ipv4", Update("10.0.0.0/8", V4("192.168.0.1")))).Status.ShouldBe(404);
        await LinkAsync();
        foreach (var vlan in new[] { 0, 1, 4096 })
        {
            (await Send("POST", "route/ipv4", Update("10.0.0.0/8", V4("192.168.0.1", vlan)))).Status.ShouldBe(400);
        }

        (await Send("POST", "route/ipv4", Update("10.0.0.0/8", """{"V4":{"tag":"t","port_id":"qsfp0","link_id":0,"tgt_ip":"fd00::1"}}"""))).Status.ShouldBe(400);
        (await Send("POST", "route/ipv4", Update("fd00::/8", V4("192.168.0.1")))).Status.ShouldBe(400);
        for (var i = 0; i < 32; i++)
        {
            (await Send("POST", "route/ipv4", Update("10.0.0.0/8", V4($"192.168.0.{i}", 4095)))).Status.ShouldBe(204);
        }

        (await Send("POST", "route/ipv4", Update("10.0.0.0/8", V4("192.168.0.32", 4095)))).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Resets_take_the_routes_of_a_tag_or_all_of_them()
    {
        await LinkAsync();
        await Send("POST", "route/ipv4", Update("10.0.0.0/8", V4("192.168.0.1")));
        await Send("POST", "route/ipv4", Update("11.0.0.0/8", V4("192.168.0.1").Replace("\"t\"", "\"u\"", StringComparison.Ordinal)));
        await Send("PUT", "attached_subnet/10.1.0.0%2F24", Instance);

        (await Send("DELETE", "all-settings/t")).Status.ShouldBe(204);
        (await Get("route/ipv4")).Body!["items"]!.AsArray().ShouldHaveSingleItem()!["cidr"]!.GetValue<string>().ShouldBe("11.0.0.0/8");
        (await Get("attached_subnet")).Body!["items"]!.AsArray().Count.ShouldBe(1);

        (await Send("DELETE", "all-settings")).Status.ShouldBe(204);
        (await Get("route/ipv4")).Body!["items"]!.AsArray().ShouldBeEmpty();
        (await Get("attached_subnet")).Body!["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Attached_subnet_repeats_conflicts_and_goes_any_number_of_times()
    {
        (await Send("PUT", "attached_subnet/10.1.0.0%2F24", Instance)).Status.ShouldBe(204);
        (await Send("PUT", "attached_subnet/10.1.0.0%2F24", Instance)).Status.ShouldBe(204);
        (await Send("PUT", "attached_subnet/10.1.0.0%2F24", Instance.Replace("100", "101", StringComparison.Ordinal))).Status.ShouldBe(409);
        (await Get("attached_subnet/10.1.0.0%2F24")).Body!["vni"]!.GetValue<int>().ShouldBe(100);
        (await Get("attached_subnet/10.2.0.0%2F24")).Status.ShouldBe(404);
        (await Get("attached_subnet/10.2.0.0")).Status.ShouldBe(400);

        (await Send("DELETE", "attached_subnet/10.1.0.0%2F24")).Status.ShouldBe(204);
        (await Send("DELETE", "attached_subnet/10.1.0.0%2F24")).Status.ShouldBe(204);
        (await Get("attached_subnet")).Body!["next_page"].ShouldBeNull();
        (await Send("GET", "attached_subnet", version: "2.0.0")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Subnets_are_listed_64_at_a_time()
    {
        for (var i = 0; i < 70; i++)
        {
            await Send("PUT", $"attached_subnet/10.{i}.0.0%2F16", Instance);
        }

        var first = (await Get("attached_subnet?limit=1000")).Body!;
        first["items"]!.AsArray().Count.ShouldBe(64);
        var second = (await Get($"attached_subnet?page_token={first["next_page"]}")).Body!;
        second["items"]!.AsArray().Select(i => i!["subnet"]!.GetValue<string>()).ShouldBe(Enumerable.Range(64, 6).Select(i => $"10.{i}.0.0/16"));
    }

    private Task LinkAsync() => Send("POST", "ports/qsfp0/links", """{"speed":"Speed100G"}""");

    private static string Bare(string target) => $$"""{"tag":"t","port_id":"qsfp0","link_id":0,"tgt_ip":"{{target}}"}""";

    private static string V4(string target, int? vlan = null) =>
        $$$"""{"V4":{"tag":"t","port_id":"qsfp0","link_id":0,"tgt_ip":"{{{target}}}","vlan_id":{{{(vlan is null ? "null" : $"{vlan}")}}}}}""";

    private static string Update(string cidr, string target, bool replaces = false) =>
        $$"""{"cidr":"{{cidr}}","target":{{target}},"replace":{{(replaces ? "true" : "false")}}}""";
}

/// <summary>The virtual clock of a switch (engine 11.5).</summary>
public sealed class SwitchClockTests
{
    [Fact]
    [Trait("spec", "engine/11.5")]
    public async Task Clock_stands_until_it_is_moved()
    {
        var clock = new VirtualClock(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), flows: false);
        await using var one = await SwitchSimulator.StartAsync(new SwitchSimulatorOptions { Port = 0, ControlPort = 0, Time = clock });
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("api-version", "13.0.0");
        (await http.GetStringAsync(new Uri(one.Address, "dpd-uptime"))).ShouldBe("0");

        using var moved = await http.PostAsync(new Uri(one.ControlAddress, "control/clock"), new StringContent("""{"advance_ms":90000}"""));

        moved.IsSuccessStatusCode.ShouldBeTrue();
        (await moved.Content.ReadAsStringAsync()).ShouldContain("2026-01-01T00:01:30");
        (await http.GetStringAsync(new Uri(one.Address, "dpd-uptime"))).ShouldBe("90");
        foreach (var bad in new[] { """{"advance_ms":-1}""", """{"advance_ms":"1"}""", "{}", "nonsense" })
        {
            using var refused = await http.PostAsync(new Uri(one.ControlAddress, "control/clock"), new StringContent(bad));
            ((int)refused.StatusCode).ShouldBe(400, bad);
        }
    }

    [Fact]
    public async Task Real_clock_is_not_moved()
    {
        await using var one = await SwitchSimulator.StartAsync(new SwitchSimulatorOptions { Port = 0, ControlPort = 0 });
        using var http = new HttpClient();

        using var refused = await http.PostAsync(new Uri(one.ControlAddress, "control/clock"), new StringContent("""{"advance_ms":1}"""));

        ((int)refused.StatusCode).ShouldBe(409);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("--clock virtual");
    }
}
