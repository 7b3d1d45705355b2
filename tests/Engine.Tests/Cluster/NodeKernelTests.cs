using Gantry.Actors;
using Gantry.Actors.Kernel;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests;

/// <summary>Nodes that come, go, pause and are cut off; in virtual time (engine 5.2 to 5.6, 5.8).</summary>
public sealed class NodeKernelTests
{
    private const int Shards = 32;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    [Trait("spec", "engine/5.4")]
    public void The_first_node_takes_everything_at_its_first_look()
    {
        var world = new ClusterWorld(Shards, 1);
        var node = world.Add("a");

        world.Run(Second);

        node.Kernel.Owned.Count.ShouldBe(Shards);
        world.EveryShardIsServed();
    }

    [Fact]
    [Trait("spec", "engine/5.5")]
    public void A_newcomer_is_given_its_share_after_the_settle_time_and_not_before()
    {
        var world = new ClusterWorld(Shards, 2);
        var first = world.Add("a");
        world.Run(Second);
        var second = world.Add("b");

        world.Run(9 * Second);
        second.Kernel.Owned.ShouldBeEmpty();
        world.Run(25 * Second);

        second.Kernel.Owned.Count.ShouldBeInRange(Shards / 3, (int)Math.Ceiling(1.1 * Shards / 2));
        (first.Kernel.Owned.Count + second.Kernel.Owned.Count).ShouldBe(Shards);
        world.EveryShardIsServed();
    }

    [Fact]
    [Trait("spec", "engine/5.3")]
    public void A_killed_node_is_judged_after_the_time_to_live_and_its_shards_are_served_within_five_seconds()
    {
        var world = Three(3);
        world.Nodes[1].IsKilled = true;
        var killedAt = world.Now;

        var servedAt = default(TimeSpan?);
        world.Run(8 * Second, () => servedAt ??= IsServed(world) && world.Now > killedAt ? world.Now : null);

        servedAt.ShouldNotBeNull();
        (servedAt.Value - killedAt).ShouldBeLessThan(5 * Second);
        (servedAt.Value - killedAt).ShouldBeGreaterThan(2 * Second);
    }

    [Fact]
    [Trait("spec", "engine/5.3")]
    public void A_quiet_node_is_judged_at_a_look_made_when_its_time_to_live_is_over()
    {
        var me = new Incarnation(Guid.NewGuid());
        var other = new Incarnation(Guid.NewGuid());
        var kernel = new NodeKernel(new NodeSettings { NodeId = "a", Me = me });
        var sight = new ClusterSight(
            [Member(me, "a", 1), Member(other, "b", 7)], [new ShardOwner(new ShardId(0), other, 1), new ShardOwner(new ShardId(1), me, 1)]);
        for (var at = TimeSpan.Zero; at <= 2.5 * Second; at += 0.5 * Second)
        {
            kernel.Step(new NodeInput(at, new NodeEvent.Seen(sight))).OfType<NodeOutput.DeclareDead>().ShouldBeEmpty();
        }

        kernel.JudgesAt(2.5 * Second).ShouldBe(3 * Second);
        kernel.Step(new NodeInput(3 * Second, new NodeEvent.Seen(sight))).OfType<NodeOutput.DeclareDead>().ShouldHaveSingleItem().Who.ShouldBe(other);
        kernel.JudgesAt(3 * Second).ShouldBeNull();
    }

    [Fact]
    [Trait("spec", "engine/5.3")]
    public void Nobody_is_judged_after_an_outage_of_the_store_before_one_quiet_time_to_live()
    {
        var world = Three(4);
        foreach (var node in world.Nodes)
        {
            node.IsCutOff = true;
        }

        world.Run(60 * Second);
        foreach (var node in world.Nodes)
        {
            node.IsCutOff = false;
        }

        world.Run(20 * Second);
        world.Nodes.ShouldAllBe(n => n.IsRunning);
    }

    [Fact]
    [Trait("spec", "engine/5.9")]
    public void A_paused_node_loses_its_shards_and_learns_it_when_it_turns_again()
    {
        var world = Three(5);
        world.Nodes[0].IsPaused = true;
        world.Run(30 * Second);
        world.Nodes[0].Kernel.Owned.ShouldNotBeEmpty("it knows nothing");
        world.Owners().Values.ShouldNotContain(world.Nodes[0].Me);

        world.Nodes[0].IsPaused = false;
        world.Run(2 * Second);

        world.Nodes[0].Ended.ShouldNotBeNull().IsSuperseded.ShouldBeFalse();
        world.EveryShardIsServed();
    }

    [Fact]
    [Trait("spec", "engine/5.2")]
    public void A_restarted_node_supersedes_its_former_run_which_does_not_join_again()
    {
        var world = Three(6);
        var former = world.Nodes[2];
        var later = world.Add(former.Name);

        world.Run(3 * Second);

        former.Ended.ShouldNotBeNull().IsSuperseded.ShouldBeTrue();
        former.Ended.Why.ShouldContain("another process joined");
        later.Kernel.Owned.Count.ShouldBeGreaterThan(0);
        world.EveryShardIsServed();
    }

    [Fact]
    [Trait("spec", "engine/5.8")]
    public void A_draining_node_gives_everything_away_and_leaves()
    {
        var world = Three(7);
        var going = world.Nodes[0];

        going.Drain();
        world.Run(30 * Second);

        going.IsDrained.ShouldBeTrue();
        world.Owners().Values.ShouldNotContain(going.Me);
        world.EveryShardIsServed();
    }

    [Fact]
    [Trait("spec", "engine/5.8")]
    public void A_draining_node_gives_its_heaviest_shards_away_last()
    {
        var me = new Incarnation(Guid.NewGuid());
        var kernel = new NodeKernel(new NodeSettings { NodeId = "a", Me = me });
        var sight = new ClusterSight(
            [Member(me, "a", 1), Member(new Incarnation(Guid.NewGuid()), "b", 1), Member(new Incarnation(Guid.NewGuid()), "c", 1)],
            [.. Enumerable.Range(0, Shards).Select(i => new ShardOwner(new ShardId(i), me, 1))]);
        kernel.Step(new NodeInput(TimeSpan.Zero, new NodeEvent.Seen(sight)));
        long[] loads = [.. Enumerable.Range(0, Shards).Select(i => i % 3 == 0 ? 1_000L - i : 0)];

        kernel.Step(new NodeInput(Second, new NodeEvent.Drain { Loads = [.. loads] }));
        var begun = new Queue<ShardId>(Moves(kernel.Step(new NodeInput(Second, new NodeEvent.Seen(sight)))));
        var order = new List<ShardId>();
        while (begun.TryDequeue(out var shard))
        {
            order.Add(shard);
            foreach (var next in Moves(kernel.Step(new NodeInput(Second, new NodeEvent.MoveEnded(shard, IsGiven: true)))))
            {
                begun.Enqueue(next);
            }
        }

        order.Count.ShouldBe(Shards);
        order.Select(s => loads[s.Value]).ShouldBeInOrder();

        static List<ShardId> Moves(IEnumerable<NodeOutput> outputs) => [.. outputs.OfType<NodeOutput.Move>().Select(m => m.Shard.Shard)];
    }

    [Fact]
    [Trait("spec", "engine/5.4")]
    public void A_preferred_node_that_beats_but_cannot_claim_does_not_keep_a_shard_dark()
    {
        var world = new ClusterWorld(Shards, 8);
        var idle = new Incarnation(Guid.NewGuid());
        ClusterWorld.Done(world.Members.JoinAsync(idle, new MemberProfile { NodeId = "idle" }, 1, default));
        ClusterWorld.Done(world.Members.EnterAsync(idle, MemberState.Up, default));
        world.Add("a");

        world.Run(3 * Second, () => ClusterWorld.Done(world.Members.BeatAsync(idle, [], default)));

        world.EveryShardIsServed();
    }

    [Fact]
    [Trait("spec", "engine/5.6")]
    public void A_look_that_began_before_a_shard_was_given_away_does_not_bring_it_back()
    {
        var world = Three(9);
        var giver = world.Nodes[0];
        var old = ClusterWorld.Done(world.Members.ReadAsync(default));
        var shard = giver.Kernel.Owned.First();

        giver.Kernel.Step(new NodeInput(world.Now, new NodeEvent.MoveAsked(shard.Key, world.Nodes[1].Me)))
            .OfType<NodeOutput.Move>().ShouldContain(m => m.Shard == new ShardEpoch(shard.Key, shard.Value) && m.To == world.Nodes[1].Me);
        giver.Kernel.Step(new NodeInput(world.Now, new NodeEvent.MoveEnded(shard.Key, IsGiven: true)));
        var after = giver.Kernel.Step(new NodeInput(world.Now, new NodeEvent.Seen(old))).ToList();

        after.OfType<NodeOutput.Gain>().ShouldBeEmpty();
        giver.Kernel.Owned.ContainsKey(shard.Key).ShouldBeFalse();
    }

    [Fact]
    [Trait("spec", "engine/10.4")]
    public void A_shard_that_an_operator_moved_stays_where_it_is_until_its_holder_drains()
    {
        var world = Three(10);
        world.Run(40 * Second);
        var (giver, taker) = (world.Nodes[0], world.Nodes[1]);
        var shard = giver.Kernel.Owned.First().Key;

        giver.Step(new NodeEvent.MoveAsked(shard, taker.Me));
        world.Run(60 * Second);
        taker.Kernel.Owned.ContainsKey(shard).ShouldBeTrue();

        taker.Drain();
        world.Run(30 * Second);
        taker.IsDrained.ShouldBeTrue();
        giver.Kernel.Owned.ContainsKey(shard).ShouldBeTrue();
        world.EveryShardIsServed();
    }

    /// <summary>Random kills, pauses, cuts, restarts and drains. To replay one: <c>dotnet test tests/Engine.Tests --filter Whatever_happens</c>.</summary>
    [Fact]
    [Trait("spec", "engine/I9")]
    [Trait("spec", "engine/I12")]
    public void Whatever_happens_to_nodes_a_shard_has_one_owner_and_after_quiet_every_shard_is_served()
    {
        for (ulong seed = 1; seed <= 200; seed++)
        {
            var world = new ClusterWorld(Shards, seed);
            for (var i = 0; i < 3; i++)
            {
                world.Add($"n{i}");
            }

            world.Run(60 * Second, () => Meddle(world));
            foreach (var node in world.Nodes)
            {
                (node.IsPaused, node.IsCutOff) = (false, false);
            }

            // Who was judged while it was away learns it now.
            world.Run(5 * Second);
            if (!world.Nodes.Any(n => n is { IsRunning: true, IsDraining: false }))
            {
                world.Add("last");
            }

            world.Run(60 * Second);
            Should.NotThrow(world.EveryShardIsServed, $"seed {seed}");
        }
    }

    private static MemberRow Member(Incarnation who, string name, long beat) =>
        new(who, new MemberProfile { NodeId = name }, MemberState.Up, beat, [], HasOpenLane: true);

    private static void Meddle(ClusterWorld world)
    {
        if (world.Dice.Next(25) != 0)
        {
            return;
        }

        var node = world.Nodes[world.Dice.Next(world.Nodes.Count)];
        switch (world.Dice.Next(7))
        {
            case 0:
                node.IsKilled = true;
                break;
            case 1:
                node.IsPaused = !node.IsPaused;
                break;
            case 2:
                node.IsCutOff = !node.IsCutOff;
                break;
            case 3 when node.IsRunning && !node.IsCutOff:
                node.Drain();
                break;
            case 4 or 5 when world.Nodes.Count < 12:
                world.Add($"n{world.Dice.Next(4)}");
                break;
            default:
                node.IsPaused = false;
                break;
        }
    }

    private static ClusterWorld Three(ulong seed)
    {
        var world = new ClusterWorld(Shards, seed);
        foreach (var name in new[] { "a", "b", "c" })
        {
            world.Add(name);
        }

        world.Run(40 * Second);
        world.Nodes.ShouldAllBe(n => n.Kernel.Owned.Count > 0);
        return world;
    }

    private static bool IsServed(ClusterWorld world) => world.Owners().All(
        o => world.Nodes.Any(n => n.Me == o.Value && n.IsRunning && n.Kernel.Owned.ContainsKey(o.Key)));
}
