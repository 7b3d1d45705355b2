using System.Collections.Immutable;

namespace Gantry.Actors;

/// <summary>A shard with the epoch under which it is owned.</summary>
public readonly record struct ShardEpoch(ShardId Shard, long Epoch);

/// <summary>Who owns a shard. No owner: it was never owned, or released.</summary>
public readonly record struct ShardOwner(ShardId Shard, Incarnation? Owner, long Epoch);

/// <summary>Members and shard map, read at once.</summary>
public sealed record ClusterSight(ImmutableArray<MemberRow> Members, ImmutableArray<ShardOwner> Shards)
{
    /// <summary>Rises with every change of an owner (engine 3.2).</summary>
    public long MapVersion => Shards.Sum(s => s.Epoch);
}
