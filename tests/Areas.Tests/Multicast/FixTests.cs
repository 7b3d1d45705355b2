using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Multicast;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>Corrections of multicast 9.3 that no scenario of its own covers; the others carry their trait beside the scenario's.</summary>
public sealed class FixTests
{
    [Fact]
    [Trait("spec", "multicast/40")]
    public async Task FIX_9_a_group_that_had_to_be_left_first_comes_back_under_its_name_and_address()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255", isDefault: true);
        await world.PoolAsync("232.1.0.5", "232.1.0.5");
        (await world.JoinAsync(await world.StoppedAsync(), "232.1.0.5", ["10.0.0.5"])).ShouldBeAccepted(); // that pool is empty
        var (instance, other) = (await world.StoppedAsync(), await world.StoppedAsync());
        var feed = (await world.JoinAsync(instance, "feed")).ShouldBeAccepted();
        var shared = (await world.JoinAsync(instance, "shared")).ShouldBeAccepted();
        (await world.JoinAsync(other, "shared")).ShouldBeAccepted();
        string[] kept = [.. Enumerable.Range(100, 30).Select(n => $"224.2.0.{n}")];
        foreach (var group in kept)
        {
            (await world.JoinAsync(instance, group)).ShouldBeAccepted();
        }

        // One must leave first: the one that lives on without.
        var few = await world.ReplaceAsync(instance, [.. kept.Select(g => (g, (string[]?)null)), ("fresh", ["10.0.0.5"])]);
        few.ShouldBeRefused(RefusalKind.InsufficientCapacity);
        (await world.MembershipsAsync(instance)).Select(m => m.Group).ShouldBe([feed.Group, shared.Group, .. await Task.WhenAll(kept.Select(IdAsync))], ignoreOrder: true);

        // Both must, and the group that ended is made again.
        (string, string[]?)[] two = [.. kept.Select(g => (g, (string[]?)null)), ("next", null), ("fresh", ["10.0.0.5"])];
        (await world.ReplaceAsync(instance, two)).ShouldBeRefused(RefusalKind.InsufficientCapacity);
        (await world.MembershipsAsync(instance)).Length.ShouldBe(32);
        (await world.GroupAsync("feed")).ShouldNotBeNull().Address.ShouldBe(feed.Address);
        (await world.GroupAsync("shared"))!.Id.ShouldBe(shared.Group);

        async Task<GroupId> IdAsync(string group) => (await world.GroupAsync(group))!.Id;
    }

    [Fact]
    [Trait("spec", "multicast/FIX-1")]
    [Trait("spec", "multicast/FIX-3")]
    public async Task Lost_group_is_made_again_under_its_tag_on_the_switch_that_lost_it_only()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var group = (await world.JoinAsync(await world.RunningAsync(7), "feed")).ShouldBeAccepted();
        await world.ConvergeAsync();
        var untouched = world.First.Writes;

        world.Second.Restart();
        await world.PassAsync();

        world.Second.Groups.Length.ShouldBe(2);
        world.Second.Groups.ShouldAllBe(g => g.Tag == $"{group.Group}:{group.Address}");
        world.First.Writes.ShouldBe(untouched);
    }

    [Fact]
    [Trait("spec", "multicast/FIX-3")]
    public async Task Ids_that_differ_between_switches_are_no_difference()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        world.Second.Plant(new SwitchGroup { Address = "ff04::9", IsUnderlay = true, Tag = "somebody", ExternalGroupId = 1 });
        await world.Second.CreateUnderlayAsync(new UnderlayGroupBody("ff04::8", "somebody", []), default);
        (await world.JoinAsync(await world.RunningAsync(7), "feed")).ShouldBeAccepted();
        await world.ConvergeAsync();
        world.First.Groups[0].ExternalGroupId.ShouldNotBe(world.Second.Groups[0].ExternalGroupId);
        var writes = world.First.Writes + world.Second.Writes;

        await world.ConvergeAsync();

        (world.First.Writes + world.Second.Writes).ShouldBe(writes);
    }

    [Fact]
    [Trait("spec", "multicast/FIX-4")]
    public async Task Repair_of_sources_does_not_write_the_member_list()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        (await world.JoinAsync(await world.RunningAsync(7), "feed", ["10.0.0.5"])).ShouldBeAccepted();
        await world.ConvergeAsync();
        world.First.Plant(world.First.Groups.Single(g => !g.IsUnderlay) with { Sources = ["10.0.0.9"] });
        var writes = world.First.Writes;

        await world.PassAsync();

        world.First.Writes.ShouldBe(writes + 1);
        world.First.Groups.Single(g => !g.IsUnderlay).Sources.ShouldBe(["10.0.0.5"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("spec", "multicast/FIX-7")]
    public async Task Removal_that_was_done_in_part_is_finished(bool losesUnderlay)
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        (await world.JoinAsync(instance, "feed")).ShouldBeAccepted();
        await world.ConvergeAsync();
        (world.First.IsDown, world.Second.IsDown) = (true, true);
        (await world.LeaveAsync(instance, "feed")).ShouldBeAccepted();
        await world.PassAsync();
        foreach (var gone in world.Second.Groups.Where(g => !g.IsUnderlay || losesUnderlay))
        {
            world.Second.Lose(gone.Address);
        }

        (world.First.IsDown, world.Second.IsDown) = (false, false);
        await world.ConvergeAsync();

        (await world.RowsAsync(GroupViews.Details)).ShouldBeEmpty();
        world.First.Groups.ShouldBeEmpty();
        world.Second.Groups.ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "multicast/FIX-11")]
    public async Task Turn_that_is_repeated_after_a_crash_succeeds_on_an_active_group()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var group = (await world.JoinAsync(await world.RunningAsync(7), "feed")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();
        var report = new SwitchReport
        {
            Switch = MulticastWorld.Key(0),
            Generation = 1,
            Result = SwitchResult.Applied,
            Since = world.Time.GetUtcNow(),
            Recorded = [new RecordedSwitch(MulticastWorld.Key(0)), new RecordedSwitch(MulticastWorld.Key(1))],
        };

        // What a turn that died before it heard the answer says once more.
        await world.AskAsync(Gantry.Contracts.Addresses.MulticastGroup(group), new GroupCommand.RecordApplied(report));
        await world.ConvergeAsync();

        (await world.GroupAsync("feed"))!.State.ShouldBe(GroupPhase.Active);
        (await world.StandingAsync(group, 0)).LaggingSince.ShouldBeNull();
    }

    [Fact]
    [Trait("spec", "multicast/FIX-13")]
    public async Task Doubt_about_the_version_of_an_SSM_group_does_not_end_in_an_ASM_group()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255", isDefault: true);
        await world.PoolAsync("232.1.0.0", "232.1.0.255");
        await world.PoolAsync("ff3e::", "ff3e::ff");

        (await world.JoinAsync(await world.RunningAsync(7), "feed", ["10.0.0.5"])).ShouldBeRefused(mentions: "ip_version");

        (await world.GroupAsync("feed")).ShouldBeNull();
    }

    [Fact]
    [Trait("spec", "multicast/FIX-15")]
    public async Task Longest_address_outside_the_underlay_subnet_makes_a_group_whose_tag_fits()
    {
        const string address = "ff04:1111:2222:3333:4444:5555:6666:7777";
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync(address, address);

        var group = (await world.JoinAsync(await world.RunningAsync(7), address)).ShouldBeAccepted();
        await world.ConvergeAsync();

        (await world.GroupAsync(address))!.State.ShouldBe(GroupPhase.Active);
        world.First.Groups.ShouldAllBe(g => g.Tag == $"{group.Group}:{address}" && g.Tag.Length == 76);
    }

    [Fact]
    [Trait("spec", "multicast/FIX-16")]
    public async Task Migration_nudges_the_reconciler_of_every_switch()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        (await world.JoinAsync(instance, "feed")).ShouldBeAccepted();
        await world.ConvergeAsync();
        world.PlaceSled(MulticastWorld.Sled("target"), 9);
        var nudges = world.Nudges;

        await world.TellAsync(instance, 3, "vmm", MulticastWorld.Sled("target"));
        await world.QuietAsync();

        world.Nudges.ShouldBeGreaterThanOrEqualTo(nudges + 2);
    }

    [Fact]
    [Trait("spec", "multicast/FIX-20")]
    public async Task Without_any_inventory_nobody_is_demoted_and_nobody_joins()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var (one, late) = (await world.RunningAsync(7), await world.RunningAsync(8));
        var group = (await world.JoinAsync(one, "feed")).ShouldBeAccepted().Group;
        await world.ConvergeAsync();

        foreach (var sled in new[] { "nobody", "cubby 7", "cubby 8" })
        {
            world.Views.Drop(InventoryViews.SledPorts, MulticastWorld.Sled(sled).ToString());
        }

        (await world.JoinAsync(late, "feed")).ShouldBeAccepted();
        await world.ConvergeAsync();

        (await world.MemberAsync(one, group))!.State.ShouldBe(MemberState.Joined);
        (await world.MemberAsync(late, group))!.State.ShouldBe(MemberState.Joining);
        (await world.PortsAsync(group, world.First)).ShouldBe(["rear7"]);
        world.PlaceSled(MulticastWorld.Sled("cubby 7"), 7);
        world.PlaceSled(MulticastWorld.Sled("cubby 8"), 8);
        await world.ConvergeAsync();
        (await world.MemberAsync(late, group))!.State.ShouldBe(MemberState.Joined);
    }
}
