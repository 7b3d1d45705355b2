using Gantry.Multicast;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Multicast;

public sealed class LeavingTests
{
    [Fact]
    [Trait("spec", "multicast/28")]
    public async Task Group_stays_active_while_a_member_is_left_and_leaving_twice_is_fine()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var (one, other) = (await world.RunningAsync(7), await world.RunningAsync(8));
        var group = (await world.JoinAsync(one, "224.2.0.5")).ShouldBeAccepted().Group;
        (await world.JoinAsync(other, "224.2.0.5")).ShouldBeAccepted();
        await world.ConvergeAsync();

        (await world.LeaveAsync(one, "224.2.0.5")).ShouldBeAccepted();
        (await world.LeaveAsync(one, "224.2.0.5")).ShouldBeAccepted();

        (await world.GroupAsync("224.2.0.5"))!.State.ShouldBe(GroupPhase.Active);
        await world.ConvergeAsync();
        (await world.PortsAsync(group, world.First)).ShouldBe(["rear8"]);
    }

    [Fact]
    [Trait("spec", "multicast/29")]
    public async Task Leave_of_the_last_member_hides_the_group_at_once_and_a_pass_cleans_both_switches()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        var group = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();

        (await world.LeaveAsync(instance, "224.2.0.5")).ShouldBeAccepted();

        (await world.GroupAsync("224.2.0.5")).ShouldBeNull();
        (await world.GroupAsync(group.ToString())).ShouldBeNull();
        (await world.LeaveAsync(instance, "224.2.0.5")).ShouldBeRefused(RefusalKind.NotFound);
        await world.PassAsync();
        world.First.Groups.ShouldBeEmpty();
        world.Second.Groups.ShouldBeEmpty();
        (await world.DetailAsync(group)).ShouldBeNull();
        (await world.RowsAsync(GroupViews.Switches)).ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "multicast/30")]
    public async Task Name_of_a_vanished_group_gives_a_new_group()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        var old = (await world.JoinAsync(instance, "feed")).ShouldBeAccepted();
        (await world.LeaveAsync(instance, "feed")).ShouldBeAccepted();

        var fresh = (await world.JoinAsync(instance, "feed")).ShouldBeAccepted();

        fresh.Group.ShouldNotBe(old.Group);
        fresh.Address.ShouldBe(old.Address);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [Trait("spec", "multicast/51")]
    public async Task Leave_of_the_last_racing_with_a_join_never_strands_a_member(int round)
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var (one, other) = (await world.RunningAsync(7), await world.RunningAsync(8));
        for (var i = 0; i < 10; i++)
        {
            var address = $"224.2.{0}.{(round * 10) + i}";
            (await world.JoinAsync(one, address)).ShouldBeAccepted();

            var leave = Task.Run(() => world.LeaveAsync(one, address));
            var join = Task.Run(() => world.JoinAsync(other, address));
            (await leave).ShouldBeAccepted();
            var member = (await join).ShouldBeAccepted();

            await world.QuietAsync();
            (await world.GroupAsync(address))!.Id.ShouldBe(member.Group);
            (await world.MembersAsync(member.Group)).Select(m => m.Instance).ShouldBe([other]);
        }
    }

    [Fact]
    public async Task Address_reused_while_the_old_group_waits_gets_another_salt_and_becomes_active_after_it_went()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.5", "224.2.0.5");
        var instance = await world.RunningAsync(7);
        var old = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();
        world.Second.IsDown = true;
        (await world.LeaveAsync(instance, "224.2.0.5")).ShouldBeAccepted();

        var fresh = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted().Group;
        await world.PassAsync();

        (await world.DetailAsync(fresh))!.Salt.ShouldBe(1);
        (await world.DetailAsync(old))!.State.ShouldBe(GroupPhase.Deleting);
        world.Second.IsDown = false;
        await world.ConvergeAsync();
        (await world.DetailAsync(old)).ShouldBeNull();
        (await world.DetailAsync(fresh))!.State.ShouldBe(GroupPhase.Active);
        world.Second.Groups.Select(g => g.Tag).Distinct().Single().ShouldBe($"{fresh}:224.2.0.5");
    }
}
