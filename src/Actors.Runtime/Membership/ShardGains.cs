using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Gives gained shards to their lanes, in order. Marks of what may have ended a former owner are read before anything of a shard runs here
/// (engine 4.4).
/// </summary>
internal sealed class ShardGains(NodeParts parts)
{
    private const int WaitingMax = 8_192;

    private readonly Channel<ImmutableArray<ShardEpoch>> _gains = Channel.CreateBounded<ImmutableArray<ShardEpoch>>(WaitingMax);
    private readonly ConcurrentDictionary<ShardId, (long Epoch, ImmutableArray<(EntityAddress Entity, string Why)> Suspects)> _prepared = new();

    public ValueTask AddAsync(ImmutableArray<ShardEpoch> gains, CancellationToken ct) => _gains.Writer.WriteAsync(gains, ct);

    /// <summary>
    /// Another node wants to give a shard to us. What has to be read before anything of it runs here is read while it still serves: marks that it
    /// made later would have ended it, and the move with it.
    /// </summary>
    public async Task PrepareAsync(Incarnation from, ShardEpoch shard, CancellationToken ct)
    {
        try
        {
            _prepared[shard.Shard] = (shard.Epoch, await parts.Suspects.ReadAsync(ct).ConfigureAwait(false));
        }
        catch (StoreConnectionException)
        {
            // Then it is read when the shard is here.
            _prepared.TryRemove(shard.Shard, out _);
        }

        parts.Links.TrySend(from, new LinkFrame.Ready(shard.Shard, shard.Epoch));
    }

    /// <summary>Goes on until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            await foreach (var gains in _gains.Reader.ReadAllAsync(ct).ConfigureAwait(false))
            {
                var suspects = PreparedFor(gains) ?? await SuspectsAsync(ct).ConfigureAwait(false);
                foreach (var gain in gains)
                {
                    parts.Gain(gain, suspects.Where(s => ShardId.Of(s.Entity, parts.Map.ShardCount) == gain.Shard));
                    parts.Map.Serve(gain.Shard, parts.Me, gain.Epoch);
                }

                parts.Metrics.Moved(gains.Length);
                RuntimeLog.Gained(parts.Log, gains.Length, gains[0].Shard.Value);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The usual end.
        }
    }

    // Only for the move that was prepared: a shard that went another way meanwhile has a higher epoch.
    private ImmutableArray<(EntityAddress Entity, string Why)>? PreparedFor(ImmutableArray<ShardEpoch> gains) =>
        gains is [var one] && _prepared.TryRemove(one.Shard, out var known) && known.Epoch + 1 == one.Epoch ? known.Suspects : null;

    private async Task<ImmutableArray<(EntityAddress Entity, string Why)>> SuspectsAsync(CancellationToken ct)
    {
        for (var left = 3; ; left--)
        {
            try
            {
                return await parts.Suspects.ReadAsync(ct).ConfigureAwait(false);
            }
            catch (StoreConnectionException e)
            {
                RuntimeLog.NodeStepFailed(parts.Log, "read suspect marks", e.Message);
                if (left == 0)
                {
                    return [];
                }

                await Task.Delay(TimeSpan.FromMilliseconds(200), parts.Time, ct).ConfigureAwait(false);
            }
        }
    }
}
