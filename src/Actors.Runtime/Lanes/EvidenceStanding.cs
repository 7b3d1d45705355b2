using System.Collections.Immutable;
using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

/// <summary>How a lane stood before the oldest input that is kept: enough to let a fresh kernel take up from there.</summary>
internal sealed class EvidenceStanding
{
    private readonly Dictionary<ShardId, long> _shards = [];
    private EvidenceShard? _given;

    public int Session { get; private set; }

    public long LastBatch { get; private set; }

    public ImmutableArray<EvidenceShard> Shards => [.. _shards.OrderBy(s => s.Key.Value).Select(s => new EvidenceShard(s.Key, s.Value))];

    public void Follow(LaneEvent what)
    {
        switch (what)
        {
            case LaneEvent.Gain gain:
                _shards[gain.Shard] = gain.Epoch;
                break;
            case LaneEvent.Yield yielded:
                _shards.Remove(yielded.Shard);
                break;
            case LaneEvent.GiveAway given when _shards.Remove(given.Shard, out var epoch):
                _given = new EvidenceShard(given.Shard, epoch);
                break;
            case LaneEvent.NotTransferred when _given is { } kept:
                _shards[kept.Shard] = kept.Epoch;
                break;
            case LaneEvent.Resolved resolved:
                (Session, LastBatch) = (resolved.Session, resolved.LastBatch);
                break;
            case LaneEvent.Committed committed:
                LastBatch = committed.Batch;
                break;
            default:
                break;
        }
    }
}
