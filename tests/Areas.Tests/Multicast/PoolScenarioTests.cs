using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Multicast;

public sealed class PoolScenarioTests
{
    [Fact]
    [Trait("spec", "multicast/18")]
    public async Task Ranges_must_match_the_pools_type()
    {
        await using var world = await MulticastWorld.StartAsync();
        var multicast = await world.EmptyPoolAsync(PoolType.Multicast, IpVersion.V4);
        var unicast = await world.EmptyPoolAsync(PoolType.Unicast, IpVersion.V4);

        (await world.AddRangeAsync(multicast, "10.0.0.0", "10.0.0.9")).ShouldBeRefused(mentions: "multicast pool");
        (await world.AddRangeAsync(unicast, "224.2.0.0", "224.2.0.9")).ShouldBeRefused(mentions: "unicast pool");
        (await world.AddRangeAsync(unicast, "10.0.0.0", "10.0.0.9")).ShouldBeAccepted();
    }

    [Theory]
    [InlineData("224.2.0.0", "232.1.0.0")]
    [InlineData("232.1.0.0", "224.2.0.0")]
    [Trait("spec", "multicast/19")]
    public async Task Classes_cannot_be_mixed_in_one_pool(string first, string second)
    {
        await using var world = await MulticastWorld.StartAsync();
        var pool = await world.EmptyPoolAsync(PoolType.Multicast, IpVersion.V4);

        (await world.AddRangeAsync(pool, first, first)).ShouldBeAccepted();

        (await world.AddRangeAsync(pool, second, second)).ShouldBeRefused(mentions: "mixed");
    }

    [Fact]
    [Trait("spec", "multicast/20")]
    public async Task Reserved_ranges_are_refused_and_others_accepted()
    {
        await using var world = await MulticastWorld.StartAsync();
        var v4 = await world.EmptyPoolAsync(PoolType.Multicast, IpVersion.V4);
        var v6 = await world.EmptyPoolAsync(PoolType.Multicast, IpVersion.V6);

        (await world.AddRangeAsync(v4, "224.0.0.1", "224.0.0.9")).ShouldBeRefused(mentions: "link-local multicast");
        (await world.AddRangeAsync(v6, "ff02::1", "ff02::9")).ShouldBeRefused();
        (await world.AddRangeAsync(v6, "ff04::1", "ff04::9")).ShouldBeRefused(mentions: "underlay");
        (await world.AddRangeAsync(v4, "233.1.0.0", "233.1.0.255")).ShouldBeAccepted();
        (await world.AddRangeAsync(v4, "239.1.0.0", "239.1.0.255")).ShouldBeAccepted();
        (await world.AddRangeAsync(v6, "ff05::", "ff05::ffff:ffff:ffff:ffff")).ShouldBeAccepted();
        (await world.AddRangeAsync(v6, "ff0e::", "ff0e::ffff:ffff:ffff:ffff")).ShouldBeAccepted();
        (await world.AddRangeAsync(v6, "ff04:0:0:1::", "ff04:0:0:1::ffff")).ShouldBeAccepted();
    }

    [Fact]
    [Trait("spec", "multicast/21")]
    public async Task Live_group_blocks_range_pool_and_unlink_until_the_last_leave()
    {
        await using var world = await MulticastWorld.StartAsync();
        var pool = await world.PoolAsync("224.2.0.0", "224.2.0.9");
        var address = Addresses.IpPool(pool.Id);
        var instance = await world.RunningAsync(7);
        (await world.JoinAsync(instance, "224.2.0.5")).ShouldBeAccepted();

        (await world.RemoveRangeAsync(pool, "224.2.0.0", "224.2.0.9")).ShouldBeRefused(mentions: "multicast group");
        (await world.TryAsync(address, new PoolCommand.Delete())).ShouldBeRefused(mentions: "range");
        (await world.TryAsync(address, new PoolCommand.Unlink(MulticastWorld.Silo))).ShouldBeRefused(mentions: "in use in the linked silo");
        (await world.RemoveRangeAsync(pool, "224.2.0.0", "224.2.0.8")).ShouldBeRefused(mentions: "exactly");
        (await world.LeaveAsync(instance, "224.2.0.5")).ShouldBeAccepted();

        (await world.TryAsync(address, new PoolCommand.Unlink(MulticastWorld.Silo))).ShouldBeAccepted();
        (await world.RemoveRangeAsync(pool, "224.2.0.0", "224.2.0.9")).ShouldBeAccepted();
        (await world.TryAsync(address, new PoolCommand.Delete())).ShouldBeAccepted();
    }

    [Fact]
    [Trait("spec", "multicast/22")]
    public async Task Exhausted_pool_is_out_of_capacity_until_an_address_is_free()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.5", "224.2.0.7");
        var instance = await world.RunningAsync(7);
        foreach (var name in new[] { "one", "two", "three" })
        {
            (await world.JoinAsync(instance, name)).ShouldBeAccepted();
        }

        (await world.JoinAsync(instance, "four")).ShouldBeRefused(RefusalKind.InsufficientCapacity, "no multicast addresses available");
        (await world.LeaveAsync(instance, "two")).ShouldBeAccepted();

        (await world.JoinAsync(instance, "four")).ShouldBeAccepted().Address.ToString().ShouldBe("224.2.0.6");
    }

    [Fact]
    [Trait("spec", "multicast/23")]
    [Trait("spec", "multicast/25")]
    public async Task Sources_choose_the_class_of_a_named_group_but_not_of_an_address()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");
        await world.PoolAsync("232.1.0.0", "232.1.0.255");
        var instance = await world.RunningAsync(7);

        var with = (await world.JoinAsync(instance, "with", ["10.0.0.5"])).ShouldBeAccepted();
        var without = (await world.JoinAsync(instance, "without")).ShouldBeAccepted();
        var given = (await world.JoinAsync(instance, "224.2.0.77", ["10.0.0.5"])).ShouldBeAccepted();

        with.Address.ToString().ShouldBe("232.1.0.0");
        without.Address.ToString().ShouldBe("224.2.0.0");
        given.Address.ToString().ShouldBe("224.2.0.77");
    }

    [Fact]
    [Trait("spec", "multicast/24")]
    public async Task Without_an_SSM_pool_sources_go_with_an_ASM_address()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255");

        var member = (await world.JoinAsync(await world.RunningAsync(7), "feed", ["10.0.0.5"])).ShouldBeAccepted();

        member.Address.ToString().ShouldBe("224.2.0.0");
        member.Sources.Single().ToString().ShouldBe("10.0.0.5");
    }

    [Fact]
    [Trait("spec", "multicast/26")]
    public async Task Without_any_pool_a_new_name_is_refused()
    {
        await using var world = await MulticastWorld.StartAsync();

        (await world.JoinAsync(await world.RunningAsync(7), "feed")).ShouldBeRefused(mentions: "link a multicast pool");
    }

    [Fact]
    [Trait("spec", "multicast/27")]
    public async Task Pools_of_both_versions_need_a_word_from_the_caller()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync("224.2.0.0", "224.2.0.255", isDefault: true);
        await world.PoolAsync("ff0e::", "ff0e::ff");
        var instance = await world.RunningAsync(7);

        (await world.JoinAsync(instance, "feed")).ShouldBeRefused(mentions: "ip_version");

        (await world.JoinAsync(instance, "feed", version: "v6")).ShouldBeAccepted().Address.ToString().ShouldBe("ff0e::");
    }

    [Fact]
    public async Task Ranges_of_different_pools_never_overlap_even_when_added_at_once()
    {
        await using var world = await MulticastWorld.StartAsync();
        var pools = new List<IpPoolRow>();
        for (var i = 0; i < 4; i++)
        {
            pools.Add(await world.EmptyPoolAsync(PoolType.Multicast, IpVersion.V4));
        }

        var outcomes = await Task.WhenAll(pools.Select(p => Task.Run(() => world.AddRangeAsync(p, "224.2.0.0", "224.2.0.9"))));

        outcomes.Count(o => o is Outcome<PoolRangeReply>.Accepted).ShouldBe(1);
        (await world.RowsAsync(PoolViews.Ranges)).Length.ShouldBe(1);
    }

    [Fact]
    public async Task New_default_demotes_only_the_one_of_its_type_and_version()
    {
        await using var world = await MulticastWorld.StartAsync();
        var old = await world.PoolAsync("224.2.0.0", "224.2.0.9", isDefault: true);
        var v6 = await world.PoolAsync("ff0e::", "ff0e::9", isDefault: true);
        var fresh = await world.PoolAsync("224.3.0.0", "224.3.0.9", isDefault: true);

        (await DefaultsAsync(world)).ShouldBe([v6.Id, fresh.Id], ignoreOrder: true);
        await world.QuietAsync();
        (await world.TryAsync(Addresses.IpPool(fresh.Id), new PoolCommand.Unlink(MulticastWorld.Silo))).ShouldBeAccepted();

        (await DefaultsAsync(world)).ShouldBe([v6.Id]);
        (await world.RowsAsync(PoolViews.Links)).ShouldContain(l => l.Pool == old.Id);
    }

    [Fact]
    public async Task Taken_names_and_repeated_links_exist_already()
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.EmptyPoolAsync(PoolType.Multicast, IpVersion.V4, "pool");
        var linked = await world.PoolAsync("224.2.0.0", "224.2.0.9");

        var create = new PoolCommand.Create("pool", "", PoolType.Unicast, IpVersion.V4, PoolAssignment.Silos);
        (await world.Pools.CreateAsync(new PoolId(GuidForm.FromText("x")), create, world.Ask(), default))
            .ShouldBeRefused(RefusalKind.AlreadyExists);
        (await world.Pools.UpdateAsync(linked.Id, new PoolCommand.Update("pool", null), world.Ask(), default))
            .ShouldBeRefused(RefusalKind.AlreadyExists);
        (await world.Pools.LinkAsync(linked, MulticastWorld.Silo, false, world.Ask(), default)).ShouldBeRefused(RefusalKind.AlreadyExists);
    }

    [Fact]
    public async Task System_pool_cannot_be_linked()
    {
        await using var world = await MulticastWorld.StartAsync();
        var pool = await world.EmptyPoolAsync(PoolType.Unicast, IpVersion.V4);
        (await world.TryAsync(Addresses.IpPool(pool.Id), new PoolCommand.Assign(PoolAssignment.SystemServices))).ShouldBeAccepted();

        (await world.Pools.LinkAsync(pool, MulticastWorld.Silo, false, world.Ask(), default)).ShouldBeRefused(mentions: "system services");
    }

    private static async Task<IEnumerable<PoolId>> DefaultsAsync(MulticastWorld world) =>
        PoolDefaults.Of(await world.RowsAsync(PoolViews.Links)).Select(d => d.Pool);
}
