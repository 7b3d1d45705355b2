using System.Collections.Immutable;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Runtime;

/// <summary>Reads entities and folds their states, beside the lane. Unreadable data makes one entity broken, never a load.</summary>
internal sealed class EntityLoader(LaneHost host, LaneInbox inbox)
{
    private const int HistoryPage = 1_000;

    public async Task LoadAsync(LaneOutput.Load load, CancellationToken ct)
    {
        var began = host.Time.GetTimestamp();
        try
        {
            var images = new Dictionary<EntityAddress, EntityImage>();
            var addresses = load.Entities.Select(e => e.Entity).ToList();
            await foreach (var image in host.Store.LoadAsync(addresses, ct).ConfigureAwait(false))
            {
                images[image.Entity] = image;
            }

            var loaded = ImmutableArray.CreateBuilder<LoadedEntity>(load.Entities.Length);
            foreach (var stamp in load.Entities)
            {
                var image = images.GetValueOrDefault(stamp.Entity) ?? new EntityImage(stamp.Entity, null, []);
                loaded.Add(Fold(stamp, await WithHistoryAsync(image, ct).ConfigureAwait(false)));
            }

            host.Metrics.Loaded(host.Time.GetElapsedTime(began), loaded.Count);
            inbox.Complete(new LaneEvent.Loaded(loaded.MoveToImmutable()));
        }
        catch (StoreConnectionException e)
        {
            inbox.Complete(new LaneEvent.LoadFailed(load.Entities, e.Message));
        }
    }

    // A snapshot of another shape is left aside; the load gave only the events after it, so the others are read too.
    private async ValueTask<EntityImage> WithHistoryAsync(EntityImage image, CancellationToken ct)
    {
        if (image.Snapshot is null || host.Decoder.IsUsable(image.Snapshot))
        {
            return image;
        }

        var events = new List<EventRow>();
        int before;
        do
        {
            before = events.Count;
            var after = before == 0 ? 0 : events[^1].Sequence;
            await foreach (var row in host.Store.HistoryAsync(image.Entity, after, HistoryPage, ct).ConfigureAwait(false))
            {
                events.Add(row);
            }
        }
        while (events.Count - before == HistoryPage);

        return new EntityImage(image.Entity, null, events);
    }

    private LoadedEntity Fold(EntityStamp stamp, EntityImage image)
    {
        try
        {
            var folded = host.Decoder.Fold(image);
            return new LoadedEntity(stamp, folded.State, folded.Revision, folded.SnapshotAt);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // WireException: data; anything else: Apply threw. Both quarantine this entity alone (engine 6).
            return new LoadedEntity(stamp, null, 0, 0, $"{e.GetType().Name}: {e.Message}");
        }
    }
}
