using Gantry.Multicast;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Multicast;

public sealed class JoiningTests
{
    [Fact]
    [Trait("spec", "multicast/1")]
    public async Task First_join_of_an_ASM_address_makes_the_group_and_a_pass_makes_both_active()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(cubby: 7);

        var member = (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted();

        member.State.ShouldBe(MemberState.Joining);
        var group = (await world.GroupAsync("224.2.0.5"))!;
        (group.Name, group.State).ShouldBe(("mcast-224-2-0-5", GroupPhase.Creating));
        group.Description.ShouldBe("Implicitly created multicast group for 224.2.0.5");
        await world.ConvergeAsync();
        (await world.GroupAsync("224.2.0.5"))!.State.ShouldBe(GroupPhase.Active);
        (await world.MemberAsync(instance, group.Id))!.State.ShouldBe(MemberState.Joined);
        (await world.PortsAsync(group.Id, world.First)).ShouldBe(["rear7"]);
        (await world.PortsAsync(group.Id, world.Second)).ShouldBe(["rear7"]);
    }

    [Fact]
    [Trait("spec", "multicast/2")]
    public async Task SSM_join_with_sources_shows_them_sorted()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("232.1.0.0", "232.1.0.255");
        var instance = await world.RunningAsync(7);

        (await world.JoinAsync(instance, "232.1.0.9", ["10.0.0.6", "10.0.0.5", "10.0.0.6"])).ShouldBeAccepted();

        var group = (await world.GroupAsync("232.1.0.9"))!;
        group.Sources.Select(s => s.ToString()).ShouldBe(["10.0.0.5", "10.0.0.6"]);
        group.HasAnySourceMember.ShouldBeFalse();
        await world.ConvergeAsync();
        world.First.Groups.Single(g => !g.IsUnderlay).Sources.ShouldBe(["10.0.0.5", "10.0.0.6"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("spec", "multicast/3")]
    [Trait("spec", "multicast/4")]
    public async Task SSM_join_without_sources_is_refused_and_leaves_nothing(bool isEmptyList)
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("232.1.0.0", "232.1.0.255");
        var instance = await world.RunningAsync(7);

        (await world.JoinAsync(instance, "232.1.0.9", isEmptyList ? [] : null)).ShouldBeRefused(mentions: "source");

        (await world.GroupAsync("232.1.0.9")).ShouldBeNull();
        (await world.MembershipsAsync(instance)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("spec", "multicast/5")]
    [Trait("spec", "multicast/6")]
    public async Task Second_join_of_an_SSM_group_needs_sources_too(bool byName)
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("232.1.0.0", "232.1.0.255");
        var first = (await world.JoinAsync(await world.RunningAsync(7), "232.1.0.9", ["10.0.0.5"])).ShouldBeAccepted();

        var refused = await world.JoinAsync(await world.RunningAsync(8), byName ? "mcast-232-1-0-9" : first.Group.ToString());

        refused.ShouldBeRefused(mentions: "source");
        (await world.MembersAsync(first.Group)).Length.ShouldBe(1);
    }

    [Fact]
    [Trait("spec", "multicast/7")]
    public async Task ASM_group_with_an_any_source_member_keeps_the_sources_listed_and_opens_the_switch_filter()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");

        (await world.JoinAsync(await world.RunningAsync(7), "224.2.0.5", ["10.0.0.5"])).ShouldBeAccepted();
        (await world.GroupAsync("224.2.0.5"))!.HasAnySourceMember.ShouldBeFalse();
        await world.ConvergeAsync();
        world.First.Groups.Single(g => !g.IsUnderlay).Sources.ShouldBe(["10.0.0.5"]);
        (await world.JoinAsync(await world.RunningAsync(8), "224.2.0.5")).ShouldBeAccepted();

        var group = (await world.GroupAsync("224.2.0.5"))!;
        group.HasAnySourceMember.ShouldBeTrue();
        group.Sources.Single().ToString().ShouldBe("10.0.0.5");
        await world.ConvergeAsync();
        world.First.Groups.Single(g => !g.IsUnderlay).Sources.ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "multicast/8")]
    public async Task Union_of_sources_shrinks_when_a_member_leaves()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("232.1.0.0", "232.1.0.255");
        var (one, other) = (await world.RunningAsync(7), await world.RunningAsync(8));
        (await world.JoinAsync(one, "232.1.0.9", ["10.0.0.5"])).ShouldBeAccepted();
        (await world.JoinAsync(other, "232.1.0.9", ["10.0.0.6"])).ShouldBeAccepted();

        (await world.LeaveAsync(one, "232.1.0.9")).ShouldBeAccepted();

        (await world.GroupAsync("232.1.0.9"))!.Sources.Single().ToString().ShouldBe("10.0.0.6");
    }

    [Fact]
    [Trait("spec", "multicast/9")]
    [Trait("spec", "multicast/53")]
    public async Task Joining_an_existing_group_needs_no_pool_of_the_silo()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var stranger = new SiloId(GuidForm.FromText("other silo"));
        var first = (await world.JoinAsync(await world.RunningAsync(7), "224.2.0.5")).ShouldBeAccepted();
        var foreign = await world.RunningAsync(8);

        (await world.JoinAsync(foreign, "224.2.0.5", silo: stranger)).ShouldBeAccepted().Group.ShouldBe(first.Group);

        (await world.JoinAsync(foreign, "224.2.0.6", silo: stranger)).ShouldBeRefused(mentions: "pool");
        (await world.JoinAsync(foreign, "another-group", silo: stranger)).ShouldBeRefused(mentions: "link a multicast pool");
    }

    [Fact]
    [Trait("spec", "multicast/10")]
    public async Task Repeated_join_gives_the_same_member_unchanged()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        var first = (await world.JoinAsync(instance, "224.2.0.5", ["10.0.0.5"])).ShouldBeAccepted();
        world.Time.Advance(TimeSpan.FromSeconds(1));

        var again = (await world.JoinAsync(instance, "224.2.0.5", ["10.0.0.6"])).ShouldBeAccepted();

        (again.Id, again.TimeModified).ShouldBe((first.Id, first.TimeModified));
        again.Sources.ShouldBe(first.Sources);
        (await world.MembersAsync(first.Group)).Length.ShouldBe(1);
    }

    [Fact]
    [Trait("spec", "multicast/11")]
    public async Task Address_in_no_linked_pool_is_refused()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255", silo: new SiloId(GuidForm.FromText("other silo")));
        var instance = await world.RunningAsync(7);

        (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeRefused(mentions: "pool");
        (await world.JoinAsync(instance, "10.0.0.1")).ShouldBeRefused(mentions: "pool");

        (await world.RowsAsync(GroupViews.Groups)).ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "multicast/12")]
    public async Task Unknown_uuid_is_not_found()
    {
        await using var world = await MulticastWorld.StartAsync();
        var unknown = GuidForm.FromText("no such group").ToString();

        (await world.JoinAsync(await world.RunningAsync(7), unknown)).ShouldBeRefused(RefusalKind.NotFound);

        (await world.RowsAsync(GroupViews.Details)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("224.2.0.5", "fd00::5")]
    [InlineData("ff0e::5", "10.0.0.5")]
    [Trait("spec", "multicast/13")]
    public async Task Source_of_the_other_family_is_refused(string group, string source)
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        await world.PoolAsync("ff0e::", "ff0e::ff");

        (await world.JoinAsync(await world.RunningAsync(7), group, [source])).ShouldBeRefused(mentions: "family");

        (await world.GroupAsync(group)).ShouldBeNull();
    }

    [Fact]
    [Trait("spec", "multicast/13")]
    public async Task Source_of_the_other_family_on_a_new_name_gives_the_address_back()
    {
        await using var world = await MulticastWorld.StartAsync();
        var pool = await world.PoolAsync("224.2.0.5", "224.2.0.5");

        (await world.JoinAsync(await world.RunningAsync(7), "feed", ["fd00::5"])).ShouldBeRefused(mentions: "family");

        await world.QuietAsync();
        (await world.RemoveRangeAsync(pool, "224.2.0.5", "224.2.0.5")).ShouldBeAccepted();
    }

    [Fact]
    [Trait("spec", "multicast/14")]
    public async Task Deleted_instance_cannot_join()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        await world.DeleteAsync(instance);

        (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeRefused(mentions: "does not exist");

        (await world.GroupAsync("224.2.0.5")).ShouldBeNull();
    }

    [Theory]
    [InlineData("224.2.0.5", 2)]
    [InlineData("224.2.0.5", 24)]
    [InlineData("feed", 24)]
    [Trait("spec", "multicast/16")]
    public async Task Concurrent_first_joins_make_one_group(string group, int count)
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instances = new List<InstanceId>();
        for (var i = 0; i < count; i++)
        {
            instances.Add(await world.RunningAsync(i));
        }

        var outcomes = await Task.WhenAll(instances.Select(i => Task.Run(() => world.JoinAsync(i, group))));

        var groups = outcomes.Select(o => o.ShouldBeAccepted().Group).Distinct().ToList();
        groups.Count.ShouldBe(1);
        (await world.MembersAsync(groups[0])).Length.ShouldBe(count);
        await world.AfterAsync(TimeSpan.FromSeconds(31));
        (await world.RowsAsync(GroupViews.Groups)).Length.ShouldBe(1);
        (await world.JoinAsync(instances[0], "another")).ShouldBeAccepted();
    }

    [Fact]
    [Trait("spec", "multicast/17")]
    public async Task Member_shows_the_groups_address_everywhere()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);

        var member = (await world.JoinAsync(instance, "feed")).ShouldBeAccepted();

        var group = (await world.GroupAsync("feed"))!;
        member.Address.ShouldBe(group.Address);
        (await world.MembersAsync(group.Id)).Single().Address.ShouldBe(group.Address);
        (await world.MembershipsAsync(instance)).Single().Address.ShouldBe(group.Address);
        group.Description.ShouldBe("Implicitly created for instance attachment");
    }

    [Fact]
    [Trait("spec", "multicast/FIX-10")]
    public async Task Thirty_third_group_is_refused_and_a_repeat_is_not_counted()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);
        for (var i = 0; i < MulticastLimits.GroupsPerInstance; i++)
        {
            (await world.JoinAsync(instance, $"224.2.0.{i}")).ShouldBeAccepted();
        }

        (await world.JoinAsync(instance, "224.2.0.99")).ShouldBeRefused(mentions: "32 groups");
        (await world.JoinAsync(instance, "224.2.0.3")).ShouldBeAccepted();
        (await world.LeaveAsync(instance, "224.2.0.3")).ShouldBeAccepted();
        (await world.JoinAsync(instance, "224.2.0.99")).ShouldBeAccepted();

        (await world.GroupAsync("224.2.0.3")).ShouldBeNull();
    }

    [Fact]
    public async Task Name_that_an_address_would_get_is_taken_by_another_group()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var named = (await world.JoinAsync(await world.RunningAsync(7), "mcast-224-2-0-9")).ShouldBeAccepted();
        named.Address.ToString().ShouldBe("224.2.0.0");

        (await world.JoinAsync(await world.RunningAsync(8), "224.2.0.9")).ShouldBeRefused(RefusalKind.AlreadyExists);

        await world.QuietAsync();
        (await world.RowsAsync(GroupViews.Groups)).Length.ShouldBe(1);
    }

    [Fact]
    [Trait("spec", "multicast/54")]
    public async Task With_the_feature_off_joins_are_refused_and_replacements_skipped()
    {
        await using var world = await MulticastWorld.StartAsync(enabled: false);
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        var instance = await world.RunningAsync(7);

        (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeRefused(mentions: "disabled");
        (await world.LeaveAsync(instance, "224.2.0.5")).ShouldBeRefused(mentions: "disabled");
        (await world.ReplaceAsync(instance, ("224.2.0.5", null))).ShouldBeAccepted();
        await world.PassAsync();

        world.Status.Summary.Disabled.ShouldBeTrue();
        (await world.RowsAsync(GroupViews.Details)).ShouldBeEmpty();
        world.First.Writes.ShouldBe(0);
    }
}
