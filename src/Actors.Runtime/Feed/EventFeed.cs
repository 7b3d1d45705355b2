using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gantry.Actors.Storage;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>Tails the shards by position, woken by commits; a shard that has not moved is not read.</summary>
internal sealed class EventFeed(IActorStore store, EngineModel model, FeedHub hub, TimeProvider time, ILogger log) : IEventFeed
{
    private const int Page = 256;

    // The store may be written by others than this node's lanes only in a cluster; a slow look costs nothing and forgives a lost wake-up.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly RowDecoder _decoder = new(model);

    // Shards of other nodes have no wake-up: the store is asked where they stand, once for all who follow.
    private static readonly TimeSpan LookAtOthers = TimeSpan.FromMilliseconds(250);

    public async ValueTask<FeedPosition> NowAsync(CancellationToken ct)
    {
        await hub.RefreshAsync(store, time, TimeSpan.Zero, ct).ConfigureAwait(false);
        var shards = ImmutableSortedDictionary.CreateBuilder<int, long>();
        var last = hub.Look().Last;
        for (var i = 0; i < last.Length; i++)
        {
            shards[i] = last[i];
        }

        return new FeedPosition(shards.ToImmutable());
    }

    public async IAsyncEnumerable<FeedEvent> FollowAsync(FeedPosition from, [EnumeratorCancellation] CancellationToken ct)
    {
        var at = from.Shards;
        while (true)
        {
            var (last, moved) = hub.Look();
            var isShort = true;
            for (var shard = 0; shard < last.Length; shard++)
            {
                if (last[shard] <= at.GetValueOrDefault(shard))
                {
                    continue;
                }

                var read = 0;
                await foreach (var row in store.TailAsync(new ShardId(shard), at.GetValueOrDefault(shard), Page, ct).ConfigureAwait(false))
                {
                    read++;
                    at = at.SetItem(shard, row.Position);
                    if (Decode(row, at) is { } fact)
                    {
                        yield return fact;
                    }
                }

                if (read == Page)
                {
                    isShort = false;
                }
                else if (at.GetValueOrDefault(shard) < last[shard])
                {
                    at = at.SetItem(shard, last[shard]);
                }
            }

            if (isShort)
            {
                await WaitAsync(moved, ct).ConfigureAwait(false);
            }
        }
    }

    private FeedEvent? Decode(EventRow row, ImmutableSortedDictionary<int, long> at)
    {
        try
        {
            return new FeedEvent
            {
                Entity = row.Entity,
                Sequence = row.Sequence,
                Tag = row.Tag,
                Fact = _decoder.Event(row),
                At = row.At,
                Caller = row.Caller,
                Cause = row.Cause,
                Resume = new FeedPosition(at),
            };
        }
        catch (WireException e)
        {
            RuntimeLog.FeedEventUnreadable(log, row.Entity.ToString(), e.Message);
            return null;
        }
    }

    private async Task WaitAsync(Task moved, CancellationToken ct)
    {
        try
        {
            await moved.WaitAsync(hub.IsWhole ? LookAgain : LookAtOthers, time, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Nothing was committed meanwhile.
        }

        try
        {
            await hub.RefreshAsync(store, time, LookAtOthers, ct).ConfigureAwait(false);
        }
        catch (StoreConnectionException)
        {
            // The next look comes.
        }
    }
}
