using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

/// <summary>Which lane of this node has a shard: shard modulo lanes. Empty before the start. Thread-safe.</summary>
internal sealed class LaneRouter
{
    private volatile LaneLoop[] _lanes = [];

    public IReadOnlyList<LaneLoop> Lanes => _lanes;

    public int ShardCount { get; private set; }

    /// <summary>The present incarnation; null when no lane runs.</summary>
    public Incarnation? Me => _lanes is [var first, ..] ? first.Me : null;

    public void Open(LaneLoop[] lanes, int shardCount)
    {
        ShardCount = shardCount;
        _lanes = lanes;
    }

    public void Close() => _lanes = [];

    public LaneLoop? LaneOf(ShardId shard)
    {
        var lanes = _lanes;
        return lanes.Length == 0 ? null : lanes[shard.Value % lanes.Length];
    }

    /// <summary>A doorbell for another lane. Dropped when that lane is full: its scan finds the mail.</summary>
    public void Ring(Doorbell bell) => LaneOf(bell.Target)?.Inbox.TryArrive(new LaneEvent.Ring(bell));
}
