using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Tests;

namespace Gantry.Engine.Tests.Running;

/// <summary>One node's way to a store that it shares: it can be cut, and beats can be held back.</summary>
internal sealed class CuttableStore(IActorStore store, IMembershipStore members) : PassingStore(store, isOwner: false), IMembershipStore
{
    /// <summary>Nothing gets through.</summary>
    public bool IsCut { get; set; }

    /// <summary>Commits do not get through; all else does.</summary>
    public bool LosesCommits { get; set; }

    /// <summary>Beats do not get through.</summary>
    public bool IsMute { get; set; }

    protected override IActorStore Through => IsCut ? throw Gone() : base.Through;

    public override ValueTask<CommitResult> CommitAsync(LaneTicket ticket, CommitBatch batch, CancellationToken ct) =>
        LosesCommits ? throw Gone() : base.CommitAsync(ticket, batch, ct);

    public ValueTask<Incarnation?> JoinAsync(Incarnation me, MemberProfile profile, int lanes, CancellationToken ct) =>
        Members().JoinAsync(me, profile, lanes, ct);

    public ValueTask<bool> EnterAsync(Incarnation me, MemberState state, CancellationToken ct) => Members().EnterAsync(me, state, ct);

    public ValueTask<bool> BeatAsync(Incarnation me, ImmutableArray<string> unreachable, CancellationToken ct) =>
        IsMute ? throw Gone() : Members().BeatAsync(me, unreachable, ct);

    public bool Beat(Incarnation me, ImmutableArray<string> unreachable, TimeSpan patience) =>
        IsMute ? throw Gone() : Members().Beat(me, unreachable, patience);

    /// <summary>Set: a look at the members does not even come back with a task until it is set free.</summary>
    public ManualResetEventSlim? Stuck { get; set; }

    public ValueTask<ClusterSight> ReadAsync(CancellationToken ct)
    {
        Stuck?.Wait(TimeSpan.FromMinutes(1), CancellationToken.None);
        return Members().ReadAsync(ct);
    }

    public ValueTask<bool> DeclareDeadAsync(Incarnation who, long beatSeen, CancellationToken ct) => Members().DeclareDeadAsync(who, beatSeen, ct);

    public ValueTask<bool> FenceAsync(Incarnation who, CancellationToken ct) => Members().FenceAsync(who, ct);

    public ValueTask<ImmutableArray<ShardEpoch>> ClaimAsync(Incarnation me, ImmutableArray<ShardId> shards, CancellationToken ct) =>
        Members().ClaimAsync(me, shards, ct);

    public ValueTask ReleaseAsync(Incarnation me, ImmutableArray<ShardEpoch> shards, CancellationToken ct) => Members().ReleaseAsync(me, shards, ct);

    public ValueTask<CommitResult> TransferAsync(LaneTicket ticket, ShardEpoch shard, Incarnation to, CancellationToken ct) =>
        Members().TransferAsync(ticket, shard, to, ct);

    private static StoreConnectionException Gone() => new("the line to the store is cut", isOutcomeKnown: true);

    private IMembershipStore Members() => IsCut ? throw Gone() : members;
}
