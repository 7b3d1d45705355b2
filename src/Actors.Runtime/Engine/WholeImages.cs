using Gantry.Actors.Storage;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>Reads what a state can be folded from: a snapshot that this release can use and the events after it, else the whole history.</summary>
internal sealed class WholeImages(IActorStore store, RowDecoder decoder, ILogger log)
{
    private const int HistoryPage = 1_000;

    /// <summary>What folds the images.</summary>
    public RowDecoder Decoder => decoder;

    public async ValueTask<EntityImage> ReadAsync(EntityAddress entity, CancellationToken ct) =>
        await WholeAsync(await LoadAsync(entity, ct).ConfigureAwait(false), ct).ConfigureAwait(false);

    /// <summary>
    /// The same for one that is read already: as it is, unless its snapshot is left aside, for a load gives only the events from it on. A snapshot
    /// that is newer than the newest event cannot be (it is made of committed states only), so that is told with both numbers (engine 3.5).
    /// </summary>
    public ValueTask<EntityImage> WholeAsync(EntityImage image, CancellationToken ct)
    {
        if (image.Snapshot is not { } snapshot)
        {
            return ValueTask.FromResult(image);
        }

        if (image.IsAhead)
        {
            RuntimeLog.SnapshotAhead(log, image.Entity.ToString(), snapshot.Sequence, image.LastSequence);
            return FromEventsAsync(image.Entity, ct);
        }

        return decoder.IsUsable(snapshot) ? ValueTask.FromResult(image) : FromEventsAsync(image.Entity, ct);
    }

    /// <summary>
    /// Without the snapshot, unless the history does not reach back to its beginning: then the snapshot is all there is of it (engine 3.5), and no
    /// entity that has one begins anew.
    /// </summary>
    public async ValueTask<EntityImage> FromEventsAsync(EntityAddress entity, CancellationToken ct)
    {
        var events = new List<EventRow>();
        int before;
        do
        {
            before = events.Count;
            var after = before == 0 ? 0 : events[^1].Sequence;
            await foreach (var row in store.HistoryAsync(entity, after, HistoryPage, ct).ConfigureAwait(false))
            {
                events.Add(row);
            }
        }
        while (events.Count - before == HistoryPage);

        return events.Count == 0 || events[0].Sequence > 1
            ? await LoadAsync(entity, ct).ConfigureAwait(false)
            : new EntityImage(entity, null, events);
    }

    private async ValueTask<EntityImage> LoadAsync(EntityAddress entity, CancellationToken ct)
    {
        await foreach (var image in store.LoadAsync([entity], ct).ConfigureAwait(false))
        {
            return image;
        }

        return new EntityImage(entity, null, []);
    }
}
