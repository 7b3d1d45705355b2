using Gantry.Devices;
using Gantry.Multicast;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>Answers of a switch that ask for more than another try, and what must not follow from them (switch-dpd 3.6, 5).</summary>
public sealed class SwitchTroubleTests
{
    [Fact]
    [Trait("spec", "switch-dpd/D5")]
    public void An_underlay_group_that_could_be_made_shows_that_the_switch_need_not_be_emptied()
    {
        var memory = new SwitchMemory();
        for (var i = 0; i < 5; i++)
        {
            memory.IsBeyondRepair.ShouldBeFalse();
            memory.CountUnderlay(isRefused: true);
        }

        memory.IsBeyondRepair.ShouldBeTrue("a daemon that can make none");
        memory.CountUnderlay(isRefused: false);
        memory.IsBeyondRepair.ShouldBeFalse();
        memory.MarkStuck();
        memory.CountUnderlay(isRefused: false);
        memory.IsBeyondRepair.ShouldBeTrue("a removal by tag is refused all the same");
    }

    [Fact]
    [Trait("spec", "switch-dpd/D13")]
    public async Task A_fault_made_on_purpose_is_no_proof_that_a_group_cannot_be_removed()
    {
        await using var world = await WithGroupAsync();
        var (sets, resets) = (0, 0);
        world.First.Refuses = call => call switch
        {
            nameof(ISwitchPort.SetMembersAsync) when ++sets == 1 => 409,
            nameof(ISwitchPort.ResetTagAsync) when ++resets == 1 => 418,
            _ => null,
        };

        (await world.JoinAsync(await world.RunningAsync(9), "224.2.0.5")).ShouldBeAccepted();
        await world.ConvergeAsync();

        (sets > 0, resets > 0).ShouldBe((true, true));
        world.First.Calls.ShouldNotContain(nameof(ISwitchPort.ResetAllAsync));
        await HoldsAllAsync(world, groups: 1);
    }

    [Fact]
    [Trait("spec", "switch-dpd/D6")]
    public async Task A_group_left_halfway_is_made_anew_even_when_it_looks_as_wanted_again()
    {
        await using var world = await WithGroupAsync();
        var second = await world.RunningAsync(9);
        world.First.Refuses = call => call is nameof(ISwitchPort.SetMembersAsync) or nameof(ISwitchPort.ResetTagAsync) ? 500 : null;
        (await world.JoinAsync(second, "224.2.0.5")).ShouldBeAccepted();
        await world.PassAsync();
        (await world.LeaveAsync(second, "224.2.0.5")).ShouldBeAccepted();
        world.First.Refuses = null;
        world.First.Calls.Clear();

        await world.ConvergeAsync();

        world.First.Calls.ShouldContain(nameof(ISwitchPort.ResetTagAsync));
        await HoldsAllAsync(world, groups: 1);
        world.First.Calls.Clear();
        await world.PassAsync();
        world.First.Calls.ShouldBeEmpty("it is whole again");
    }

    [Fact]
    [Trait("spec", "switch-dpd/D8")]
    public async Task A_full_table_is_named_and_not_asked_again_at_once()
    {
        await using var world = await WithGroupAsync();
        world.First.Refuses = call => call == nameof(ISwitchPort.CreateUnderlayAsync) ? 507 : null;
        var group = (await world.JoinAsync(await world.RunningAsync(9), "224.2.0.6")).ShouldBeAccepted().Group;
        world.First.Calls.Clear();

        await world.PassAsync();

        world.First.Calls.Count(c => c == nameof(ISwitchPort.CreateUnderlayAsync)).ShouldBe(1);
        (await world.StandingAsync(group, 0)).Error.ShouldNotBeNull().ShouldContain("switch full");
        world.First.Refuses = null;
        await world.ConvergeAsync();
        await HoldsAllAsync(world, groups: 2);
    }

    [Fact]
    [Trait("spec", "switch-dpd/D11")]
    public async Task A_daemon_without_multicast_is_called_unsupported()
    {
        await using var world = await WithGroupAsync();
        world.First.Refuses = call => call == nameof(ISwitchPort.ListGroupsAsync) ? 501 : null;

        await world.PassAsync();

        world.Status.Summary.Errors.ShouldContain(e => e.Contains("unsupported", StringComparison.Ordinal));
    }

    private static async Task<MulticastWorld> WithGroupAsync()
    {
        var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        (await world.JoinAsync(await world.RunningAsync(7), "224.2.0.5")).ShouldBeAccepted();
        await world.ConvergeAsync();
        return world;
    }

    private static async Task HoldsAllAsync(MulticastWorld world, int groups)
    {
        world.First.Groups.Length.ShouldBe(2 * groups);
        (await world.RowsAsync(GroupViews.Groups)).ShouldAllBe(g => g.State == GroupPhase.Active);
        (await world.RowsAsync(GroupViews.Members)).ShouldAllBe(m => m.State == MemberState.Joined);
    }
}
