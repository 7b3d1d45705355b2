using Gantry.Actors;
using Gantry.Actors.Kernel;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests;

/// <summary>Which node a shard should be on.</summary>
[Trait("spec", "engine/5.5")]
public sealed class AssignmentTests
{
    private const int Shards = 128;

    [Fact]
    public void Without_nodes_nobody_is_preferred()
    {
        var none = Assignment.Of([], Shards);

        none.Preferred.ShouldBeEmpty();
        none.RankOf(new ShardId(3), new Incarnation(Guid.NewGuid())).ShouldBe(-1);
    }

    [Fact]
    public void One_node_has_everything()
    {
        var a = Node("a");

        Assignment.Of([a], Shards).Preferred.ShouldAllBe(p => p == a.Incarnation);
    }

    [Fact]
    public void The_order_in_which_nodes_are_seen_does_not_matter()
    {
        MemberRow[] nodes = [Node("a"), Node("b"), Node("c")];

        Assignment.Of(nodes.Reverse(), Shards).Preferred.ShouldBe(Assignment.Of(nodes, Shards).Preferred);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Nobody_has_more_than_a_tenth_above_its_share(int count)
    {
        var nodes = Enumerable.Range(0, count).Select(i => Node($"n{i}")).ToArray();

        var loads = Assignment.Of(nodes, Shards).Preferred.GroupBy(p => p).Select(g => g.Count()).ToList();

        loads.Count.ShouldBe(count);
        loads.Max().ShouldBeLessThanOrEqualTo((int)Math.Ceiling(1.1 * Shards / count));
    }

    [Fact]
    public void Twice_the_weight_is_about_twice_the_shards()
    {
        var (light, heavy) = (Node("a"), Node("b", weight: 2));

        var preferred = Assignment.Of([light, heavy], Shards).Preferred;

        preferred.Count(p => p == heavy.Incarnation).ShouldBeInRange(70, 95);
    }

    [Fact]
    public void A_node_that_goes_moves_little_but_its_own()
    {
        MemberRow[] nodes = [Node("a"), Node("b"), Node("c"), Node("d")];
        var before = Assignment.Of(nodes, Shards).Preferred;
        var after = Assignment.Of(nodes[..3], Shards).Preferred;

        var moved = Enumerable.Range(0, Shards).Count(s => before[s] != nodes[3].Incarnation && before[s] != after[s]);

        moved.ShouldBeLessThan(Shards / 8);
    }

    [Fact]
    public void Every_node_has_a_rank_for_every_shard_and_the_preferred_one_is_first()
    {
        MemberRow[] nodes = [Node("a"), Node("b"), Node("c")];
        var assignment = Assignment.Of(nodes, Shards);

        for (var shard = 0; shard < Shards; shard++)
        {
            nodes.Select(n => assignment.RankOf(new ShardId(shard), n.Incarnation)).Order().ShouldBe([0, 1, 2]);
            assignment.RankOf(new ShardId(shard), assignment.Preferred[shard]).ShouldBe(0);
        }
    }

    private static MemberRow Node(string name, int weight = 1) => new(
        new Incarnation(Guid.NewGuid()), new MemberProfile { NodeId = name, Weight = weight }, MemberState.Up, 0, [], HasOpenLane: true);
}
