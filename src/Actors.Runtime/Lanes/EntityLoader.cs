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
        var loaded = new LoadedEntity[load.Entities.Length];
        await host.Gates.Loads.WaitAsync(ct).ConfigureAwait(false);
        var began = host.Time.GetTimestamp();
        try
        {
            var read = new Dictionary<EntityAddress, EntityImage>();
            var damaged = new Dictionary<EntityAddress, string>();
            await ReadAsync([.. load.Entities.Where(e => !e.FromEventsOnly).Select(e => e.Entity)], read, damaged, ct).ConfigureAwait(false);
            for (var i = 0; i < images.Length; i++)
            {
                var stamp = load.Entities[i];
                if (!damaged.ContainsKey(stamp.Entity))
                {
                    images[i] = await WholeAsync(stamp, read, damaged, ct).ConfigureAwait(false);
                }

                if (damaged.TryGetValue(stamp.Entity, out var why))
                {
                    loaded[i] = new LoadedEntity(stamp, null, 0, 0, why);
                }
            }

            host.Metrics.Loaded(host.Time.GetElapsedTime(began), images.Length);
        }
        catch (StoreConnectionException e) when (!e.IsAnotherServer)
        {
            inbox.Complete(new LaneEvent.LoadFailed(load.Entities, e.Message));
            return;
        }
        finally
        {
            host.Gates.Loads.Release();
        }

        new FoldJob(host, inbox, load.Entities, images, loaded, first: 0).Run();
    }

    // A page of the store that cannot be read fails whatever touches it: in halves, until whoever lies on it stands alone.
    private async Task ReadAsync(
        IReadOnlyList<EntityAddress> some, Dictionary<EntityAddress, EntityImage> read, Dictionary<EntityAddress, string> damaged, CancellationToken ct)
    {
        try
        {
            await foreach (var image in host.Store.LoadAsync(some, ct).ConfigureAwait(false))
            {
                read[image.Entity] = image;
            }

            return;
        }
        catch (StoreConnectionException e) when (e.IsDamage && some.Count > 0)
        {
            if (some.Count == 1)
            {
                damaged[some[0]] = e.Message;
                return;
            }
        }

        var half = some.Count / 2;
        await ReadAsync([.. some.Take(half)], read, damaged, ct).ConfigureAwait(false);
        await ReadAsync([.. some.Skip(half)], read, damaged, ct).ConfigureAwait(false);
    }

    // A snapshot of another shape is left aside, as is every snapshot at a restart.
    private async ValueTask<EntityImage> WholeAsync(
        EntityStamp stamp, Dictionary<EntityAddress, EntityImage> read, Dictionary<EntityAddress, string> damaged, CancellationToken ct)
    {
        var image = read.GetValueOrDefault(stamp.Entity) ?? new EntityImage(stamp.Entity, null, []);
        try
        {
            return stamp.FromEventsOnly
                ? await _images.FromEventsAsync(stamp.Entity, ct).ConfigureAwait(false)
                : await _images.WholeAsync(image, ct).ConfigureAwait(false);
        }
        catch (StoreConnectionException e) when (e.IsDamage)
        {
            damaged[stamp.Entity] = e.Message;
            return image;
        }
    }
}
