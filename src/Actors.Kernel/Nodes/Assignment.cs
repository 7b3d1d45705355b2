using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors.Kernel;

/// <summary>
/// Which node each shard should be on: rendezvous hashing with a cap on each node's load (engine 5.5). A pure function of the nodes, so nodes
/// that see the same members agree without talking; a node that comes or goes moves little more than its own share.
/// </summary>
public sealed class Assignment
{
    // A node may be this much above its share before the next in order takes over.
    private const double Slack = 1.1;

    private readonly ImmutableArray<ImmutableArray<Incarnation>> _orders;

    private Assignment(ImmutableArray<Incarnation> preferred, ImmutableArray<ImmutableArray<Incarnation>> orders)
    {
        Preferred = preferred;
        _orders = orders;
    }

    /// <summary>The preferred node per shard number; empty when there is no node.</summary>
    public ImmutableArray<Incarnation> Preferred { get; }

    /// <summary>Assigns shards to the nodes that are up. The order in which nodes are given does not matter.</summary>
    /// <param name="members">Nodes that may own shards.</param>
    /// <param name="shardCount">Shards, numbered from 0.</param>
    public static Assignment Of(IEnumerable<MemberRow> members, int shardCount)
    {
        var nodes = members.OrderBy(m => m.Profile.NodeId, StringComparer.Ordinal).ThenBy(m => m.Incarnation.Value).ToArray();
        if (nodes.Length == 0)
        {
            return new Assignment([], []);
        }

        var total = nodes.Sum(n => (double)n.Profile.Weight);
        var room = nodes.Select(n => (int)Math.Ceiling(Slack * n.Profile.Weight / total * shardCount)).ToArray();
        var preferred = ImmutableArray.CreateBuilder<Incarnation>(shardCount);
        var orders = ImmutableArray.CreateBuilder<ImmutableArray<Incarnation>>(shardCount);
        for (var shard = 0; shard < shardCount; shard++)
        {
            var order = Order(nodes, shard);
            var chosen = Array.Find(order, i => room[i] > 0);
            room[chosen]--;
            preferred.Add(nodes[chosen].Incarnation);
            orders.Add([nodes[chosen].Incarnation, .. order.Where(i => i != chosen).Select(i => nodes[i].Incarnation)]);
        }

        return new Assignment(preferred.MoveToImmutable(), orders.MoveToImmutable());
    }

    /// <summary>0 for the preferred node of a shard, 1 for the one to step in after it, and so on; -1 for a node that is not among them.</summary>
    public int RankOf(ShardId shard, Incarnation node) => _orders.IsEmpty ? -1 : _orders[shard.Value].IndexOf(node);

    // The weighted form of rendezvous hashing: the highest -weight / ln(u) wins, u being the hash of node and shard in (0, 1).
    private static int[] Order(MemberRow[] nodes, int shard)
    {
        var scores = new double[nodes.Length];
        for (var i = 0; i < nodes.Length; i++)
        {
            var hash = StableHash.Of($"{nodes[i].Profile.NodeId}/{shard}");
            var unit = ((hash >> 11) + 0.5) / (1UL << 53);
            scores[i] = -nodes[i].Profile.Weight / Math.Log(unit);
        }

        return [.. Enumerable.Range(0, nodes.Length).OrderByDescending(i => scores[i]).ThenBy(i => i)];
    }
}
