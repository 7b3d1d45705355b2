using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>Ports, links, addresses, NAT, identity, tables (switch-dpd 2.5, 6).</summary>
public class PortAndNatTests : SwitchTestBase
{
    private const string Target = """{"internal_ip":"fd00::1","inner_mac":{"a":[168,64,37,0,0,1]},"vni":100}""";

    [Fact, Trait("spec", "switch-dpd/44")]
    public async Task An_address_is_given_to_one_link_only()
    {
        await Send("POST", "ports/rear1/links", """{"speed":"Speed100G"}""");
        await Send("POST", "ports/rear2/links", """{"speed":"Speed100G"}""");
        const string Entry = """{"tag":"t","addr":"10.0.0.1"}""";

        (await Send("POST", "ports/rear1/links/0/ipv4", Entry)).Status.ShouldBe(204);

        (await Send("POST", "ports/rear1/links/0/ipv4", Entry)).Status.ShouldBe(409);
        (await Send("POST", "ports/rear2/links/0/ipv4", Entry)).Status.ShouldBe(409);
        (await Get("ports/rear1/links/0/ipv4")).Body!["items"]!.AsArray().Count.ShouldBe(1);
        (await Send("DELETE", "ports/rear1/links/0/ipv4/10.0.0.1")).Status.ShouldBe(204);
        (await Send("DELETE", "ports/rear1/links/0/ipv4/10.0.0.1")).Status.ShouldBe(404);
    }

    [Fact, Trait("spec", "switch-dpd/45")]
    public async Task Nat_mappings_repeat_but_do_not_overlap()
    {
        (await Send("PUT", "nat/ipv4/1.2.3.4/100/200", Target)).Status.ShouldBe(204);

        (await Send("PUT", "nat/ipv4/1.2.3.4/100/200", Target)).Status.ShouldBe(204);
        var refused = await Send("PUT", "nat/ipv4/1.2.3.4/150/250", Target);
        refused.Status.ShouldBe(409);
        refused.ErrorCode.ShouldBe("conflicting mapping");
        (await Send("PUT", "nat/ipv4/1.2.3.4/9/8", Target)).Status.ShouldBe(400);
        (await Get("nat/ipv4")).Body!["items"]!.AsArray().Count.ShouldBe(1);
        (await Get("nat/ipv4/1.2.3.4")).Body!["items"]!.AsArray().Count.ShouldBe(1);
        (await Get("nat/ipv4/1.2.3.4/150")).Status.ShouldBe(200);
        (await Send("DELETE", "nat/ipv4/1.2.3.4/150")).Status.ShouldBe(204);
        (await Get("nat/ipv4/1.2.3.4/100")).Status.ShouldBe(404);
        (await Send("DELETE", "nat/ipv4/1.2.3.4/150")).Status.ShouldBe(204);
    }

    [Fact, Trait("spec", "switch-dpd/46")]
    public async Task A_bad_port_is_400_and_an_unknown_link_404()
    {
        (await Get("ports/rear40/links/0")).Status.ShouldBe(400);
        (await Get("ports/rear1/links/2")).Status.ShouldBe(404);
        (await Get("ports/rear1/links/x")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task A_link_is_made_once_enabled_faulted_and_deleted()
    {
        var created = await Send("POST", "ports/qsfp3/links", """{"speed":"Speed100G","fec":"RS","lane":2}""");
        created.Status.ShouldBe(201);
        created.Body!.GetValue<int>().ShouldBe(2);

        (await Send("POST", "ports/qsfp3/links", """{"speed":"Speed100G","lane":2}""")).Status.ShouldBe(503);
        (await Send("POST", "ports/qsfp3/links", """{"speed":"Speed100G","lane":4}""")).Status.ShouldBe(400);
        (await Get("ports/qsfp3/links/2")).Body!["link_state"]!.GetValue<string>().ShouldBe("down");
        (await Send("PUT", "ports/qsfp3/links/2/enabled", "true")).Status.ShouldBe(204);
        (await Get("ports/qsfp3/links/2/linkup")).Body!.GetValue<bool>().ShouldBeTrue();
        (await Send("POST", "ports/qsfp3/links/2/fault", "\"test\"")).Status.ShouldBe(204);
        (await Get("ports/qsfp3/links/2/fault")).Body!["fault"]!["Injected"]!.GetValue<string>().ShouldBe("test");
        (await Get("links?filter=qsfp3")).Body!.AsArray().Count.ShouldBe(1);
        (await Send("DELETE", "ports/qsfp3/links/2/fault")).Status.ShouldBe(204);
        (await Get("ports/qsfp3/links/2/mac")).Body!["a"]!.AsArray().Count.ShouldBe(6);
        Table(TableNames.PortNumber).Length.ShouldBe(1);
        (await Send("DELETE", "ports/qsfp3/links/2")).Status.ShouldBe(204);
        Table(TableNames.PortNumber).ShouldBeEmpty();
    }

    [Fact]
    public async Task Port_settings_replace_the_links_of_a_port()
    {
        const string Settings = """{"links":{"0":{"params":{"speed":"Speed100G"},"addrs":["10.0.0.1","fd00::1"]}}}""";

        var applied = await Send("POST", "port/qsfp0/settings?tag=t", Settings);

        applied.Status.ShouldBe(200);
        applied.Body!["links"]!["0"]!["addrs"]!.AsArray().Count.ShouldBe(2);
        (await Send("POST", "port/qsfp1/settings?tag=t", Settings)).Status.ShouldBe(409);
        (await Get("port/qsfp1/settings?tag=t")).Body!["links"]!.AsObject().Count.ShouldBe(0);
        (await Send("DELETE", "port/qsfp0/settings?tag=t")).Body!["links"]!.AsObject().Count.ShouldBe(0);
        Switch.Model.Addresses.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_switch_says_who_it_is_and_where_its_ports_lead()
    {
        (await Get("switch/identifiers")).Body!["slot"]!.GetValue<int>().ShouldBe(0);
        (await Get("build-info")).Body!.AsObject().Count.ShouldBe(12);
        (await Get("dpd-version")).Status.ShouldBe(200);
        (await Get("dpd-uptime")).Body!.GetValue<long>().ShouldBeInRange(0, 60);
        (await Get("ports")).Body!.AsArray().Count.ShouldBe(65);
        (await Get("ports/QSFP7")).Body!["port_id"]!.GetValue<string>().ShouldBe("qsfp7");
        (await Get("channels")).Body!.AsArray().Count.ShouldBe(65);
        var map = (await Get("backplane-map")).Body!.AsObject();
        map.Count.ShouldBe(32);
        map["rear7"]!["cubby"]!.GetValue<int>().ShouldBe(7);
        (await Get("backplane-map/rear7")).Status.ShouldBe(200);
        if (Mode == SwitchMode.Strict)
        {
            (await Get("backplane-map/qsfp0")).Status.ShouldBe(404); // K15: the real daemon dies of it
        }
        (await Get("ports/qsfp1/transceiver")).Status.ShouldBe(404);
        (await Get("ports/rear1/transceiver")).Status.ShouldBe(400);
        (await Get("transceivers")).Body!.AsObject().Count.ShouldBe(0);
    }

    [Fact]
    public async Task Tables_and_counters_are_dumped_by_name()
    {
        await CreateUnderlay("ff04::1", members: Out("qsfp1"));

        (await Get("table")).Body!.AsArray().Count.ShouldBe(10);
        var dump = (await Get($"table/{TableNames.Replication.ToLowerInvariant()}/dump?from_hardware=false")).Body!;
        dump["entries"]!.AsArray().Count.ShouldBe(1);
        dump["entries"]![0]!["action_args"]!["mcast_grp_a"]!.GetValue<string>().ShouldBe("65534");
        (await Get($"table/{TableNames.Decap}/dump")).Status.ShouldBe(400);
        (await Get($"table/{TableNames.Decap}/counters?force_sync=true")).Status.ShouldBe(200);
        (await Get("table/nope/dump?from_hardware=false")).Status.ShouldBe(404);
        (await Get("counters/p4")).Body!.AsArray().Select(n => n!.GetValue<string>()).ShouldContain("Multicast_Drop");
        (await Get("counters/p4/Drop_Reason?force_sync=true")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_reset_keeps_links_and_loopbacks_and_one_by_tag_keeps_groups()
    {
        await Send("POST", "ports/rear1/links", """{"speed":"Speed100G"}""");
        await Send("POST", "ports/rear1/links/0/ipv6", """{"tag":"mine","addr":"fd00::1"}""");
        await Send("POST", "loopback/ipv6", """{"tag":"mine","addr":"fd00::2"}""");
        await Send("POST", "arp", """{"tag":"mine","ip":"10.0.0.9","mac":{"a":[2,0,0,0,0,1]},"update":"now"}""");
        await CreateUnderlay("ff04::1", "mine");

        (await Send("DELETE", "all-settings/mine")).Status.ShouldBe(204);
        Switch.Model.Addresses.ShouldBeEmpty();
        Switch.Model.Neighbours.ShouldBeEmpty();
        Switch.Model.Groups.Count.ShouldBe(1);
        (await Send("DELETE", "all-settings")).Status.ShouldBe(204);

        Switch.Model.Groups.ShouldBeEmpty();
        Switch.Model.Links.Count.ShouldBe(1);
        Switch.Model.Loopbacks.Count.ShouldBe(1);
    }

    [Fact]
    [Trait("spec", "switch-dpd/K16")]
    public async Task Scan_of_mappings_ends_after_the_last_port_unless_the_daemon_wraps()
    {
        await Send("PUT", "nat/ipv4/9.2.3.4/65535/65535", Target);

        var token = (await Get("nat/ipv4/9.2.3.4")).Body!["next_page"]!.GetValue<string>();

        (await Get($"nat/ipv4/9.2.3.4?page_token={token}")).Body!["items"]!.AsArray().Count.ShouldBe(Mode == SwitchMode.Faithful ? 1 : 0);
    }
}
