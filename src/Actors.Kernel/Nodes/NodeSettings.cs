namespace Gantry.Actors.Kernel;

/// <summary>Times of a node's membership (engine 5.1).</summary>
public sealed record NodeSettings
{
    /// <summary>The node's name, kept over restarts.</summary>
    public required string NodeId { get; init; }

    /// <summary>This incarnation.</summary>
    public required Incarnation Me { get; init; }

    /// <summary>Time between two beats of one's own.</summary>
    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Quiet for so long, watched without a break: dead.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Time between two looks at all members.</summary>
    public TimeSpan Scan { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>A node must be up for so long before shards are moved to it for balance alone.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A shard still without owner after this, times the rank, is taken by the node of that rank.</summary>
    public TimeSpan StepIn { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>For the simulator alone.</summary>
    internal KernelMutations Mutations { get; init; }

    /// <summary>Moves away from this node at once.</summary>
    public int MovesMax { get; init; } = 2;
}
