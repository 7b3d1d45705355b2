using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors.Storage;

/// <summary>Members and owners of shards in a memory store: the model for tests and the simulator.</summary>
internal sealed class MemoryMembership(MemoryStore store) : IMembershipStore
{
    /// <inheritdoc/>
    public ValueTask<Incarnation?> JoinAsync(Incarnation me, MemberProfile profile, int lanes, CancellationToken ct) => ChangeAsync(t =>
    {
        Invariant.Check(lanes > 0, "a node has at least one lane");
        var former = t.Members.Values.FirstOrDefault(m => m.Profile.NodeId == profile.NodeId && IsLiving(m));
        var members = former is null ? t.Members : t.Members.SetItem(former.Incarnation, former with { State = MemberState.Dead });
        return (former?.Incarnation, t with
        {
            Members = members.Add(me, new MemberRow(me, profile, MemberState.Joining, 0, [], HasOpenLane: true)),
            Lanes = Enumerable.Range(0, lanes).Aggregate(t.Lanes, (all, lane) => all.Add((me, lane), default)),
        });
    });

    /// <inheritdoc/>
    public ValueTask<bool> EnterAsync(Incarnation me, MemberState state, CancellationToken ct) => ChangeAsync(t =>
        t.Members.TryGetValue(me, out var member) && IsLiving(member) && member.State <= state
            ? (true, t with { Members = t.Members.SetItem(me, member with { State = state }) })
            : (false, t));

    /// <inheritdoc/>
    public ValueTask<bool> BeatAsync(Incarnation me, ImmutableArray<string> unreachable, CancellationToken ct) => ChangeAsync(t =>
        t.Members.TryGetValue(me, out var member) && IsLiving(member)
            ? (true, t with { Members = t.Members.SetItem(me, member with { Beat = member.Beat + 1, Unreachable = unreachable }) })
            : (false, t));

    /// <inheritdoc/>
    public ValueTask<ClusterSight> ReadAsync(CancellationToken ct) => ValueTask.FromResult(SightOf(store.Tables));

    /// <inheritdoc/>
    public ValueTask<bool> DeclareDeadAsync(Incarnation who, long beatSeen, CancellationToken ct) => ChangeAsync(t =>
        t.Members.TryGetValue(who, out var member) && IsLiving(member) && member.Beat == beatSeen
            ? (true, t with { Members = t.Members.SetItem(who, member with { State = MemberState.Dead }) })
            : (false, t));

    /// <inheritdoc/>
    public ValueTask<bool> FenceAsync(Incarnation who, CancellationToken ct) => ChangeAsync(t =>
        t.Members.TryGetValue(who, out var member) && IsLiving(member)
            ? (false, t)
            : (true, t with
            {
                Lanes = t.Lanes.ToImmutableDictionary(
                    l => l.Key, l => l.Key.Item1 == who ? l.Value with { Fenced = true } : l.Value),
            }));

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<ShardEpoch>> ClaimAsync(Incarnation me, ImmutableArray<ShardId> shards, CancellationToken ct) => ChangeAsync(t =>
    {
        if (t.Members.GetValueOrDefault(me) is not { State: MemberState.Up })
        {
            return (ImmutableArray<ShardEpoch>.Empty, t);
        }

        var free = shards.Where(s => t.Shards.TryGetValue(s, out var shard) && IsFree(t, shard.Owner)).ToList();
        var taken = free.Select(s => KeyValuePair.Create(s, new ShardState(me, t.Shards[s].Epoch + 1))).ToList();
        return (
            taken.Select(s => new ShardEpoch(s.Key, s.Value.Epoch)).OrderBy(s => s.Shard.Value).ToImmutableArray(),
            t with { Shards = t.Shards.SetItems(taken) });
    });

    /// <inheritdoc/>
    public async ValueTask ReleaseAsync(Incarnation me, ImmutableArray<ShardEpoch> shards, CancellationToken ct) => _ = await ChangeAsync(t =>
    {
        var mine = shards.Where(s => t.Shards[s.Shard] == new ShardState(me, s.Epoch));
        return (true, t with
        {
            Shards = t.Shards.SetItems(mine.Select(s => KeyValuePair.Create(s.Shard, new ShardState(null, s.Epoch + 1)))),
        });
    }).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<CommitResult> TransferAsync(LaneTicket ticket, ShardEpoch shard, Incarnation to, CancellationToken ct) => ChangeAsync(t =>
    {
        if (MemoryCommit.WhyFenced(t, ticket, new CommitBatch { Shards = [shard] }, StoreMutations.None) is { } fenced)
        {
            return (fenced, t);
        }

        if (t.Members.GetValueOrDefault(to) is not { State: MemberState.Up })
        {
            return ((CommitResult)new CommitResult.Fenced(FenceReason.NotOwner, $"{to} is not up"), t);
        }

        var lane = (ticket.Incarnation, ticket.Lane);
        return (new CommitResult.Committed(), t with
        {
            Lanes = t.Lanes.SetItem(lane, t.Lanes[lane] with { Batch = ticket.BatchNumber }),
            Shards = t.Shards.SetItem(shard.Shard, new ShardState(to, shard.Epoch + 1)),
        });
    });

    private static bool IsLiving(MemberRow member) => member.State is MemberState.Joining or MemberState.Up or MemberState.Draining;

    private static bool IsFree(MemoryTables t, Incarnation? owner) => owner is not { } who
        || ((!t.Members.TryGetValue(who, out var member) || !IsLiving(member)) && !HasOpenLane(t, who));

    private static bool HasOpenLane(MemoryTables t, Incarnation who) => t.Lanes.Any(l => l.Key.Item1 == who && !l.Value.Fenced);

    private static ClusterSight SightOf(MemoryTables t)
    {
        var owners = t.Shards.Values.Select(s => s.Owner).OfType<Incarnation>().ToHashSet();
        return new ClusterSight(
            [.. t.Members.Values.Where(m => IsLiving(m) || owners.Contains(m.Incarnation))
                .OrderBy(m => m.Profile.NodeId, StringComparer.Ordinal).ThenBy(m => m.Incarnation.Value)
                .Select(m => m with { HasOpenLane = HasOpenLane(t, m.Incarnation) })],
            [.. t.Shards.OrderBy(s => s.Key.Value).Select(s => new ShardOwner(s.Key, s.Value.Owner, s.Value.Epoch))]);
    }

    private ValueTask<T> ChangeAsync<T>(Func<MemoryTables, (T, MemoryTables)> change) => ValueTask.FromResult(store.Change(change));
}
