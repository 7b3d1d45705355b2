using System.Collections.Immutable;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Runtime;

/// <summary>
/// The steps of a take-over that touch the store (engine 5.3, 5.4): declare dead, fence, claim. Each is asked for again by the kernel until a
/// look shows that it is done.
/// </summary>
/// <param name="parts">What the incarnation works with.</param>
/// <param name="roll">Who was seen dead, and when.</param>
/// <param name="post">Tells the kernel.</param>
/// <param name="look">Asks for a look: the next step shows there.</param>
internal sealed class TakeOver(NodeParts parts, MemberRoll roll, Action<NodeEvent> post, Action look)
{
    public async Task DeclareDeadAsync(NodeOutput.DeclareDead dead, CancellationToken ct)
    {
        try
        {
            var node = parts.Map.NodeIdOf(dead.Who) ?? dead.Who.ToString();
            if (await parts.Store.DeclareDeadAsync(dead.Who, dead.BeatSeen, ct).ConfigureAwait(false))
            {
                RuntimeLog.DeclaredDead(parts.Log, node, parts.Options.TimeToLive.TotalSeconds);
                look();
            }
        }
        catch (StoreConnectionException e)
        {
            RuntimeLog.NodeStepFailed(parts.Log, "declare a node dead", e.Message);
        }
    }

    public async Task FenceAsync(Incarnation who, CancellationToken ct)
    {
        var isThrough = false;
        try
        {
            isThrough = await parts.Store.FenceAsync(who, ct).ConfigureAwait(false);
        }
        catch (StoreConnectionException e)
        {
            RuntimeLog.NodeStepFailed(parts.Log, "fence a dead node", e.Message);
        }

        post(new NodeEvent.FenceDone(who, isThrough));
        if (isThrough)
        {
            look();
        }
    }

    public async Task ClaimAsync(ImmutableArray<ShardId> shards, CancellationToken ct)
    {
        var former = shards.ToDictionary(s => s, s => parts.Map.SeatOf(s).Owner);
        foreach (var shard in shards)
        {
            parts.Map.Claim(shard, long.MaxValue);
        }

        ImmutableArray<ShardEpoch> taken = [];
        var asked = parts.Time.GetTimestamp();
        try
        {
            taken = await parts.Store.ClaimAsync(parts.Me, shards, ct).ConfigureAwait(false);
        }
        catch (StoreConnectionException e)
        {
            RuntimeLog.NodeStepFailed(parts.Log, "claim shards", e.Message);
        }

        parts.Map.Confirm(taken, asked);
        foreach (var shard in shards.Except(taken.Select(t => t.Shard)))
        {
            parts.Map.NotClaimed(shard);
        }

        post(new NodeEvent.Claimed(taken));
        if (taken.Length > 0)
        {
            RuntimeLog.Claimed(parts.Log, taken.Length, shards.Length);
        }

        foreach (var shard in taken)
        {
            Tell(shard, former[shard.Shard]);
        }
    }

    // Whoever had it may be cut off from the store and not know: it passes commands on once it does (engine 5.9).
    private void Tell(ShardEpoch shard, Incarnation? former)
    {
        parts.TellOthers(shard, parts.Me);
        if (former is not { } before || before == parts.Me)
        {
            return;
        }

        if (!parts.Map.Members.ContainsKey(before))
        {
            parts.Links.TrySend(before, new LinkFrame.Moved(0, shard.Shard, parts.Me, shard.Epoch));
        }

        if (roll.DeadFor(before) is { } since)
        {
            parts.Metrics.TookOver(since);
        }
    }
}
