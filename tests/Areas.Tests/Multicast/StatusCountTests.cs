using Gantry.Multicast;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>The counts of multicast 9.2, turn by turn.</summary>
public sealed class StatusCountTests
{
    [Fact]
    [Trait("spec", "multicast/9.2")]
    public async Task Every_count_follows_a_group_through_its_life()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var (one, two) = (await world.RunningAsync(7), await world.RunningAsync(8));
        (await world.JoinAsync(one, "224.2.0.5")).ShouldBeAccepted();
        (await world.JoinAsync(two, "224.2.0.5")).ShouldBeAccepted();

        await world.PassAsync();
        var made = world.Status.Summary;
        (made.GroupsCreated, made.GroupsVerified, made.MembersProcessed).ShouldBe((1, 0, 2));

        await world.PassAsync();
        var verified = world.Status.Summary;
        (verified.GroupsCreated, verified.GroupsVerified, verified.MembersProcessed, verified.MembersDeleted).ShouldBe((0, 1, 2, 0));

        (await world.LeaveAsync(one, "224.2.0.5")).ShouldBeAccepted();
        await world.PassAsync();
        var less = world.Status.Summary;
        (less.GroupsVerified, less.MembersProcessed, less.MembersDeleted).ShouldBe((1, 1, 1));

        // The instance goes, and the sweep takes the group that is older than the grace.
        await world.AfterAsync(TimeSpan.FromSeconds(11));
        await world.DeleteAsync(two);
        await world.AfterAsync(TimeSpan.FromSeconds(11));
        await world.PassAsync();
        var swept = world.Status.Summary;
        (swept.EmptyGroupsMarked, swept.MembersDeleted, swept.GroupsDeleted).ShouldBe((1, 1, 1));

        await world.PassAsync();
        world.Status.Summary.ShouldBe(new MulticastReport { Errors = world.Status.Summary.Errors });
        world.Status.Summary.Errors.ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "multicast/9.2")]
    public async Task A_creating_group_without_members_is_handled_and_its_end_is_not_the_sweep_of_active_ones()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var one = await world.StoppedAsync();
        var group = (await world.JoinAsync(one, "224.2.0.5")).ShouldBeAccepted().Group;
        (await world.TryAsync(Gantry.Contracts.Addresses.MulticastGroup(group), new GroupCommand.Undo(one))).ShouldBeAccepted();

        await world.PassAsync();
        world.Status.Summary.GroupsCreated.ShouldBe(1);

        await world.AfterAsync(TimeSpan.FromSeconds(11));
        (await world.DetailAsync(group)).ShouldNotBeNull().EndReason.ShouldNotBeNull().ShouldStartWith("G4");
        await world.PassAsync();
        (world.Status.Summary.EmptyGroupsMarked, world.Status.Summary.GroupsCreated, world.Status.Summary.GroupsDeleted).ShouldBe((0, 0, 1));
    }

    [Fact]
    [Trait("spec", "multicast/9.2")]
    public void A_failed_phase_is_one_text_however_many_groups_failed_in_it()
    {
        var errors = new TurnErrors();
        errors.Add(GroupPhase.Active, "group a: 500");
        errors.Add(GroupPhase.Active, "group b: 500");
        errors.Add(GroupPhase.Creating, "group c: 507");
        errors.Add(TurnErrors.Orphans, "orphan d is still there");

        errors.ByPhase.ShouldBe(["active groups: group a: 500 (and 1 more)", "creating groups: group c: 507", "orphans: orphan d is still there"]);
        errors.Summary.ShouldBe("group a: 500 (and 3 more)");
    }
}
