using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>External groups on the simulated switch (switch-dpd 6).</summary>
public class ExternalGroupTests : SwitchTestBase
{
    [Fact, Trait("spec", "switch-dpd/1")]
    public async Task An_unknown_group_is_404_with_an_error_code()
    {
        var reply = await Get("multicast/groups/224.0.1.0");

        reply.Status.ShouldBe(404);
        reply.ErrorCode.ShouldNotBeNullOrEmpty();
        reply.Message.ShouldBe("Not Found");
    }

    [Theory, Trait("spec", "switch-dpd/3")]
    [InlineData(4096)]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_VLAN_out_of_range_is_refused_and_leaves_nothing(int vlan)
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));
        var before = Occupancy();

        var reply = await CreateExternal("224.0.1.0", new External { Vlan = vlan });

        reply.Status.ShouldBe(400);
        (await Listed()).ShouldBe(["ff04::1"]);
        (await Get("multicast/underlay-groups/ff04::1")).Status.ShouldBe(200);
        Occupancy().ShouldBe(before);
    }

    [Fact, Trait("spec", "switch-dpd/4")]
    public async Task A_source_specific_group_echoes_what_was_asked()
    {
        var underlay = await CreateUnderlay("ff04::1");

        var reply = await CreateExternal("232.123.45.67", new External { Vlan = 10, Sources = Exact("192.168.1.1") });

        reply.Status.ShouldBe(201);
        reply.Body!["external_group_id"]!.GetValue<int>().ShouldBe(underlay.Body!["external_group_id"]!.GetValue<int>());
        reply.Body["tag"]!.GetValue<string>().ShouldBe("t_x");
        reply.Body["internal_forwarding"]!["nat_target"]!["internal_ip"]!.GetValue<string>().ShouldBe("ff04::1");
        reply.Body["external_forwarding"]!["vlan_id"]!.GetValue<int>().ShouldBe(10);
        reply.Body["sources"]!.ToJsonString().ShouldBe("""[{"Exact":"192.168.1.1"}]""");
    }

    [Fact, Trait("spec", "switch-dpd/6")]
    public async Task A_VLAN_reaches_route_NAT_and_decapsulation()
    {
        await CreateUnderlay("ff04::1", members: $"{Out("qsfp3")},{Under("qsfp3")}");

        await CreateExternal("224.0.1.0", new External { Vlan = 42 });

        Table(TableNames.Route4).ShouldHaveSingleItem().Arg("vlan_id").ShouldBe("42");
        Table(TableNames.Nat4).ShouldHaveSingleItem();
        var decap = Table(TableNames.Decap).ShouldHaveSingleItem();
        decap.Action.ShouldBe("set_decap_ports_and_vlan");
        decap.Arg("vlan_id").ShouldBe("42");
        decap.Arg("ports_0").ShouldBe("8");
    }

    [Fact, Trait("spec", "switch-dpd/7")]
    public async Task A_group_is_found_everywhere_until_it_is_deleted()
    {
        await CreateUnderlay("ff04::1");
        await CreateExternal("224.0.1.0");

        (await Get("multicast/groups/224.0.1.0")).Status.ShouldBe(200);
        (await Listed()).ShouldContain("224.0.1.0");
        (await Listed("multicast/tags/t_x")).ShouldBe(["224.0.1.0"]);
        (await Delete("224.0.1.0", "t_x")).Status.ShouldBe(204);
        (await Get("multicast/groups/224.0.1.0")).Status.ShouldBe(404);
        (await Listed()).ShouldBe(["ff04::1"]);
        (await Listed("multicast/tags/t_x")).ShouldBeEmpty();
    }

    [Fact, Trait("spec", "switch-dpd/8")]
    public async Task An_update_replaces_target_and_VLAN_and_keeps_id_and_tag()
    {
        await CreateUnderlay("ff04::1");
        var created = await CreateExternal("224.0.1.0", new External { Vlan = 10, Vni = 100 });

        var updated = await UpdateExternal("224.0.1.0", new External { Vlan = 20, Vni = 200 });

        updated.Status.ShouldBe(200);
        updated.Body!["external_group_id"]!.GetValue<int>().ShouldBe(created.Body!["external_group_id"]!.GetValue<int>());
        updated.Body["tag"]!.GetValue<string>().ShouldBe("t_x");
        updated.Body["internal_forwarding"]!["nat_target"]!["vni"]!.GetValue<int>().ShouldBe(200);
        updated.Body["external_forwarding"]!["vlan_id"]!.GetValue<int>().ShouldBe(20);
        updated.Body["sources"].ShouldBeNull();
    }

    [Fact, Trait("spec", "switch-dpd/9")]
    public async Task Only_the_right_tag_deletes()
    {
        await CreateUnderlay("ff04::1");
        await CreateExternal("224.0.1.0", new External { Tag = "tag_a" });

        (await Delete("224.0.1.0", "tag_b")).Status.ShouldBe(400);
        (await Get("multicast/groups/224.0.1.0")).Status.ShouldBe(200);
        (await Delete("224.0.1.0", "tag_a")).Status.ShouldBe(204);
        (await Delete("224.0.1.0", "tag_a")).Status.ShouldBe(404);
    }

    [Fact, Trait("spec", "switch-dpd/10")]
    public async Task A_tag_is_made_when_none_is_given()
    {
        await CreateUnderlay("ff04::1");
        var created = await CreateExternal("224.0.1.0", new External { Tag = null });

        var tag = created.Body!["tag"]!.GetValue<string>();

        tag.ShouldEndWith(":224.0.1.0");
        Guid.TryParse(tag.Split(':')[0], out _).ShouldBeTrue();
        (await Delete("224.0.1.0", tag)).Status.ShouldBe(204);
    }

    [Fact, Trait("spec", "switch-dpd/14")]
    public async Task The_underlay_range_is_refused_for_external_groups()
    {
        await CreateUnderlay("ff04::1");

        (await CreateExternal("ff0e::400")).Status.ShouldBe(201);
        var refused = await CreateExternal("ff04::500");
        refused.Status.ShouldBe(400);
        refused.Message.ShouldContain("admin-local scope");
    }

    [Fact, Trait("spec", "switch-dpd/16")]
    public async Task The_NAT_target_must_be_a_tracked_group()
    {
        (await CreateExternal("224.0.1.0")).Status.ShouldBe(400);

        await CreateUnderlay("ff04::1");

        (await CreateExternal("224.0.1.0")).Status.ShouldBe(201);
    }

    [Fact, Trait("spec", "switch-dpd/19")]
    public async Task A_wrong_target_changes_no_table()
    {
        await CreateUnderlay("ff04::1", members: Out("qsfp1"));
        var before = Occupancy();

        (await CreateExternal("224.0.1.0", new External { Target = "ff04::2" })).Status.ShouldBe(400);

        Occupancy().ShouldBe(before);
        (await Listed()).Length.ShouldBe(1);
    }

    [Fact, Trait("spec", "switch-dpd/22")]
    public async Task A_unicast_MAC_changes_nothing()
    {
        await CreateUnderlay("ff04::1");
        await CreateExternal("224.0.1.0");
        var before = Table(TableNames.Nat4);
        var mac = (await Get("multicast/groups/224.0.1.0")).Body!["internal_forwarding"]!["nat_target"]!["inner_mac"]!.ToJsonString();

        (await UpdateExternal("224.0.1.0", new External { Mac = "2,0,0,0,0,0", Vni = 99 })).Status.ShouldBe(400);

        Table(TableNames.Nat4).ShouldBe(before);
        var after = (await Get("multicast/groups/224.0.1.0")).Body!["internal_forwarding"]!["nat_target"]!;
        after["vni"]!.GetValue<int>().ShouldBe(77);
        after["inner_mac"]!.ToJsonString().ShouldBe(mac);
    }

    [Fact, Trait("spec", "switch-dpd/24")]
    public async Task A_deleted_target_with_a_bad_VLAN_changes_no_table()
    {
        await CreateUnderlay("ff04::1");
        await Delete("ff04::1", "t_u");
        var before = Occupancy();

        (await CreateExternal("224.0.1.0", new External { Vlan = 999 })).Status.ShouldBe(400);

        Occupancy().ShouldBe(before);
        (await Listed()).ShouldBeEmpty();
    }

    [Fact, Trait("spec", "switch-dpd/27")]
    public async Task A_referenced_underlay_group_goes_last()
    {
        await CreateUnderlay("ff04::1");
        await CreateExternal("224.0.1.0");

        var refused = await Delete("ff04::1", "t_u");

        refused.Status.ShouldBe(400);
        refused.Message.ShouldContain("still referenced");
        (await Delete("224.0.1.0", "t_x")).Status.ShouldBe(204);
        (await Delete("ff04::1", "t_u")).Status.ShouldBe(204);
    }

    [Theory, Trait("spec", "switch-dpd/33")]
    [InlineData("224.0.1.0", TableNames.Route4)]
    [InlineData("ff0e::9", TableNames.Route6)]
    public async Task A_changed_VLAN_never_leaves_a_stale_route(string address, string table)
    {
        await CreateUnderlay("ff04::1");
        await CreateExternal(address);
        ChipEntry Route() => Table(table).Single(e => e.Keys[0].Value == address);

        await UpdateExternal(address, new External { Vlan = 10 });
        Route().Arg("vlan_id").ShouldBe("10");
        await UpdateExternal(address, new External { Vlan = 20 });
        Route().Arg("vlan_id").ShouldBe("20");
        await UpdateExternal(address, new External());
        Route().Action.ShouldBe("forward");
        Table(TableNames.Nat(address.Contains(':', StringComparison.Ordinal))).Length.ShouldBe(1);
    }

    [Fact, Trait("spec", "switch-dpd/35")]
    public async Task An_update_with_a_wrong_tag_changes_nothing()
    {
        await CreateUnderlay("ff04::1");
        var created = await CreateExternal("224.0.1.0");

        (await UpdateExternal("224.0.1.0", new External { Tag = "other", Vni = 5 })).Status.ShouldBe(400);

        var present = (await Get("multicast/groups/224.0.1.0")).Body!.AsObject();
        present.Remove("kind");
        present.ToJsonString().ShouldBe(created.Body!.ToJsonString());
    }

    [Theory]
    [InlineData("10.0.0.1", 400)]
    [InlineData("224.0.0.5", 400)]
    [InlineData("224.0.1.5", 201)]
    [InlineData("233.1.1.1", 201)]
    [InlineData("239.1.1.1", 201)]
    [InlineData("ff02::5", 400)]
    [InlineData("ff01::5", 400)]
    [InlineData("ff00::5", 400)]
    [InlineData("ff12::5", 201)]
    [InlineData("ff03::5", 201)]
    [InlineData("ff05::5", 201)]
    [InlineData("ff04:0:0:1::1", 201)]
    [InlineData("232.1.1.1", 400)]
    [InlineData("ff3e::5", 400)]
    public async Task Addresses_are_judged_as_the_table_of_ranges_says(string address, int status)
    {
        await CreateUnderlay("ff04::1");

        (await CreateExternal(address)).Status.ShouldBe(status);
    }

    [Fact, Trait("spec", "switch-dpd/K8")]
    public async Task A_group_that_is_pointed_elsewhere_keeps_its_id()
    {
        var first = await CreateUnderlay("ff04::1", members: Under("rear1"));
        var second = await CreateUnderlay("ff04::2", members: Under("rear2"));
        await CreateExternal("224.0.1.0");

        var moved = await UpdateExternal("224.0.1.0", new External { Target = "ff04::2" });

        moved.Status.ShouldBe(200);
        var id = moved.Body!["external_group_id"]!.GetValue<int>();
        id.ShouldBe(first.Body!["external_group_id"]!.GetValue<int>());
        id.ShouldNotBe(second.Body!["external_group_id"]!.GetValue<int>());
        (await Get("multicast/groups/224.0.1.0")).Body!["external_group_id"]!.GetValue<int>().ShouldBe(id);
        (await Delete("ff04::2", "t_u")).Message.ShouldContain("still referenced");
        (await Delete("ff04::1", "t_u")).Status.ShouldBe(204);

        // A5: the id is in use as long as the external group shows it.
        var third = await CreateUnderlay("ff04::3");
        new[] { "external_group_id", "underlay_group_id" }.Select(m => third.Body![m]!.GetValue<int>()).ShouldNotContain(id);
    }

    [Theory, Trait("spec", "switch-dpd/K9")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_several_groups_over_one_underlay_group_any_that_goes_takes_the_protection_along(bool isMoved)
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));
        await CreateUnderlay("ff04::2", members: Under("rear1"));
        await CreateExternal("224.0.1.1");
        await CreateExternal("224.0.1.2");
        Switch.Model.Refs[Ip.Parse("ff04::1")].ShouldBe(Ip.Parse("224.0.1.2"));
        (await Delete("ff04::1", "t_u")).Message.ShouldContain("still referenced");

        var gone = isMoved ? await UpdateExternal("224.0.1.1", new External { Target = "ff04::2" }) : await Delete("224.0.1.1", "t_x");

        gone.Status.ShouldBeLessThan(300);
        (await Delete("ff04::1", "t_u")).Status.ShouldBe(204);
        (await Get("multicast/groups/224.0.1.2")).Body!["internal_forwarding"]!["nat_target"]!["internal_ip"]!.GetValue<string>().ShouldBe("ff04::1");
    }
}
