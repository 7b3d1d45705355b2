using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>The known behaviours of the real daemon (switch-dpd 3.6), one by one.</summary>
[Faithful]
public sealed class FaithfulModeTests : SwitchTestBase
{
    private const string BadTag = "no good";

    [Fact]
    [Trait("spec", "switch-dpd/K1")]
    public async Task External_group_with_a_bad_tag_leaves_entries_that_the_next_try_cleans_up()
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));

        (await CreateExternal("224.1.0.1", new External { Tag = BadTag })).Status.ShouldBe(400);
        Table(TableNames.Nat4).Length.ShouldBe(1);
        Table(TableNames.Source4).Length.ShouldBe(1);
        (await Get("multicast/groups/224.1.0.1")).Status.ShouldBe(404);

        var conflict = await CreateExternal("224.1.0.1");
        conflict.Status.ShouldBe(409);
        conflict.HasErrorCode.ShouldBeFalse();
        Table(TableNames.Nat4).ShouldBeEmpty();
        (await CreateExternal("224.1.0.1")).Status.ShouldBe(201);
    }

    [Fact]
    [Trait("spec", "switch-dpd/K2")]
    public async Task Underlay_group_with_a_bad_tag_blocks_every_later_one_until_the_reset()
    {
        (await CreateUnderlay("ff04::1", BadTag)).Status.ShouldBe(400);

        (await CreateUnderlay("ff04::2")).Status.ShouldBe(500);
        (await CreateUnderlay("ff04::3", members: Under("rear1"))).Status.ShouldBe(500);

        (await Send("DELETE", "multicast/groups")).Status.ShouldBe(204);
        (await CreateUnderlay("ff04::2")).Status.ShouldBe(201);
    }

    [Fact]
    [Trait("spec", "switch-dpd/K3")]
    public async Task Update_without_sources_opens_the_filter_and_the_group_can_no_longer_be_deleted_cleanly()
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));
        await CreateExternal("224.1.0.1", new External { Sources = Exact("10.0.0.1", "10.0.0.2") });

        var updated = await UpdateExternal("224.1.0.1", new External { Sources = "null" });

        updated.Body!["sources"]!.AsArray().Count.ShouldBe(2);
        Table(TableNames.Source4).ShouldHaveSingleItem().Keys[0].Value.ShouldBe("0.0.0.0/0");
        (await UpdateExternal("224.1.0.1", new External { Sources = Exact("10.0.0.1", "10.0.0.2") })).Status.ShouldBe(200);
        Table(TableNames.Source4).Length.ShouldBe(1);
        var deleted = await Delete("224.1.0.1", "t_x");
        deleted.Status.ShouldBe(404);
        deleted.HasErrorCode.ShouldBeFalse();
        (await Get("multicast/groups/224.1.0.1")).HasErrorCode.ShouldBeTrue();
        (await Delete("ff04::1", "t_u")).Message.ShouldContain("still referenced");
    }

    [Fact]
    [Trait("spec", "switch-dpd/K4")]
    public async Task Failed_change_of_members_leaves_the_replication_engine_where_it_was()
    {
        await CreateUnderlay("ff04::1", members: $"{Under("rear1")},{Under("rear2")}");

        (await SetMembers("ff04::1", "t_u", $"{Under("rear2")},{Under("rear3", lane: 9)}")).Status.ShouldBe(400);

        (await Get("multicast/groups/ff04::1")).Body!["members"]!.AsArray().Count.ShouldBe(2);
        Switch.Model.Pre[65533].Select(l => $"{l}").ShouldBe(["rear2/0"]);
        (await SetMembers("ff04::1", "t_u", Under("rear2"))).Status.ShouldBe(500); // rear1 is to be taken away and is not there
    }

    [Fact]
    [Trait("spec", "switch-dpd/K4")]
    [Trait("spec", "switch-dpd/D6")]
    public async Task Fault_in_the_middle_of_an_update_leaves_half_of_it()
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));
        Switch.Faults.Add(new SimFault("fail_midway") { Count = 1, Match = new FaultMatch("PUT") });

        (await SetMembers("ff04::1", "t_u", Under("rear2"))).Status.ShouldBe(500);

        (await Get("multicast/groups/ff04::1")).Body!["members"]![0]!["port_id"]!.GetValue<string>().ShouldBe("rear1");
        Switch.Model.Pre[65533].ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "switch-dpd/K5")]
    public async Task Failed_ipv6_external_group_takes_the_decapsulation_entry_along()
    {
        await CreateUnderlay("ff04::1", members: Out("qsfp1"));
        Table(TableNames.Decap).Length.ShouldBe(1);

        (await CreateExternal("ff0e::1", new External { Vlan = 4096 })).Status.ShouldBe(400);

        Table(TableNames.Decap).ShouldBeEmpty();
        Table(TableNames.Source6).ShouldBeEmpty();
    }

    [Theory]
    [Trait("spec", "switch-dpd/K6")]
    [InlineData("add")]
    [InlineData("empty")]
    [InlineData("delete")]
    public async Task Underlay_group_that_was_filled_by_an_update_is_lost_at_the_next_change(string change)
    {
        await CreateUnderlay("ff04::1");
        (await SetMembers("ff04::1", "t_u", Under("rear1"))).Status.ShouldBe(200);
        Table(TableNames.Decap).ShouldBeEmpty();

        var lost = change switch
        {
            "add" => await SetMembers("ff04::1", "t_u", $"{Under("rear1")},{Out("qsfp1")}"),
            "empty" => await SetMembers("ff04::1", "t_u", ""),
            _ => await Delete("ff04::1", "t_u"),
        };

        lost.Status.ShouldBe(404);
        lost.HasErrorCode.ShouldBeFalse();
        (await Get("multicast/groups/ff04::1")).HasErrorCode.ShouldBeTrue();
        (await CreateUnderlay("ff04::2")).Status.ShouldBe(500);
    }

    [Fact]
    [Trait("spec", "switch-dpd/K6")]
    public async Task External_group_with_a_vlan_fails_over_an_underlay_group_without_its_entry()
    {
        await CreateUnderlay("ff04::1");
        await CreateExternal("224.1.0.1");
        await SetMembers("ff04::1", "t_u", Under("rear1"));

        (await UpdateExternal("224.1.0.1", new External { Vlan = 10 })).Status.ShouldBe(404);
        (await Get("multicast/groups/224.1.0.1")).Body!["external_forwarding"]!["vlan_id"].ShouldBeNull();
        (await CreateExternal("224.1.0.2", new External { Vlan = 10 })).Status.ShouldBe(500);
    }

    [Fact]
    [Trait("spec", "switch-dpd/K7")]
    public async Task Update_may_point_to_nothing_as_long_as_the_vlan_stays()
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));
        await CreateExternal("224.1.0.1");

        (await UpdateExternal("224.1.0.1", new External { Target = "ff04::9", Vlan = 10 })).Status.ShouldBe(400);
        (await UpdateExternal("224.1.0.1", new External { Target = "ff04::9" })).Status.ShouldBe(200);
    }

    [Fact]
    [Trait("spec", "switch-dpd/K10")]
    public async Task Vlan_of_a_deleted_group_stays_at_the_decapsulation_entry()
    {
        await CreateUnderlay("ff04::1", members: Out("qsfp1"));
        await CreateExternal("224.1.0.1", new External { Vlan = 42 });

        await Delete("224.1.0.1", "t_x");
        await CreateExternal("224.1.0.1");

        Table(TableNames.Decap).ShouldHaveSingleItem().Arg("vlan_id").ShouldBe("42");
    }

    [Fact]
    [Trait("spec", "switch-dpd/K11")]
    public async Task Source_given_twice_is_a_conflict_of_the_chip_at_create_and_fine_at_update()
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));

        var twice = new External { Sources = Exact("10.0.0.1", "10.0.0.1") };
        var conflict = await CreateExternal("224.1.0.1", twice);
        conflict.Status.ShouldBe(409);
        conflict.HasErrorCode.ShouldBeFalse();
        Table(TableNames.Source4).ShouldBeEmpty();
        await CreateExternal("224.1.0.1");
        (await UpdateExternal("224.1.0.1", twice)).Status.ShouldBe(200);
        Table(TableNames.Source4).Length.ShouldBe(1);
    }

    [Fact]
    [Trait("spec", "switch-dpd/K12")]
    public async Task Member_given_twice_fails_at_create_and_is_stored_twice_at_update()
    {
        (await CreateUnderlay("ff04::1", members: $"{Under("rear1")},{Under("rear1")}")).Status.ShouldBe(500);
        Switch.Model.Pre.ShouldBeEmpty();
        await CreateUnderlay("ff04::1", members: Under("rear2"));

        var updated = await SetMembers("ff04::1", "t_u", $"{Under("rear1")},{Under("rear1")}");

        updated.Body!["members"]!.AsArray().Count.ShouldBe(2);
        Switch.Model.Pre[65533].Count.ShouldBe(1);
    }

    [Fact]
    [Trait("spec", "switch-dpd/K14")]
    public async Task Update_of_an_underlay_address_as_external_makes_a_hybrid_that_cannot_be_deleted()
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));

        (await UpdateExternal("ff04::1", new External { Tag = "t_u" })).Status.ShouldBe(200);

        (await Delete("ff04::1", "t_u")).Status.ShouldBe(404);
    }

    [Fact]
    [Trait("spec", "switch-dpd/K15")]
    public async Task Asking_for_the_backplane_link_of_a_front_port_ends_the_daemon()
    {
        await CreateUnderlay("ff04::1");

        await Should.ThrowAsync<HttpRequestException>(() => Get("backplane-map/qsfp1"));

        Switch.Model.Groups.ShouldBeEmpty();
        Switch.Model.Restarts.ShouldBe(1);
    }

    [Fact]
    [Trait("spec", "switch-dpd/K18")]
    public async Task Failed_create_with_an_empty_list_leaves_an_entry_that_blocks_later_ones()
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));

        (await CreateExternal("224.1.0.1", new External { Sources = "[]", Vlan = 4096 })).Status.ShouldBe(400);

        Table(TableNames.Source4).ShouldHaveSingleItem();
        (await CreateExternal("224.1.0.1", new External { Sources = "[]" })).Status.ShouldBe(409);
        (await CreateExternal("224.1.0.1", new External { Sources = "[]" })).Status.ShouldBe(409);
    }
}
