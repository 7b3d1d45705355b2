using System.Collections.Immutable;

namespace Gantry.Actors.Storage;

/// <summary>
/// Who is a node of the cluster, and which node owns which shard: the part of the authority that several nodes share (engine 5). Every step
/// may be done again and may be done by any node. Thread-safe.
/// </summary>
public interface IMembershipStore
{
    /// <summary>
    /// Adds an incarnation as <see cref="MemberState.Joining"/> with its lanes, all unfenced. A live incarnation of the same node is superseded:
    /// it is <see cref="MemberState.Dead"/> in the same transaction. Returns the superseded one, or null.
    /// </summary>
    ValueTask<Incarnation?> JoinAsync(Incarnation me, MemberProfile profile, int lanes, CancellationToken ct);

    /// <summary>Moves an incarnation on: joining → up → draining → left. False when it is dead or was never there.</summary>
    ValueTask<bool> EnterAsync(Incarnation me, MemberState state, CancellationToken ct);

    /// <summary>Counts one beat and notes which nodes this one cannot reach. False when the incarnation is dead or left.</summary>
    ValueTask<bool> BeatAsync(Incarnation me, ImmutableArray<string> unreachable, CancellationToken ct);

    /// <summary>All living members, the dead that still own shards, and the shard map.</summary>
    ValueTask<ClusterSight> ReadAsync(CancellationToken ct);

    /// <summary>Declares an incarnation dead, unless it has beaten since. False when nothing was changed.</summary>
    ValueTask<bool> DeclareDeadAsync(Incarnation who, long beatSeen, CancellationToken ct);

    /// <summary>
    /// Ends the sessions of a dead or left incarnation and fences its lanes, waiting for a batch in flight. False when it is neither dead nor
    /// left, or the fence is not through yet: again.
    /// </summary>
    ValueTask<bool> FenceAsync(Incarnation who, CancellationToken ct);

    /// <summary>
    /// Takes those of the shards that have no owner, or whose owner is dead, left or unknown and has no unfenced lane. Only for a node that is
    /// <see cref="MemberState.Up"/>. Returns what was taken, at its new epoch.
    /// </summary>
    ValueTask<ImmutableArray<ShardEpoch>> ClaimAsync(Incarnation me, ImmutableArray<ShardId> shards, CancellationToken ct);

    /// <summary>Gives up shards after a clean stop of their lanes: without owner, at the next epoch.</summary>
    ValueTask ReleaseAsync(Incarnation me, ImmutableArray<ShardEpoch> shards, CancellationToken ct);

    /// <summary>Gives a shard to another node that is up, as a batch of its own on the lane's ticket.</summary>
    ValueTask<CommitResult> TransferAsync(LaneTicket ticket, ShardEpoch shard, Incarnation to, CancellationToken ct);
}

/// <summary>States of a member. Left and dead are final.</summary>
public enum MemberState
{
    /// <summary>Its links are opening; it is given nothing.</summary>
    Joining,

    /// <summary>It may own shards.</summary>
    Up,

    /// <summary>It gives its shards away.</summary>
    Draining,

    /// <summary>It stopped in order.</summary>
    Left,

    /// <summary>It was superseded or judged.</summary>
    Dead,
}

/// <summary>What a node says of itself.</summary>
public sealed record MemberProfile
{
    /// <summary>Name of the node, kept over restarts; at most 60 bytes.</summary>
    public required string NodeId { get; init; }

    /// <summary>Where other nodes reach it.</summary>
    public string? Link { get; init; }

    /// <summary>Where clients reach it.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>Its share of the shards beside the others; 1 to 100.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>A failure domain, or null.</summary>
    public string? Zone { get; init; }

    /// <summary>The newest wire level it speaks.</summary>
    public int WireLevel { get; init; } = 1;
}

/// <summary>One member as the store knows it.</summary>
/// <param name="Incarnation">This run of the node.</param>
/// <param name="Profile">What it says of itself.</param>
/// <param name="State">Its state.</param>
/// <param name="Beat">Beats so far.</param>
/// <param name="Unreachable">Nodes that it cannot reach.</param>
/// <param name="HasOpenLane">Whether a lane of it is not fenced.</param>
public sealed record MemberRow(
    Incarnation Incarnation, MemberProfile Profile, MemberState State, long Beat, ImmutableArray<string> Unreachable, bool HasOpenLane);

/// <summary>Who owns a shard. No owner: it was never owned, or released.</summary>
public readonly record struct ShardOwner(ShardId Shard, Incarnation? Owner, long Epoch);

/// <summary>Members and shard map, read at once.</summary>
public sealed record ClusterSight(ImmutableArray<MemberRow> Members, ImmutableArray<ShardOwner> Shards)
{
    /// <summary>Rises with every change of an owner (engine 3.2).</summary>
    public long MapVersion => Shards.Sum(s => s.Epoch);
}
