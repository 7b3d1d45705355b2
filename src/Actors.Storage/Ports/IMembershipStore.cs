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

    /// <summary>
    /// The same on the caller's own thread, for a beat that does not wait for pooled threads. Stores that can use a connection of its own do.
    /// Called by one thread per incarnation.
    /// </summary>
    bool Beat(Incarnation me, ImmutableArray<string> unreachable, TimeSpan patience)
    {
        using var late = new CancellationTokenSource(patience);
        return BeatAsync(me, unreachable, late.Token).AsTask().WaitAsync(late.Token).GetAwaiter().GetResult();
    }

    /// <summary>The thread of <see cref="Beat"/> has ended: what it used is closed.</summary>
    void EndBeats(Incarnation me)
    {
        // Nothing is kept for it.
    }

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

    /// <summary>The wire level that nodes may write (engine 2.6).</summary>
    ValueTask<int> WriteLevelAsync(CancellationToken ct) => ValueTask.FromResult(1);

    /// <summary>Raises it. False when a living node reads less.</summary>
    ValueTask<bool> RaiseWriteLevelAsync(int level, CancellationToken ct) => ValueTask.FromResult(level <= 1);

    /// <summary>Gives a shard to another node that is up, as a batch of its own on the lane's ticket.</summary>
    ValueTask<CommitResult> TransferAsync(LaneTicket ticket, ShardEpoch shard, Incarnation to, CancellationToken ct);
}
