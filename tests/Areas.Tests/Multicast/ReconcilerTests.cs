using Gantry.Devices;
using Gantry.Multicast;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Multicast;

public sealed class ReconcilerTests
{
    [Fact]
    [Trait("spec", "multicast/42")]
    public async Task With_both_switches_down_a_group_waits_and_converges_later()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        (world.First.IsDown, world.Second.IsDown) = (true, true);

        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();

        (await world.GroupAsync("224.2.0.5"))!.State.ShouldBe(GroupPhase.Creating);
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joining);
        (world.First.IsDown, world.Second.IsDown) = (false, false);
        await world.ConvergeAsync();
        (await world.GroupAsync("224.2.0.5"))!.State.ShouldBe(GroupPhase.Active);
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joined);
    }

    [Fact]
    [Trait("spec", "multicast/43")]
    public async Task Switches_that_go_down_demote_nothing()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();

        (world.First.IsDown, world.Second.IsDown) = (true, true);
        await world.ConvergeAsync();

        (await world.GroupAsync("224.2.0.5"))!.State.ShouldBe(GroupPhase.Active);
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joined);
    }

    [Fact]
    [Trait("spec", "multicast/44")]
    [Trait("spec", "multicast/FIX-6")]
    public async Task Deletion_waits_until_every_recorded_switch_confirmed()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();
        world.Second.IsDown = true;

        (await world.LeaveAsync(instance, "224.2.0.5")).ShouldBeAccepted();
        await world.ConvergeAsync();

        (await world.GroupAsync("224.2.0.5")).ShouldBeNull();
        (await world.DetailAsync(group))!.State.ShouldBe(GroupPhase.Deleting);
        world.First.Groups.ShouldBeEmpty();
        world.Status.Summary.GroupsDeleted.ShouldBe(0);
        world.Second.IsDown = false;
        await world.PassAsync();
        world.Status.Summary.GroupsDeleted.ShouldBe(1);
        (await world.DetailAsync(group)).ShouldBeNull();
        world.Second.Groups.ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "multicast/45")]
    public async Task Restarted_switch_is_programmed_again_in_one_pass()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        for (var i = 0; i < 5; i++)
        {
            (await world.JoinAsync(instance, $"224.2.0.{i}")).ShouldBeAccepted();
        }

        await world.ConvergeAsync();
        var before = world.Second.Groups.Select(g => (g.Address, g.Tag, Members: g.Members.Length)).ToList();
        world.Second.Restart();

        await world.PassAsync();

        world.Second.Groups.Select(g => (g.Address, g.Tag, Members: g.Members.Length)).ShouldBe(before);
        (await world.RowsAsync(GroupViews.Groups)).ShouldAllBe(g => g.State == GroupPhase.Active);
    }

    [Fact]
    [Trait("spec", "multicast/46")]
    public async Task Stopped_instance_is_left_while_the_group_is_stuck_and_joins_when_it_is_active()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        (world.First.IsDown, world.Second.IsDown) = (true, true);
        var instance = await world.StoppedAsync();
        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.PassAsync();
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Left);

        var sled = MulticastWorld.Sled("seven");
        world.PlaceSled(sled, 7);
        await world.TellAsync(instance, 3, "vmm", sled);
        await world.PassAsync();
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Left);

        (world.First.IsDown, world.Second.IsDown) = (false, false);
        await world.ConvergeAsync();
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joined);
    }

    [Fact]
    [Trait("spec", "multicast/47")]
    public async Task Taken_underlay_address_gives_the_next_salt()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        await world.PoolAsync("ff0e::", "ff0e:0:0:1::ffff");
        var instance = await world.RunningAsync(7);
        var first = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted();

        // Folded, this IPv6 address is the number of the IPv4 one.
        const ulong upper = 0xff0e_0000_0000_0002;
        var folded = Ip.V6(upper, upper ^ (ulong)first.Address.Value);
        await world.PoolAsync(folded.ToString(), folded.ToString());
        var second = (await world.JoinAsync(instance, folded.ToString())).ShouldBeAccepted();
        await world.ConvergeAsync();

        (await world.DetailAsync(first.Group))!.Salt.ShouldBeNull();
        var detail = (await world.DetailAsync(second.Group))!;
        (detail.Salt, detail.State).ShouldBe((1, GroupPhase.Active));
        detail.Underlay.ShouldBe(UnderlayAddress.Derive(folded, 1));
    }

    [Fact]
    [Trait("spec", "multicast/48")]
    public async Task Sled_that_moves_to_another_cubby_keeps_its_members_joined()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();

        world.PlaceSled(MulticastWorld.Sled("cubby 7"), 12);
        await world.PassAsync();

        (await world.PortsAsync(group, world.First)).ShouldBe(["rear12"]);
        (await world.PortsAsync(group, world.Second)).ShouldBe(["rear12"]);
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joined);
    }

    [Fact]
    [Trait("spec", "multicast/37")]
    public async Task Members_stay_joined_while_their_instances_migrate()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instances = new[] { await world.RunningAsync(7), await world.RunningAsync(8), await world.RunningAsync(9) };
        var group = (await world.JoinAsync(instances[0], "224.2.0.5")).ShouldBeAccepted().Group;
        (await world.JoinAsync(instances[1], "224.2.0.5")).ShouldBeAccepted();
        (await world.JoinAsync(instances[2], "224.2.0.5")).ShouldBeAccepted();
        await world.ConvergeAsync();
        foreach (var cubby in new[] { 17, 18 })
        {
            world.PlaceSled(MulticastWorld.Sled($"cubby {cubby}"), cubby);
        }

        // The message that the migration saga of Instances sends when the new VMM has become the active one; two at once.
        await world.TellAsync(instances[0], 3, "vmm", MulticastWorld.Sled("cubby 17"));
        await world.TellAsync(instances[1], 3, "vmm", MulticastWorld.Sled("cubby 18"));
        for (var pass = 0; pass < 3; pass++)
        {
            (await world.MembersAsync(group)).ShouldAllBe(m => m.State == MemberState.Joined);
            await world.PassAsync();
        }

        (await world.MembersAsync(group)).ShouldAllBe(m => m.State == MemberState.Joined);
        (await world.PortsAsync(group, world.First)).ShouldBe(["rear17", "rear18", "rear9"]);
        (await world.PortsAsync(group, world.Second)).ShouldBe(["rear17", "rear18", "rear9"]);
    }

    [Fact]
    [Trait("spec", "multicast/49")]
    public async Task Pass_without_a_change_writes_nothing()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        (await world.JoinAsync(await world.RunningAsync(7), "224.2.0.5")).ShouldBeAccepted();
        await world.ConvergeAsync();
        var writes = world.First.Writes + world.Second.Writes;

        await world.ConvergeAsync();

        (world.First.Writes + world.Second.Writes).ShouldBe(writes);
        world.Status.Summary.GroupsVerified.ShouldBe(1);
    }

    [Fact]
    [Trait("spec", "multicast/50")]
    public async Task Failed_instance_of_an_expunged_sled_leaves()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();

        world.PlaceSled(MulticastWorld.Sled("cubby 7"), null);
        await world.TellAsync(instance, 3, "failed", null);
        await world.ConvergeAsync();

        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Left);
        (await world.PortsAsync(group, world.First)).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_switch_down_is_left_out_and_shown_as_lagging()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        world.Second.IsDown = true;

        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();

        (await world.GroupAsync("224.2.0.5"))!.State.ShouldBe(GroupPhase.Active);
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joined);
        var standing = await world.StandingAsync(group, 1);
        standing.IsUnreachable.ShouldBeTrue();
        standing.LaggingSince.ShouldNotBeNull();
        standing.Error.ShouldNotBeNull();
        (await world.Verifier.VerifyAsync(group, default)).Select(v => v.IsRight).ShouldBe([true, false]);
        world.Second.IsDown = false;
        await world.PassAsync();
        (await world.StandingAsync(group, 1)).LaggingSince.ShouldBeNull();
        (await world.PortsAsync(group, world.Second)).ShouldBe(["rear7"]);
    }

    [Fact]
    [Trait("spec", "multicast/M7")]
    [Trait("spec", "multicast/M9")]
    public async Task Switch_that_was_left_out_demotes_nobody_when_it_comes_back_with_errors()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        world.Second.IsDown = true;
        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joined);

        (world.Second.IsDown, world.Second.IsFailing) = (false, true);
        for (var pass = 0; pass < 3; pass++)
        {
            await world.PassAsync();
            (await world.StandingAsync(group, 1)).Error!.ShouldContain("503");
            (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joined);
        }

        // It moves while a switch that was there refuses the new sled.
        world.Second.IsFailing = false;
        await world.ConvergeAsync();
        (await world.PortsAsync(group, world.Second)).ShouldBe(["rear7"]);
        world.Second.IsFailing = true;
        world.PlaceSled(MulticastWorld.Sled("cubby 8"), 8);
        await world.TellAsync(instance, 3, "vmm", MulticastWorld.Sled("cubby 8"));
        await world.PassAsync();
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joining);

        world.Second.IsFailing = false;
        await world.ConvergeAsync();
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joined);
        (await world.PortsAsync(group, world.Second)).ShouldBe(["rear8"]);
    }

    [Fact]
    [Trait("spec", "multicast/I14")]
    public async Task Sled_without_a_port_stops_pruning_only_while_a_member_there_is_joined()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var (mapped, unmapped) = (await world.RunningAsync(7), await world.RunningAsync(8));
        world.PlaceSled(MulticastWorld.Sled("cubby 8"), null);
        var group = (await world.JoinAsync(mapped, "224.2.0.5")).ShouldBeAccepted().Group;
        (await world.JoinAsync(unmapped, "224.2.0.5")).ShouldBeAccepted();
        await world.ConvergeAsync();
        (await world.MemberAsync(unmapped, group))!.State.ShouldBe(MemberState.Joining);

        world.PlaceSled(MulticastWorld.Sled("cubby 9"), 9);
        await world.TellAsync(mapped, 3, "vmm", MulticastWorld.Sled("cubby 9"));
        await world.ConvergeAsync();

        (await world.PortsAsync(group, world.First)).ShouldBe(["rear9"]);
        (await world.PortsAsync(group, world.Second)).ShouldBe(["rear9"]);
        (await world.MemberAsync(mapped, group))!.State.ShouldBe(MemberState.Joined);
        (await world.MemberAsync(unmapped, group))!.State.ShouldBe(MemberState.Joining);
    }

    [Fact]
    public async Task Switch_that_answers_with_errors_holds_the_group_back()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        world.Second.IsFailing = true;

        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();

        (await world.GroupAsync("224.2.0.5"))!.State.ShouldBe(GroupPhase.Creating);
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joining);
        (await world.StandingAsync(group, 1)).Error!.ShouldContain("503");
        world.Second.IsFailing = false;
        await world.ConvergeAsync();
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joined);
    }

    [Fact]
    [Trait("spec", "multicast/FIX-11")]
    public async Task Lost_answers_of_work_that_was_done_end_well()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        world.Second.DropsAnswers = true;

        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();

        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joined);
        (await world.PortsAsync(group, world.Second)).ShouldBe(["rear7"]);
    }

    [Fact]
    public async Task Foreign_objects_and_external_entries_are_never_touched_and_orphans_go()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var group = (await world.JoinAsync(await world.RunningAsync(7), "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();
        var underlay = world.First.Groups.Single(g => g.IsUnderlay);
        var front = new SwitchMember("qsfp0", 0, SwitchMember.ExternalDirection);
        world.First.Plant(underlay with { Members = [front, SwitchMember.Rear("rear30")] });
        var foreign = new SwitchGroup { Address = "ff04::9", IsUnderlay = true, Tag = "somebody", ExternalGroupId = 1 };
        var orphan = foreign with { Address = "ff04::8", Tag = $"{GuidForm.FromText("orphan")}:224.9.9.9" };
        world.First.Plant(foreign);
        world.First.Plant(orphan);

        await world.PassAsync();

        world.First.Groups.ShouldContain(foreign);
        world.First.Groups.ShouldNotContain(g => g.Tag == orphan.Tag);
        (await world.PortsAsync(group, world.First)).ShouldBe(["qsfp0", "rear7"]);
    }

    [Fact]
    [Trait("spec", "multicast/I15")]
    public async Task Group_that_is_made_anew_gets_back_what_others_had_put_into_it()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();
        var underlay = world.Second.Groups.Single(g => g.IsUnderlay);
        world.Second.Plant(underlay with { Members = [.. underlay.Members, new SwitchMember("qsfp9", 0, SwitchMember.ExternalDirection)] });

        world.PlaceSled(MulticastWorld.Sled("cubby 8"), 8);
        await world.TellAsync(instance, 3, "vmm", MulticastWorld.Sled("cubby 8"));
        world.Second.DivergesOnce = true;
        await world.PassAsync();

        world.Second.DivergesOnce.ShouldBeFalse();
        world.Second.Groups.Single(g => g.IsUnderlay).ExternalGroupId.ShouldNotBe(underlay.ExternalGroupId, "it was made anew");
        (await world.PortsAsync(group, world.Second)).ShouldBe(["qsfp9", "rear8"]);
    }

    [Fact]
    [Trait("spec", "multicast/FIX-21")]
    public async Task Address_held_under_a_foreign_tag_keeps_the_group_creating_until_it_is_free()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        world.Second.Plant(new SwitchGroup { Address = "224.2.0.5", IsUnderlay = false, Tag = "somebody", ExternalGroupId = 1 });

        var group = (await world.JoinAsync(await world.RunningAsync(7), "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();

        (await world.DetailAsync(group))!.State.ShouldBe(GroupPhase.Creating);
        (await world.StandingAsync(group, 1)).Error!.ShouldContain("somebody");
        world.Second.Lose("224.2.0.5");
        await world.ConvergeAsync();
        (await world.DetailAsync(group))!.State.ShouldBe(GroupPhase.Active);
    }

    [Fact]
    public async Task Verify_names_what_is_missing_and_surplus()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("232.1.0.0", "232.1.0.255");
        var group = (await world.JoinAsync(await world.RunningAsync(7), "232.1.0.5", ["10.0.0.5"])).ShouldBeAccepted().Group;
        await world.ConvergeAsync();
        (await world.Verifier.VerifyAsync(group, default)).ShouldAllBe(v => v.IsRight);
        var underlay = world.Second.Groups.Single(g => g.IsUnderlay);
        var external = world.Second.Groups.Single(g => !g.IsUnderlay);
        world.Second.Plant(underlay with { Members = [SwitchMember.Rear("rear9")] });
        world.Second.Plant(external with { Sources = ["10.0.0.9"] });

        var found = (await world.Verifier.VerifyAsync(group, default)).Single(v => !v.IsRight);

        found.Slot.ShouldBe(1);
        found.Differences.Select(d => $"{d.Kind} {d.What} {d.Name}").ShouldBe(
            ["missing port rear7/0 Underlay", "surplus port rear9/0 Underlay", "missing source 10.0.0.5", "surplus source 10.0.0.9"]);
        await world.PassAsync();
        (await world.Verifier.VerifyAsync(group, default)).ShouldAllBe(v => v.IsRight);
    }

    [Fact]
    public async Task Reservation_and_address_of_a_join_that_died_half_way_are_given_back()
    {
        await using var world = await MulticastWorld.StartAsync();
        var pool = await world.PoolAsync("224.2.0.5", "224.2.0.5");
        var instance = await world.RunningAsync(7);
        var id = new GroupId(GuidForm.FromText("never made"));
        await world.AskAsync(Gantry.Contracts.Addresses.InstanceMulticast(instance), new MembershipCommand.Reserve(id, null));
        await world.AskAsync(Gantry.Contracts.Addresses.IpPool(pool.Id), new PoolCommand.Allocate(id, null));
        (await world.JoinAsync(instance, "feed")).ShouldBeRefused(RefusalKind.InsufficientCapacity);

        await world.AfterAsync(TimeSpan.FromSeconds(31));

        (await world.JoinAsync(instance, "feed")).ShouldBeAccepted();
        var late = new GroupCommand.Join(instance, null, new InstanceFacts(9, true, null), Birth(pool));
        (await world.TryAsync(Gantry.Contracts.Addresses.MulticastGroup(id), late)).ShouldBeRefused(RefusalKind.Conflict);
    }

    private static GroupBirth Birth(IpPoolRow pool) =>
        new("late", "", Ip.Parse("224.2.0.5"), pool.Id, new PoolRangeId(Guid.Empty), 0, []);
}
