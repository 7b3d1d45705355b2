using System.Collections.Immutable;

namespace Gantry.Actors.Kernel;

/// <summary>One input of a node with its own monotonic clock: times of different nodes are never compared.</summary>
/// <param name="At">Time since the process began.</param>
/// <param name="What">What happened.</param>
public readonly record struct NodeInput(TimeSpan At, NodeEvent What);

/// <summary>What can happen to a node. Closed set.</summary>
public abstract record NodeEvent
{
    private NodeEvent()
    {
    }

    /// <summary>A look at members and shard map succeeded.</summary>
    public sealed record Seen(ClusterSight Sight) : NodeEvent;

    /// <summary>A look failed or came late: what was observed so far does not count.</summary>
    public sealed record NotSeen(string Why) : NodeEvent;

    /// <summary>Our own beat was refused: we are dead, and the next look says why.</summary>
    public sealed record BeatRefused : NodeEvent;

    /// <summary>A lane of ours was fenced or broke.</summary>
    public sealed record LaneEnded(string Why) : NodeEvent;

    /// <summary>An incarnation's sessions are over and its lanes fenced.</summary>
    public sealed record FenceDone(Incarnation Who, bool IsThrough) : NodeEvent;

    /// <summary>A claim was answered.</summary>
    public sealed record Claimed(ImmutableArray<ShardEpoch> Shards) : NodeEvent;

    /// <summary>A move away from us ended: the shard is given, or nothing happened.</summary>
    public sealed record MoveEnded(ShardId Shard, bool IsGiven) : NodeEvent;

    /// <summary>An operator wants a shard of ours elsewhere.</summary>
    public sealed record MoveAsked(ShardId Shard, Incarnation To) : NodeEvent;

    /// <summary>The source of a move says that a shard is ours; held when an operator wants it here, against the balance.</summary>
    public sealed record Given(ShardId Shard, long Epoch, bool IsHeld = false) : NodeEvent;

    /// <summary>The operator or the host stops this node: give everything away.</summary>
    public sealed record Drain : NodeEvent
    {
        /// <summary>How much each shard has had to do here, by number: the heaviest go last. Empty when nobody counted.</summary>
        public ImmutableArray<long> Loads { get; init; } = [];
    }
}

/// <summary>What a node is asked to do. Closed set; every one of them may be done twice.</summary>
public abstract record NodeOutput
{
    private NodeOutput()
    {
    }

    /// <summary>Look at members and shard map at once.</summary>
    public sealed record Look : NodeOutput;

    /// <summary>Declare a quiet node dead, unless it beat since.</summary>
    public sealed record DeclareDead(Incarnation Who, long BeatSeen) : NodeOutput;

    /// <summary>End a dead node's sessions and fence its lanes; ends as <see cref="NodeEvent.FenceDone"/>.</summary>
    public sealed record Fence(Incarnation Who) : NodeOutput;

    /// <summary>Take shards; ends as <see cref="NodeEvent.Claimed"/>.</summary>
    public sealed record Claim(ImmutableArray<ShardId> Shards) : NodeOutput;

    /// <summary>A lane of ours now serves the shard.</summary>
    public sealed record Gain(ShardId Shard, long Epoch) : NodeOutput;

    /// <summary>Give a shard to another node; ends as <see cref="NodeEvent.MoveEnded"/>.</summary>
    public sealed record Move(ShardEpoch Shard, Incarnation To) : NodeOutput
    {
        /// <summary>An operator wants it there: the target holds it while it lives, whatever the balance says.</summary>
        public bool IsHeld { get; init; }
    }

    /// <summary>This incarnation is over. Drop everything; join again unless superseded.</summary>
    public sealed record End(string Why, bool IsSuperseded) : NodeOutput;

    /// <summary>Everything was given away, or nobody is there who could take it: stop the lanes and leave.</summary>
    public sealed record Drained : NodeOutput;
}
