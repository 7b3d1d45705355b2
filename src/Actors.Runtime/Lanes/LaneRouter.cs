using System.Collections.Immutable;
using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

/// <summary>Which lane of this node has a shard: shard modulo lanes. Empty before the start. Thread-safe.</summary>
internal sealed class LaneRouter
{
    private volatile LaneLoop[] _lanes = [];
    private long[] _asked = [];

    public IReadOnlyList<LaneLoop> Lanes => _lanes;

    public int ShardCount { get; private set; }

    /// <summary>The present incarnation; null when no lane runs.</summary>
    public Incarnation? Me => _lanes is [var first, ..] ? first.Me : null;

    public void Open(LaneLoop[] lanes, int shardCount)
    {
        ShardCount = shardCount;
        _asked = new long[shardCount];
        _lanes = lanes;
    }

    public void Close() => _lanes = [];

    /// <summary>Commands that each shard was asked here in this incarnation.</summary>
    public ImmutableArray<long> Loads => [.. _asked];

    /// <summary>Counts a command for a shard. Two that come at once may count as one: it is a weight, not a sum.</summary>
    public void Asked(ShardId shard)
    {
        if (shard.Value < _asked.Length)
        {
            _asked[shard.Value]++;
        }
    }

    public LaneLoop? LaneOf(ShardId shard)
    {
        var lanes = _lanes;
        return lanes.Length == 0 ? null : lanes[shard.Value % lanes.Length];
    }

    /// <summary>A doorbell for another lane. Dropped when that lane is full: its scan finds the mail.</summary>
    public void Ring(Doorbell bell) => LaneOf(bell.Target)?.Inbox.TryArrive(new LaneEvent.Ring(bell));
}
