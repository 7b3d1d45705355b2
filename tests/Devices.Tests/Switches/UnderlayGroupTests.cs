using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>Underlay groups, their members and ids on the simulated switch (switch-dpd 6).</summary>
public class UnderlayGroupTests : SwitchTestBase
{
    [Fact, Trait("spec", "switch-dpd/2")]
    public async Task The_two_ids_differ_and_start_at_the_top()
    {
        var body = (await CreateUnderlay("ff04::1", members: Under("rear1"))).Body!;

        body["external_group_id"]!.GetValue<int>().ShouldBe(65534);
        body["underlay_group_id"]!.GetValue<int>().ShouldBe(65533);
    }

    [Fact, Trait("spec", "switch-dpd/5")]
    public async Task Setting_the_same_members_changes_nothing()
    {
        var created = await CreateUnderlay("ff04::2", members: Under("rear1"));

        var updated = await SetMembers("ff04::2", "t_u", Under("rear1"));

        updated.Status.ShouldBe(200);
        updated.Body!.ToJsonString().ShouldBe(created.Body!.ToJsonString());
    }

    [Theory, Trait("spec", "switch-dpd/13")]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Members_of_either_direction_come_back(bool under, bool external)
    {
        var members = string.Join(',', new[] { under ? Under("rear1") : null, external ? Out("qsfp1") : null }.Where(m => m is not null));

        var body = (await CreateUnderlay("ff04::1", members: members)).Body!;

        body["members"]!.ToJsonString().ShouldBe($"[{members}]");
        var ids = new[] { body["external_group_id"]!.GetValue<int>(), body["underlay_group_id"]!.GetValue<int>() };
        ids.ShouldBeUnique();
        ids.ShouldNotContain(0);
    }

    [Theory, Trait("spec", "switch-dpd/15")]
    [InlineData("ff05::200", 400)]
    [InlineData("ff08::300", 400)]
    [InlineData("ff0e::400", 400)]
    [InlineData("ff04:0:0:1::1", 400)]
    [InlineData("ff04::100", 201)]
    public async Task Only_the_underlay_range_is_taken(string address, int status) =>
        (await CreateUnderlay(address)).Status.ShouldBe(status);

    [Fact, Trait("spec", "switch-dpd/17")]
    public async Task Ids_of_a_deleted_group_come_back_swapped()
    {
        await CreateUnderlay("ff04::1");
        var second = await CreateUnderlay("ff04::2");
        await Delete("ff04::2", "t_u");

        var fourth = await CreateUnderlay("ff04::4");

        fourth.Body!["external_group_id"]!.GetValue<int>().ShouldBe(second.Body!["underlay_group_id"]!.GetValue<int>());
        fourth.Body["underlay_group_id"]!.GetValue<int>().ShouldBe(second.Body["external_group_id"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_failed_create_returns_its_ids_in_order()
    {
        (await CreateUnderlay("ff04::1", members: $"{Under("rear1")},{Under("rear1")}")).Status.ShouldBe(500);

        (await CreateUnderlay("ff04::1")).Body!["external_group_id"]!.GetValue<int>().ShouldBe(65534);
    }

    [Fact, Trait("spec", "switch-dpd/20")]
    public async Task A_lane_that_does_not_exist_leaves_the_members()
    {
        await CreateUnderlay("ff04::1", members: $"{Under("rear1")},{Under("rear2")}");

        var refused = await SetMembers("ff04::1", "t_u", Under("rear1", 255));

        refused.Status.ShouldBe(400);
        refused.ErrorCode.ShouldBe("invalid data: no such port");
        (await Get("multicast/underlay-groups/ff04::1")).Body!["members"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact, Trait("spec", "switch-dpd/21")]
    public async Task One_bad_member_among_good_ones_leaves_the_old_ones()
    {
        await CreateUnderlay("ff04::1", members: $"{Under("rear1")},{Under("rear2")}");
        var before = Switch.Model.Pre;

        (await SetMembers("ff04::1", "t_u", $"{Under("rear3")},{Under("rear4")},{Under("rear5", 250)}")).Status.ShouldBeGreaterThanOrEqualTo(400);

        (await Get("multicast/underlay-groups/ff04::1")).Body!["members"]!.ToJsonString().ShouldBe($"[{Under("rear1")},{Under("rear2")}]");
        if (Mode == SwitchMode.Strict)
        {
            Switch.Model.Pre.ShouldBe(before); // K4: the real daemon is halfway
        }
    }

    [Fact, Trait("spec", "switch-dpd/25")]
    public async Task Both_ways_of_reading_agree()
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));

        var own = (await Get("multicast/underlay-groups/ff04::1")).Body!;
        var mixed = (await Get("multicast/groups/ff04::1")).Body!.AsObject();

        mixed["kind"]!.GetValue<string>().ShouldBe("underlay");
        mixed.Remove("kind");
        mixed.ToJsonString().ShouldBe(own.ToJsonString());
    }

    [Fact, Trait("spec", "switch-dpd/32")]
    public async Task A_deleted_group_can_be_made_again_with_one_more_member()
    {
        await CreateUnderlay("ff04::1", members: Under("rear1"));
        await Delete("ff04::1", "t_u");
        (await Get("multicast/underlay-groups/ff04::1")).Status.ShouldBe(404);

        var again = await CreateUnderlay("ff04::1", members: $"{Under("rear1")},{Under("rear2")}");

        again.Status.ShouldBe(201);
        again.Body!["members"]!.AsArray().Count.ShouldBe(2);
        again.Body["tag"]!.GetValue<string>().ShouldBe("t_u");
    }

    [Fact, Trait("spec", "switch-dpd/37")]
    public async Task A_full_table_refuses_one_more_group_and_all_can_go()
    {
        for (var i = 1; i <= 1024; i++)
        {
            (await CreateUnderlay($"ff04::{i:x}", members: Under("rear1"))).Status.ShouldBe(201);
        }

        var refused = await CreateUnderlay("ff04::1:1", members: Under("rear1"));

        refused.Status.ShouldBe(507);
        refused.HasErrorCode.ShouldBeFalse();
        refused.Message.ShouldBe(TableNames.Replication);
        (await Listed("multicast/groups?limit=10000")).Length.ShouldBe(1024);
        for (var i = 1; i <= 1024; i++)
        {
            (await Delete($"ff04::{i:x}", "t_u")).Status.ShouldBe(204);
        }

        Switch.Model.Pre.ShouldBeEmpty();
    }
}
