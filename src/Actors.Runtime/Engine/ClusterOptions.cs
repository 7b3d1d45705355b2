namespace Gantry.Actors.Runtime;

/// <summary>How a node is a member of a cluster (engine 5.1). All nodes of one cluster should have the same times.</summary>
public sealed record ClusterOptions
{
    /// <summary>Where other nodes reach this one; null: they do not, and every ask across that edge is <c>Unavailable</c>.</summary>
    public Uri? Link { get; init; }

    /// <summary>Where clients reach this node; told to those who asked elsewhere when an edge is cut.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>Its share of the shards beside the others; 1 to 100.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>A failure domain, or null.</summary>
    public string? Zone { get; init; }

    /// <summary>Time between two beats. Well below <see cref="TimeToLive"/>, or a slow store kills nodes.</summary>
    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Quiet for so long: dead. Shorter finds the dead sooner and kills the slow.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Time between two looks at members and shard map.</summary>
    public TimeSpan Scan { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>A node must be up for so long before shards are moved to it for balance alone.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A shard without owner after this, times the rank, is taken by the node of that rank.</summary>
    public TimeSpan StepIn { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Shards that this node gives away at the same time.</summary>
    public int MovesMax { get; init; } = 2;

    /// <summary>At stop, what could not be given away by then is released.</summary>
    public TimeSpan DrainPatience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>After the end of an incarnation the next one joins so much later.</summary>
    public TimeSpan RejoinAfter { get; init; } = TimeSpan.FromSeconds(1);
}
