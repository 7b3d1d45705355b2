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
            var read = new Dictionary<EntityAddress, EntityImage>();
            var addresses = load.Entities.Where(e => !e.FromEventsOnly).Select(e => e.Entity).ToList();
            await foreach (var image in host.Store.LoadAsync(addresses, ct).ConfigureAwait(false))
            {
                read[image.Entity] = image;
            }

            var images = new EntityImage[load.Entities.Length];
            for (var i = 0; i < images.Length; i++)
            {
                images[i] = await WholeAsync(load.Entities[i], read, ct).ConfigureAwait(false);
            }

            host.Metrics.Loaded(host.Time.GetElapsedTime(began), images.Length);
            new FoldJob(host, inbox, load.Entities, images, new LoadedEntity[images.Length], first: 0).Run();
        }
        catch (StoreConnectionException e)
        {
            inbox.Complete(new LaneEvent.LoadFailed(load.Entities, e.Message));
        }
    }

    // A snapshot of another shape is left aside, as is every snapshot at a restart; the load gave only the events after it, so all are read.
    private async ValueTask<EntityImage> WholeAsync(
        EntityStamp stamp, Dictionary<EntityAddress, EntityImage> read, CancellationToken ct)
    {
        if (!stamp.FromEventsOnly)
        {
            var image = read.GetValueOrDefault(stamp.Entity) ?? new EntityImage(stamp.Entity, null, []);
            if (image.Snapshot is null || host.Decoder.IsUsable(image.Snapshot))
            {
                return image;
            }
        }

        var events = new List<EventRow>();
        int before;
        do
        {
            before = events.Count;
            var after = before == 0 ? 0 : events[^1].Sequence;
            await foreach (var row in host.Store.HistoryAsync(stamp.Entity, after, HistoryPage, ct).ConfigureAwait(false))
            {
                events.Add(row);
            }
        }
        while (events.Count - before == HistoryPage);

        if (events.Count > 0 && events[0].Sequence > 1)
        {
            // Its history was trimmed: the snapshot is all there is of its beginning (engine 3.5).
            await foreach (var image in host.Store.LoadAsync([stamp.Entity], ct).ConfigureAwait(false))
            {
                return image;
            }
        }

        return new EntityImage(stamp.Entity, null, events);
    }
}
