using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>The strict column of switch-dpd 3.6: what a daemon without the known behaviours does in their place.</summary>
public sealed class StrictModeTests : SwitchTestBase
{
    [Fact]
    [Trait("spec", "switch-dpd/K5")]
    public async Task Failed_ipv6_external_group_has_no_side_effect()
    {
        await CreateUnderlay("ff04::1", members: Out("qsfp1"));

        (await CreateExternal("ff0e::1", new External { Vlan = 4096 })).Status.ShouldBe(400);

        Table(TableNames.Decap).ShouldHaveSingleItem();
        Table(TableNames.Source6).ShouldBeEmpty();
    }

    [Theory]
    [Trait("spec", "switch-dpd/K6")]
    [InlineData("add", 200)]
    [InlineData("empty", 200)]
    [InlineData("delete", 204)]
    public async Task Underlay_group_that_was_filled_by_an_update_is_a_group_like_others(string change, int status)
    {
        await CreateUnderlay("ff04::1");
        (await SetMembers("ff04::1", "t_u", Under("rear1"))).Status.ShouldBe(200);
        Table(TableNames.Decap).ShouldHaveSingleItem();

        var changed = change switch
        {
            "add" => await SetMembers("ff04::1", "t_u", $"{Under("rear1")},{Out("qsfp1")}"),
            "empty" => await SetMembers("ff04::1", "t_u", ""),
            _ => await Delete("ff04::1", "t_u"),
        };

        changed.Status.ShouldBe(status);
        (await CreateUnderlay("ff04::2")).Status.ShouldBe(201);
    }

    [Fact]
    [Trait("spec", "switch-dpd/K7")]
    public async Task Update_may_not_point_to_nothing()
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));
        await CreateExternal("224.1.0.1");

        (await UpdateExternal("224.1.0.1", new External { Target = "ff04::9", Vlan = 10 })).Status.ShouldBe(400);
        (await UpdateExternal("224.1.0.1", new External { Target = "ff04::9" })).Status.ShouldBe(400);
    }

    [Fact]
    [Trait("spec", "switch-dpd/K10")]
    public async Task Vlan_goes_with_its_group()
    {
        await CreateUnderlay("ff04::1", members: Out("qsfp1"));
        await CreateExternal("224.1.0.1", new External { Vlan = 42 });

        await Delete("224.1.0.1", "t_x");

        Table(TableNames.Decap).ShouldHaveSingleItem().Arg("vlan_id").ShouldBeNull();
    }

    [Fact]
    [Trait("spec", "switch-dpd/K14")]
    public async Task Update_of_an_underlay_address_as_external_is_refused()
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));

        (await UpdateExternal("ff04::1", new External { Tag = "t_u" })).Status.ShouldBe(400);

        (await Delete("ff04::1", "t_u")).Status.ShouldBe(204);
    }

    [Fact]
    [Trait("spec", "switch-dpd/K18")]
    public async Task Failed_create_with_an_empty_list_leaves_nothing()
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));

        (await CreateExternal("224.1.0.1", new External { Sources = "[]", Vlan = 4096 })).Status.ShouldBe(400);

        Table(TableNames.Source4).ShouldBeEmpty();
        (await CreateExternal("224.1.0.1", new External { Sources = "[]" })).Status.ShouldBe(201);
    }

    [Fact]
    public async Task Source_mac_follows_the_link_and_a_lane_that_is_not_there_is_no_such_port()
    {
        (await Send("POST", "ports/rear1/links", """{"speed":"Speed100G","lane":0,"autoneg":false,"kr":false}""")).Status.ShouldBe(201);
        (await Send("PUT", "ports/rear1/links/0/mac", """{"a":[2,0,0,0,0,7]}""")).Status.ShouldBe(204);

        Table(TableNames.SourceMac).ShouldHaveSingleItem().Arg("mac").ShouldBe("02:00:00:00:00:07");
        var refused = await Send("POST", "ports/rear1/links", """{"speed":"Speed100G","lane":4,"autoneg":false,"kr":false}""");
        (refused.Status, refused.ErrorCode).ShouldBe((400, "invalid data: no such port"));
    }

    [Fact]
    public async Task Link_holds_255_addresses()
    {
        (await Send("POST", "ports/rear1/links", """{"speed":"Speed100G","lane":0,"autoneg":false,"kr":false}""")).Status.ShouldBe(201);
        for (var n = 0; n < 255; n++)
        {
            (await Send("POST", "ports/rear1/links/0/ipv4", $$"""{"tag":"t","addr":"10.0.0.{{n}}"}""")).Status.ShouldBe(204);
        }

        (await Send("POST", "ports/rear1/links/0/ipv4", """{"tag":"t","addr":"10.0.1.0"}""")).Status.ShouldBe(507);
        (await Send("POST", "ports/rear1/links/0/ipv6", """{"tag":"t","addr":"fd00::1"}""")).Status.ShouldBe(204);
    }

    [Fact]
    [Trait("spec", "switch-dpd/D13")]
    public async Task Synthetic_fault_of_one_table_hits_what_that_table_would_take()
    {
        Switch.Faults.Add(new SimFault("synthetic") { Params = new FaultParams { Table = TableNames.Nat4 } });
        await CreateUnderlay("ff04::1", members: Under("rear1"));

        (await CreateExternal("ff0e::1")).Status.ShouldBe(201);
        var hit = await CreateExternal("224.1.0.1");

        (hit.Status, hit.ErrorCode).ShouldBe((418, "Synthetic ASIC error"));
        Table(TableNames.Source4).ShouldBeEmpty();
        Switch.Faults.Clear();
        (await CreateExternal("224.1.0.1")).Status.ShouldBe(201);
    }

    [Fact]
    public async Task Tables_count_what_they_refused()
    {
        Switch.Faults.Add(new SimFault("table_full") { Count = 1, Params = new FaultParams { Table = TableNames.Replication } });
        (await CreateUnderlay("ff04::1", members: Under("rear1"))).Status.ShouldBe(507);
        (await CreateUnderlay("ff04::1", members: Under("rear1"))).Status.ShouldBe(201);

        var table = Switch.Model.Tables[TableNames.Replication];
        (table.Exhaustions, table.Inserts, table.Size).ShouldBe((1, 1, 1024));
    }
}
