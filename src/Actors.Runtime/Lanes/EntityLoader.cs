using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Runtime;

/// <summary>Reads entities and folds their states, beside the lane. Unreadable data makes one entity broken, never a load.</summary>
internal sealed class EntityLoader(LaneHost host, LaneInbox inbox)
{
    private readonly WholeImages _images = new(host.Store, host.Decoder, host.Log);

    public async Task LoadAsync(LaneOutput.Load load, CancellationToken ct)
    {
        var images = new EntityImage[load.Entities.Length];
        await host.Gates.Loads.WaitAsync(ct).ConfigureAwait(false);
        var began = host.Time.GetTimestamp();
        try
        {
            var read = new Dictionary<EntityAddress, EntityImage>();
            var addresses = load.Entities.Where(e => !e.FromEventsOnly).Select(e => e.Entity).ToList();
            await foreach (var image in host.Store.LoadAsync(addresses, ct).ConfigureAwait(false))
            {
                read[image.Entity] = image;
            }

            for (var i = 0; i < images.Length; i++)
            {
                images[i] = await WholeAsync(load.Entities[i], read, ct).ConfigureAwait(false);
            }

            host.Metrics.Loaded(host.Time.GetElapsedTime(began), images.Length);
        }
        catch (StoreConnectionException e)
        {
            inbox.Complete(new LaneEvent.LoadFailed(load.Entities, e.Message));
            return;
        }
        finally
        {
            host.Gates.Loads.Release();
        }

        new FoldJob(host, inbox, load.Entities, images, new LoadedEntity[images.Length], first: 0).Run();
    }

    // A snapshot of another shape is left aside, as is every snapshot at a restart.
    private ValueTask<EntityImage> WholeAsync(EntityStamp stamp, Dictionary<EntityAddress, EntityImage> read, CancellationToken ct) =>
        stamp.FromEventsOnly
            ? _images.FromEventsAsync(stamp.Entity, ct)
            : _images.WholeAsync(read.GetValueOrDefault(stamp.Entity) ?? new EntityImage(stamp.Entity, null, []), ct);
}
