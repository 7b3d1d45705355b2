using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;
using Shouldly;
using Xunit;

using MemberState = Gantry.Multicast.MemberState;

namespace Gantry.Areas.Tests.Multicast;

public sealed class LifecycleTests
{
    [Fact]
    [Trait("spec", "multicast/9.1")]
    public async Task With_the_feature_off_no_row_is_written_and_on_again_rows_say_what_instances_became()
    {
        await using var store = new MemoryStore(SystemRandomSource.Instance);
        await using var world = await MulticastWorld.StartAsync(store, enabled: true);
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var (stays, stops, moves, goes) = (await world.RunningAsync(1), await world.RunningAsync(2), await world.RunningAsync(3), await world.RunningAsync(4));
        var shared = (await world.JoinAsync(stays, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.JoinAsync(stops, "224.2.0.5");
        await world.JoinAsync(moves, "224.2.0.5");
        var own = (await world.JoinAsync(goes, "224.2.0.6")).ShouldBeAccepted().Group;
        var undone = (await world.JoinAsync(goes, "224.2.0.7")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();
        await world.TryAsync(Addresses.MulticastGroup(undone), new GroupCommand.Undo(goes)); // its sweep is a timer that waits
        await world.QuietAsync();
        var before = await RowsAsync(world);
        await world.DisposeAsync();

        await using var off = await MulticastWorld.StartAsync(store, enabled: false, world);
        await off.TellAsync(stops, 3, "no_vmm", null);
        await off.TellAsync(moves, 3, "vmm", MulticastWorld.Sled("cubby 1"));
        await off.DeleteAsync(goes);
        await off.AfterAsync(TimeSpan.FromMinutes(1));
        await off.PassAsync();
        (await RowsAsync(off)).ShouldBe(before);
        (await off.TryAsync(Addresses.MulticastGroup(own), new GroupCommand.Leave(goes))).ShouldBeRefused(mentions: "disabled");
        await off.DisposeAsync();

        await using var on = await MulticastWorld.StartAsync(store, enabled: true, off);
        await on.ConvergeAsync();
        (await on.MemberAsync(stays, shared))!.State.ShouldBe(MemberState.Joined);
        (await on.MemberAsync(stops, shared))!.State.ShouldBe(MemberState.Left);
        (await on.MemberAsync(moves, shared))!.Sled.ShouldBe(MulticastWorld.Sled("cubby 1"));
        (await on.DetailAsync(own)).ShouldBeNull();
        (await on.DetailAsync(undone)).ShouldBeNull();
        (await on.PortsAsync(shared, on.First)).ShouldBe(["rear1"]);
        await on.AfterAsync(TimeSpan.FromSeconds(31)); // reservations that stand in for memberships are confirmed or dropped
        (await on.MembershipsAsync(stops)).ShouldHaveSingleItem().Group.ShouldBe(shared);
    }

    [Fact]
    [Trait("spec", "multicast/31")]
    [Trait("spec", "multicast/32")]
    [Trait("spec", "multicast/33")]
    [Trait("spec", "multicast/34")]
    public async Task Memberships_follow_their_instance_through_start_stop_and_restart()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.StoppedAsync();
        var one = (await world.JoinAsync(instance, "224.2.0.5", ["10.0.0.5"])).ShouldBeAccepted();
        var two = (await world.JoinAsync(instance, "224.2.0.6")).ShouldBeAccepted();
        one.State.ShouldBe(MemberState.Joining);
        await world.ConvergeAsync();
        (await StatesAsync(world, instance)).ShouldBe([MemberState.Left, MemberState.Left]);

        var sled = MulticastWorld.Sled("seven");
        world.PlaceSled(sled, 7);
        await world.TellAsync(instance, 3, "vmm", sled);
        await world.ConvergeAsync();
        (await StatesAsync(world, instance)).ShouldBe([MemberState.Joined, MemberState.Joined]);
        foreach (var group in new[] { one.Group, two.Group })
        {
            (await world.PortsAsync(group, world.First)).ShouldBe(["rear7"]);
            (await world.PortsAsync(group, world.Second)).ShouldBe(["rear7"]);
        }

        await world.TellAsync(instance, 4, "no_vmm", null);
        await world.ConvergeAsync();
        (await StatesAsync(world, instance)).ShouldBe([MemberState.Left, MemberState.Left]);
        (await world.PortsAsync(one.Group, world.First)).ShouldBeEmpty();
        (await world.GroupAsync("224.2.0.5"))!.State.ShouldBe(GroupPhase.Active);

        await world.TellAsync(instance, 5, "vmm", sled);
        await world.ConvergeAsync();
        var again = (await world.MemberAsync(instance, one.Group))!;
        (again.Id, again.State, again.Sled).ShouldBe((one.Id, MemberState.Joined, sled));
        again.Sources.Single().ToString().ShouldBe("10.0.0.5");
        (await world.PortsAsync(one.Group, world.First)).ShouldBe(["rear7"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("spec", "multicast/35")]
    [Trait("spec", "multicast/36")]
    public async Task Deleted_instance_takes_its_memberships_and_empty_groups_along(bool wasStarted)
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = wasStarted ? await world.RunningAsync(7) : await world.StoppedAsync();
        var alone = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        var shared = (await world.JoinAsync(instance, "224.2.0.6")).ShouldBeAccepted().Group;
        var other = await world.RunningAsync(8);
        (await world.JoinAsync(other, "224.2.0.6")).ShouldBeAccepted();
        await world.ConvergeAsync();

        await world.DeleteAsync(instance);
        await world.AfterAsync(TimeSpan.FromSeconds(11));
        await world.ConvergeAsync();

        (await world.GroupAsync("224.2.0.5")).ShouldBeNull();
        (await world.DetailAsync(alone)).ShouldBeNull();
        (await world.MembersAsync(shared)).Single().Instance.ShouldBe(other);
        (await world.PortsAsync(shared, world.Second)).ShouldBe(["rear8"]);
        (await world.RowsAsync(InstanceMulticastViews.InstanceMulticast)).Select(r => r.Instance).ShouldBe([other]);
    }

    [Fact]
    [Trait("spec", "multicast/FIX-2")]
    public async Task Moved_instance_is_joined_throughout_and_its_port_follows()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();
        var target = MulticastWorld.Sled("target");
        world.PlaceSled(target, 9);

        await world.TellAsync(instance, 3, "vmm", target);
        (await world.MemberAsync(instance, group))!.State.ShouldBe(MemberState.Joined);
        await world.PassAsync();

        var member = (await world.MemberAsync(instance, group))!;
        (member.State, member.Sled).ShouldBe((MemberState.Joined, target));
        (await world.PortsAsync(group, world.First)).ShouldBe(["rear9"]);
        (await world.PortsAsync(group, world.Second)).ShouldBe(["rear9"]);
    }

    [Fact]
    [Trait("spec", "multicast/FIX-5")]
    public async Task Port_shared_by_two_instances_stays_until_both_are_gone()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var (one, other) = (await world.RunningAsync(7), await world.RunningAsync(7));
        var group = (await world.JoinAsync(one, "224.2.0.5")).ShouldBeAccepted().Group;
        (await world.JoinAsync(other, "224.2.0.5")).ShouldBeAccepted();
        await world.ConvergeAsync();

        (await world.LeaveAsync(one, "224.2.0.5")).ShouldBeAccepted();
        await world.ConvergeAsync();

        (await world.PortsAsync(group, world.First)).ShouldBe(["rear7"]);
        (await world.MemberAsync(other, group))!.State.ShouldBe(MemberState.Joined);
    }

    [Fact]
    [Trait("spec", "multicast/39")]
    public async Task Replacement_leaves_joins_and_keeps()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        (await world.JoinAsync(instance, "a")).ShouldBeAccepted();
        var kept = (await world.JoinAsync(instance, "b", ["10.0.0.5"])).ShouldBeAccepted();

        (await world.ReplaceAsync(instance, ("b", ["10.0.0.6"]), ("c", null))).ShouldBeAccepted();

        var members = await world.MembershipsAsync(instance);
        members.Length.ShouldBe(2);
        var b = members.Single(m => m.Group == kept.Group);
        (b.Id, b.Sources.Single().ToString()).ShouldBe((kept.Id, "10.0.0.5"));
        (await world.GroupAsync("a")).ShouldBeNull();
        (await world.ReplaceAsync(instance)).ShouldBeAccepted();
        (await world.MembershipsAsync(instance)).ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "multicast/40")]
    [Trait("spec", "multicast/FIX-9")]
    public async Task Refused_replacement_changes_nothing()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        await world.PoolAsync("232.1.0.0", "232.1.0.255");
        var instance = await world.RunningAsync(7);
        var kept = (await world.JoinAsync(instance, "a")).ShouldBeAccepted();

        (await world.ReplaceAsync(instance, ("b", null), ("232.1.0.5", null))).ShouldBeRefused(mentions: "source");
        (await world.ReplaceAsync(instance, ("224.2.0.9", null), ("mcast-224-2-0-9", null))).ShouldBeRefused(mentions: "duplicate");
        (await world.ReplaceAsync(instance, ("a", null), (kept.Group.ToString(), null))).ShouldBeRefused(mentions: "duplicate");
        (await world.ReplaceAsync(instance, [.. Enumerable.Range(0, 33).Select(i => ($"g{i}", (string[]?)null))]))
            .ShouldBeRefused(mentions: "32 groups");

        (await world.MembershipsAsync(instance)).Single().Id.ShouldBe(kept.Id);
        (await world.RowsAsync(GroupViews.Groups)).Single().Name.ShouldBe("a");
    }

    [Fact]
    [Trait("spec", "multicast/FIX-9")]
    public async Task New_group_by_name_does_not_take_the_address_that_a_later_entry_names()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);

        (await world.ReplaceAsync(instance, ("a", null), ("224.2.0.0", null), ("b", null))).ShouldBeAccepted();

        (await world.MembershipsAsync(instance)).Select(m => m.Address.ToString()).Order(StringComparer.Ordinal)
            .ShouldBe(["224.2.0.0", "224.2.0.1", "224.2.0.2"]);
    }

    [Fact]
    [Trait("spec", "multicast/FIX-8")]
    public async Task Undone_join_of_a_creation_leaves_a_group_that_is_swept_after_its_grace()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.StoppedAsync();
        var member = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted();

        await world.Service.UndoAsync(instance, member.Group, Gantry.Actors.Principal.Engine, default);
        await world.PassAsync();

        (await world.GroupAsync("224.2.0.5"))!.State.ShouldBe(GroupPhase.Creating);
        world.First.Groups.ShouldBeEmpty();
        await world.AfterAsync(TimeSpan.FromSeconds(9));
        (await world.GroupAsync("224.2.0.5")).ShouldNotBeNull();
        await world.AfterAsync(TimeSpan.FromSeconds(2));
        (await world.GroupAsync("224.2.0.5")).ShouldBeNull();
        await world.PassAsync();
        (await world.RowsAsync(GroupViews.Details)).ShouldBeEmpty();
    }

    private static async Task<IEnumerable<MemberState>> StatesAsync(MulticastWorld world, InstanceId instance) =>
        (await world.MembershipsAsync(instance)).Select(m => m.State);

    [Fact]
    [Trait("spec", "multicast/I17")]
    public async Task With_the_feature_off_an_explicit_group_is_neither_changed_nor_ended()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255", isDefault: true);
        var group = await world.MadeAsync("made", "224.2.0.5");
        await world.ConvergeAsync();
        var before = await world.GroupAsync("made");
        var update = new GroupCommand.Update("other", null, null, SetsVlan: false, null, null);

        (await world.Explicit(enabled: false).UpdateAsync(group, update, world.Ask(), default)).ShouldBeRefused().Code.ShouldBe("MulticastDisabled");
        (await world.Explicit(enabled: false).DeleteAsync(group, isForced: true, world.Ask(), default)).ShouldBeRefused().Code.ShouldBe("MulticastDisabled");

        (await world.GroupAsync("made")).ShouldBeEquivalentTo(before);
        (await world.Explicit().UpdateAsync(group, update, world.Ask(), default)).ShouldBeAccepted();
        (await world.Explicit().DeleteAsync(group, isForced: false, world.Ask(), default)).ShouldBeAccepted();
    }

    [Fact]
    [Trait("spec", "multicast/3.8")]
    public async Task Implicit_group_is_not_ended_by_a_call()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;

        (await world.Explicit().DeleteAsync(group, isForced: true, world.Ask(), default)).ShouldBeRefused().Code.ShouldBe("GroupIsImplicit");

        (await world.MembershipsAsync(instance)).Length.ShouldBe(1);
    }

    // Every row of groups and members with the revision that wrote it.
    private static async Task<ImmutableArray<string>> RowsAsync(MulticastWorld world) =>
    [
        .. await RevisionsAsync(world, GroupViews.Groups),
        .. await RevisionsAsync(world, GroupViews.Details),
        .. await RevisionsAsync(world, GroupViews.Members),
        .. await RevisionsAsync(world, GroupViews.Switches),
        .. await RevisionsAsync(world, InstanceMulticastViews.InstanceMulticast),
    ];

    private static async Task<IEnumerable<string>> RevisionsAsync<TRow>(MulticastWorld world, ViewSchema<TRow> view) where TRow : class =>
        (await world.Views.ListAsync(new ViewQuery<TRow>(view), default)).Select(i => $"{i.Key} by {i.Entity} at {i.Revision}");
}
