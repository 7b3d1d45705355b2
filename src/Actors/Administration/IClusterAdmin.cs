using System.Collections.Immutable;

namespace Gantry.Actors;

/// <summary>Looks at members and shards, and moves what is to be elsewhere (engine 10.4). Thread-safe.</summary>
public interface IClusterAdmin
{
    /// <summary>Members and shard map as this node knows them; on one node it is alone with all shards.</summary>
    ClusterReport Show();

    /// <summary>Gives a shard to a node. Done when the move was begun: the map shows its end. Balance may move it back after the settle time.</summary>
    ValueTask<AdminAnswer> MoveAsync(ShardId shard, string nodeId, AdminOrder order, CancellationToken ct);

    /// <summary>A node gives everything away and leaves. Done when it was told.</summary>
    ValueTask<AdminAnswer> DrainAsync(string nodeId, AdminOrder order, CancellationToken ct);

    /// <summary>Declares a node dead that will not come back, so that nobody waits for it.</summary>
    ValueTask<AdminAnswer> ForgetAsync(string nodeId, AdminOrder order, CancellationToken ct);

    /// <summary>Raises the write level to what every living node reads (engine 2.6). There is no way back to a release that reads less.</summary>
    ValueTask<AdminAnswer> FinalizeAsync(AdminOrder order, CancellationToken ct);
}

/// <summary>A cluster as one node sees it.</summary>
public sealed record ClusterReport
{
    /// <summary>Whether there is membership at all.</summary>
    public required bool IsCluster { get; init; }

    /// <summary>The node that says so.</summary>
    public required string NodeId { get; init; }

    /// <summary>Its present incarnation; null while it has none.</summary>
    public required Incarnation? Incarnation { get; init; }

    /// <summary>Rises with every change of an owner.</summary>
    public required long MapVersion { get; init; }

    /// <summary>Time since members and map were read; null before the first time.</summary>
    public required TimeSpan? Age { get; init; }

    /// <summary>In order of names.</summary>
    public required ImmutableArray<ClusterMemberCard> Members { get; init; }

    /// <summary>In order of numbers.</summary>
    public required ImmutableArray<ShardCard> Shards { get; init; }
}

/// <summary>One member.</summary>
public sealed record ClusterMemberCard
{
    /// <summary>Its name.</summary>
    public required string NodeId { get; init; }

    /// <summary>This run of it.</summary>
    public required Incarnation Incarnation { get; init; }

    /// <summary>Its state.</summary>
    public required MemberState State { get; init; }

    /// <summary>Beats so far.</summary>
    public required long Beat { get; init; }

    /// <summary>Shards that it owns.</summary>
    public required int Shards { get; init; }

    /// <summary>Where other nodes reach it.</summary>
    public string? Link { get; init; }

    /// <summary>Where clients reach it.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>How our link to it stands: <c>self</c>, <c>up</c>, <c>connecting</c> or <c>none</c>.</summary>
    public required string LinkState { get; init; }

    /// <summary>Nodes that it says it cannot reach.</summary>
    public required ImmutableArray<string> Unreachable { get; init; }

    /// <summary>Its share of the shards beside the others.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Its failure domain, or null.</summary>
    public string? Zone { get; init; }

    /// <summary>The newest wire level it reads.</summary>
    public int WireLevel { get; init; } = 1;
}

/// <summary>One shard.</summary>
public sealed record ShardCard
{
    /// <summary>Which.</summary>
    public required ShardId Shard { get; init; }

    /// <summary>The name of its owner; null for none or one that is no member any more.</summary>
    public required string? NodeId { get; init; }

    /// <summary>Its owner's incarnation.</summary>
    public required Incarnation? Owner { get; init; }

    /// <summary>Rises with every change of owner.</summary>
    public required long Epoch { get; init; }

    /// <summary>Where it should be by the rules of balance; null while no node is up.</summary>
    public required string? PreferredNodeId { get; init; }

    /// <summary>Its lane on this node; null where another node owns it.</summary>
    public int? Lane { get; init; }

    /// <summary>On this node: <c>foreign</c>, <c>claiming</c>, <c>serving</c>, <c>offering</c> or <c>giving</c> (engine 5.6).</summary>
    public required string Standing { get; init; }
}
