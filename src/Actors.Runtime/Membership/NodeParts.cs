using Gantry.Actors.Storage;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>What one incarnation's membership works with.</summary>
internal sealed record NodeParts
{
    public required Incarnation Me { get; init; }

    public required string NodeId { get; init; }

    public required ClusterOptions Options { get; init; }

    public required IMembershipStore Store { get; init; }

    public required INodeLinks Links { get; init; }

    public required ILinkReceiver Receiver { get; init; }

    public required ShardMap Map { get; init; }

    public required LaneRouter Router { get; init; }

    public required SuspectBook Suspects { get; init; }

    public required CommitWatch Commits { get; init; }

    public required EngineMetrics Metrics { get; init; }

    public required TimeProvider Time { get; init; }

    public required IRandomSource Random { get; init; }

    public required ILogger Log { get; init; }

    /// <summary>Who owns a shard now, to everybody who may ask: their maps need not be old until their next look.</summary>
    public void TellOthers(ShardEpoch shard, Incarnation owner)
    {
        foreach (var member in Map.Members.Values)
        {
            if (member.Incarnation != Me && member.Incarnation != owner)
            {
                Links.TrySend(member.Incarnation, new LinkFrame.Moved(0, shard.Shard, owner, shard.Epoch));
            }
        }
    }

    /// <summary>Gives a shard to its lane, with the entities of it that must not run.</summary>
    public required Action<ShardEpoch, IEnumerable<(EntityAddress Entity, string Why)>> Gain { get; init; }

    /// <summary>An operator has drained this node: it takes no shards in this incarnation either.</summary>
    public required Func<bool> IsDrainOrdered { get; init; }

    /// <summary>Called when the incarnation is over; further calls change nothing.</summary>
    public required Action<EngineEnd> Ended { get; init; }
}
