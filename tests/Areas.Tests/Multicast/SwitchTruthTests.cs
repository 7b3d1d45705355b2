using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Multicast;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>What is said of switches and sleds before it is known, and what a switch that is away may hold back.</summary>
public sealed class SwitchTruthTests
{
    [Fact]
    [Trait("spec", "multicast/I16")]
    public async Task Join_is_taken_while_a_switch_that_is_down_holds_every_underlay_address_back()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        for (var number = 0; number <= UnderlayAddress.SaltMax; number++)
        {
            instance = number % MulticastLimits.GroupsPerInstance == 0 ? await world.RunningAsync(7) : instance;
            (await world.JoinAsync(instance, $"224.2.0.{number}")).ShouldBeAccepted();
        }

        await world.ConvergeAsync();

        // Folded, this IPv6 address is one of theirs: its 256 underlay addresses are exactly the ones they hold.
        const ulong upper = 0xff0e_0000_0000_0002;
        var folded = Ip.V6(upper, upper ^ (ulong)Ip.Parse("224.2.0.5").Value).ToString();
        await world.PoolAsync(folded, folded);
        var late = await world.RunningAsync(9);
        world.Second.IsDown = true;
        (await world.LeaveAsync(instance, "224.2.0.255")).ShouldBeAccepted();

        var first = (await world.JoinAsync(late, folded)).ShouldBeAccepted().Group;
        await world.PassAsync();
        (await world.DetailAsync(first))!.Underlay.ShouldBeNull();
        (await world.GroupAsync(folded))!.State.ShouldBe(GroupPhase.Creating);
        (await world.StandingAsync(first, 0)).Error.ShouldNotBeNull().ShouldContain("underlay addresses");
        world.Status.Summary.Errors.ShouldContain(e => e.StartsWith("creating groups: group mcast-ff0e", StringComparison.Ordinal));

        // Nothing of it is anywhere, so nobody is waited for.
        (await world.LeaveAsync(late, folded)).ShouldBeAccepted();
        (await world.DetailAsync(first)).ShouldBeNull();

        var last = (await world.JoinAsync(late, folded)).ShouldBeAccepted().Group;
        world.Second.IsDown = false;
        await world.ConvergeAsync();
        var detail = (await world.DetailAsync(last))!;
        detail.State.ShouldBe(GroupPhase.Active);
        detail.Underlay.ShouldBe(UnderlayAddress.Derive(Ip.Parse("224.2.0.255"), 0));
        detail.Underlay.ShouldBe(UnderlayAddress.Derive(detail.Address, detail.Salt ?? 0));
        (await world.MemberAsync(late, last))!.State.ShouldBe(MemberState.Joined);
        (await world.PortsAsync(last, world.Second)).ShouldBe(["rear9"]);
    }

    [Fact]
    [Trait("spec", "multicast/FIX-20")]
    public async Task Sled_that_no_collection_has_seen_yet_is_not_known_to_have_no_port()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();

        var fresh = world.FreshSled("fresh");
        await world.TellAsync(instance, 3, "vmm", fresh);
        await world.ConvergeAsync();
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joined);

        world.PlaceSled(fresh, 9);
        await world.ConvergeAsync();
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joined);
        (await world.PortsAsync(group, world.First)).ShouldBe(["rear9"]);

        // One that is out of service is known to have none (M11).
        await world.TellAsync(instance, 4, "vmm", world.FreshSled("gone", "expunged"));
        await world.PassAsync();
        (await world.MemberAsync(instance, group))!.State.ShouldNotBe(MemberState.Joined);
    }

    [Fact]
    [Trait("spec", "multicast/M9")]
    public async Task Switch_that_fails_with_the_same_words_for_a_new_sled_demotes_the_member()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        world.Second.IsDown = true;
        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();
        (world.Second.IsDown, world.Second.IsFailing) = (false, true);
        await world.PassAsync();
        var words = (await world.StandingAsync(group, 1)).Error;
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joined, "it was joined without that switch");

        world.PlaceSled(MulticastWorld.Sled("cubby 8"), 8);
        await world.TellAsync(instance, 3, "vmm", MulticastWorld.Sled("cubby 8"));
        await world.PassAsync();

        (await world.StandingAsync(group, 1)).Error.ShouldBe(words);
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joining);
    }

    [Fact]
    [Trait("spec", "multicast/M10")]
    public async Task Member_whose_VMM_has_no_sled_leaves_the_switches_before_it_leaves_its_sled()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();
        world.Second.IsFailing = true;

        await world.TellAsync(instance, 3, "vmm", null);
        await world.ConvergeAsync();
        var kept = (await world.MemberAsync(instance, group))!;
        (kept.State, kept.Sled).ShouldBe((MemberState.Joined, MulticastWorld.Sled("cubby 7")));
        (await world.PortsAsync(group, world.First)).ShouldBeEmpty();
        (await world.PortsAsync(group, world.Second)).ShouldBe(["rear7"]);

        world.Second.IsFailing = false;
        await world.ConvergeAsync();
        var left = (await world.MemberAsync(instance, group))!;
        (left.State, left.Sled).ShouldBe((MemberState.Joining, null), "M10 and then M12: it is valid, and has nowhere to go");
        (await world.PortsAsync(group, world.Second)).ShouldBeEmpty();

        await world.TellAsync(instance, 4, "vmm", MulticastWorld.Sled("cubby 7"));
        await world.ConvergeAsync();
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joined);
    }

    [Fact]
    public async Task Sled_that_comes_back_before_the_switches_let_it_go_keeps_the_member_joined()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();
        world.Second.IsFailing = true;
        await world.TellAsync(instance, 3, "vmm", null);
        await world.PassAsync();
        world.Second.IsFailing = false;

        await world.TellAsync(instance, 4, "vmm", MulticastWorld.Sled("cubby 7"));
        await world.ConvergeAsync();

        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joined);
        (await world.PortsAsync(group, world.First)).ShouldBe(["rear7"]);
        (await world.PortsAsync(group, world.Second)).ShouldBe(["rear7"]);
    }

    [Fact]
    public async Task Foreign_objects_and_ports_are_reported_per_switch()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var group = (await world.JoinAsync(await world.RunningAsync(7), "224.2.0.5")).ShouldBeAccepted();
        await world.ConvergeAsync();
        world.Status.ForeignOn(MulticastWorld.Key(0)).ShouldBeEmpty();
        var underlay = world.First.Groups.Single(g => g.IsUnderlay);
        world.First.Plant(underlay with { Members = [.. underlay.Members, new SwitchMember("qsfp0", 0, SwitchMember.ExternalDirection)] });
        world.First.Plant(new SwitchGroup { Address = "ff04::9", IsUnderlay = true, Tag = "somebody", ExternalGroupId = 1 });

        await world.PassAsync();

        world.Status.ForeignOn(MulticastWorld.Key(0)).ShouldBe(
        [
            new ForeignEntry(Ip.Parse("ff04::9"), "somebody"),
            new ForeignEntry(Ip.Parse(underlay.Address), $"{group.Group}:{group.Address}", "qsfp0/0 External"),
        ]);
        world.Status.ForeignOn(MulticastWorld.Key(1)).ShouldBeEmpty();
        world.First.Lose("ff04::9");
        await world.PassAsync();
        world.Status.ForeignOn(MulticastWorld.Key(0)).Length.ShouldBe(1);
    }

    [Fact]
    public async Task Switch_that_is_away_is_not_known_to_hold_what_it_held()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        (await world.JoinAsync(await world.RunningAsync(7), "224.2.0.5")).ShouldBeAccepted();
        await world.ConvergeAsync();
        world.Status.DoubtOf(MulticastWorld.Key(1)).ShouldBeNull();

        world.Second.IsDown = true;
        await world.PassAsync();
        world.Status.DoubtOf(MulticastWorld.Key(1)).ShouldNotBeNull().IsSilent.ShouldBeTrue();
        world.Status.DoubtOf(MulticastWorld.Key(0)).ShouldBeNull();

        world.Second.IsDown = false;
        await world.PassAsync();
        world.Status.DoubtOf(MulticastWorld.Key(1)).ShouldBeNull();
    }

    [Fact]
    [Trait("spec", "multicast/I13")]
    public async Task A_look_at_everything_that_broke_off_calls_nothing_right_and_is_made_again()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        var groups = new List<GroupId>();
        for (var number = 1; number <= 3; number++)
        {
            groups.Add((await world.JoinAsync(instance, $"224.2.0.{number}")).ShouldBeAccepted().Group);
        }

        await world.ConvergeAsync();
        world.Second.Restart();
        world.Second.WritesAllowed = 2;
        await world.PassAsync();

        var held = world.Second.Groups.Select(g => g.Tag).ToHashSet(StringComparer.Ordinal).Count;
        held.ShouldBe(1);
        groups.Count(g => world.Status.IsDrifting(MulticastWorld.Key(1), g)).ShouldBe(2, "the list of this very turn lacks them");

        world.Second.WritesAllowed = null;
        await world.PassAsync(isNudged: true);

        groups.ShouldAllBe(g => !world.Status.IsDrifting(MulticastWorld.Key(1), g));
        world.Second.Groups.Length.ShouldBe(6);
    }

    [Fact]
    [Trait("spec", "switch-dpd/D9")]
    public async Task A_switch_that_was_reborn_and_answers_errors_at_first_is_not_left_to_the_period()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        (await world.JoinAsync(await world.RunningAsync(7), "224.2.0.5")).ShouldBeAccepted();
        await world.ConvergeAsync();
        world.Second.Restart();
        world.Second.Refuses = call => call == nameof(ISwitchPort.ListGroupsAsync) ? 503 : null;
        await world.PassAsync();
        world.Second.Groups.ShouldBeEmpty();

        world.Second.Refuses = null;
        await world.PassAsync(isNudged: true);

        world.Second.Groups.Length.ShouldBe(2);
    }

    [Fact]
    [Trait("spec", "multicast/G3")]
    public async Task A_write_that_this_node_did_not_send_says_nothing_of_the_switch()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        world.Second.WritesAllowed = 0;

        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();
        await world.PassAsync(isNudged: true);

        (await world.GroupAsync("224.2.0.5"))!.State.ShouldBe(GroupPhase.Creating, "a switch that answers is not left out");
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joining);
        (await world.StandingAsync(group, 1)).IsUnreachable.ShouldBeFalse();
        world.Status.Summary.Errors.ShouldContain(e => e.Contains("not confirmed", StringComparison.Ordinal));

        world.Second.WritesAllowed = null;
        await world.ConvergeAsync();
        (await world.GroupAsync("224.2.0.5"))!.State.ShouldBe(GroupPhase.Active);
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joined);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("spec", "multicast/G3")]
    [Trait("spec", "multicast/M4")]
    [Trait("spec", "multicast/FIX-20")]
    public async Task Only_members_on_sleds_of_unknown_place_wait_for_the_inventory(bool isInventoryKnown)
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var placed = isInventoryKnown ? await world.RunningAsync(7) : default(InstanceId?);
        if (!isInventoryKnown)
        {
            world.Views.Drop(InventoryViews.SledPorts, MulticastWorld.Sled("nobody").ToString());
        }

        var unseen = new InstanceId(SystemRandomSource.Instance.NewGuid());
        var fresh = world.FreshSled("fresh");
        await world.TellAsync(unseen, 2, "vmm", fresh);
        var group = (await world.JoinAsync(unseen, "224.2.0.5")).ShouldBeAccepted().Group;
        if (placed is { } other)
        {
            (await world.JoinAsync(other, "224.2.0.5")).ShouldBeAccepted();
        }

        await world.ConvergeAsync();

        var row = (await world.GroupAsync("224.2.0.5"))!;
        row.State.ShouldBe(GroupPhase.Active, "ports of members play no part in it");
        row.IsConverged.ShouldBeFalse();
        (await world.MemberAsync(unseen, group))!.State.ShouldBe(MemberState.Joining);
        if (placed is { } known)
        {
            (await world.MemberAsync(known, group))!.State.ShouldBe(MemberState.Joined);
            (await world.PortsAsync(group, world.Second)).ShouldBe(["rear7"]);
        }

        world.Status.Summary.Errors.ShouldContain(e => e.Contains("not known yet", StringComparison.Ordinal));

        world.PlaceSled(fresh, 9);
        await world.ConvergeAsync();

        (await world.MemberAsync(unseen, group))!.State.ShouldBe(MemberState.Joined);
        (await world.GroupAsync("224.2.0.5"))!.IsConverged.ShouldBeTrue();
        (await world.PortsAsync(group, world.First)).ShouldBe(placed is null ? ["rear9"] : ["rear7", "rear9"]);
    }
}
