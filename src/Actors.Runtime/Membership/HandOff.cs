using System.Collections.Concurrent;
using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Gives shards to other nodes (engine 5.6): the target says that it is ready, intake stops, the lane commits the transfer, the target is told
/// to go, and what waited is sent after it.
/// </summary>
internal sealed class HandOff(NodeParts parts, Action<NodeEvent> post)
{
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<ShardEpoch, TaskCompletionSource> _offers = new();
    private readonly ConcurrentDictionary<ShardId, TaskCompletionSource<LaneOutput.TransferEnded>> _transfers = new();

    /// <summary>The target of a move can take the shard.</summary>
    public void Ready(ShardEpoch shard)
    {
        if (_offers.TryGetValue(shard, out var offer))
        {
            offer.TrySetResult();
        }
    }

    /// <summary>A lane's transfer ended.</summary>
    public void Ended(LaneOutput.TransferEnded ended)
    {
        if (_transfers.TryGetValue(ended.Shard, out var transfer))
        {
            transfer.TrySetResult(ended);
        }
    }

    public void Stop()
    {
        foreach (var transfer in _transfers.Values)
        {
            transfer.TrySetCanceled();
        }
    }

    public async Task GiveAsync(NodeOutput.Move move, CancellationToken ct)
    {
        var (shard, to) = (move.Shard, move.To);
        var isGiven = false;
        try
        {
            isGiven = await OfferAsync(shard, to, ct).ConfigureAwait(false) && await TransferAsync(move, ct).ConfigureAwait(false);
        }
        finally
        {
            parts.Map.Move(shard.Shard, ShardStanding.Offering, ShardStanding.Serving);
            post(new NodeEvent.MoveEnded(shard.Shard, isGiven));
        }
    }

    private async Task<bool> OfferAsync(ShardEpoch shard, Incarnation to, CancellationToken ct)
    {
        if (!parts.Map.Move(shard.Shard, ShardStanding.Serving, ShardStanding.Offering))
        {
            return false;
        }

        var ready = _offers.GetOrAdd(shard, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            if (!parts.Links.TrySend(to, new LinkFrame.Prepare(shard.Shard, shard.Epoch, [])))
            {
                return false;
            }

            await ready.Task.WaitAsync(ReadyPatience, parts.Time, ct).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            RuntimeLog.NotReady(parts.Log, parts.Map.NodeIdOf(to) ?? to.ToString(), shard.Shard.Value, ReadyPatience.TotalSeconds);
            return false;
        }
        finally
        {
            _offers.TryRemove(shard, out _);
        }
    }

    private async Task<bool> TransferAsync(NodeOutput.Move move, CancellationToken ct)
    {
        var (shard, to) = (move.Shard, move.To);
        var transfer = new TaskCompletionSource<LaneOutput.TransferEnded>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (parts.Router.LaneOf(shard.Shard) is not { } lane || !_transfers.TryAdd(shard.Shard, transfer))
        {
            return false;
        }

        try
        {
            if (!parts.Map.Move(shard.Shard, ShardStanding.Offering, ShardStanding.Giving))
            {
                return false;
            }

            var began = parts.Time.GetTimestamp();
            lane.Inbox.Complete(new LaneEvent.GiveAway(shard.Shard, to));
            var ended = await transfer.Task.WaitAsync(ct).ConfigureAwait(false);
            if (!ended.IsGiven)
            {
                RuntimeLog.NotGiven(parts.Log, shard.Shard.Value, parts.Map.NodeIdOf(to) ?? to.ToString(), ended.Why ?? "no reason given");
                parts.Map.Move(shard.Shard, ShardStanding.Giving, ShardStanding.Serving);
                return false;
            }

            // Without it the target sees at its next look that the shard is its own.
            parts.Links.TrySend(to, new LinkFrame.Go(shard.Shard, ended.Epoch, []) { IsHeld = move.IsHeld });
            parts.Map.Given(shard.Shard, to, ended.Epoch);
            parts.TellOthers(new ShardEpoch(shard.Shard, ended.Epoch), to);
            var pause = parts.Time.GetElapsedTime(began);
            parts.Metrics.Gave(pause);
            RuntimeLog.Gave(parts.Log, shard.Shard.Value, parts.Map.NodeIdOf(to) ?? to.ToString(), ended.Epoch, pause.TotalMilliseconds);
            return true;
        }
        finally
        {
            _transfers.TryRemove(shard.Shard, out _);
        }
    }
}
