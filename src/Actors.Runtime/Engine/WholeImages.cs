using Gantry.Actors.Storage;

namespace Gantry.Actors.Runtime;

/// <summary>Reads what a state can be folded from: a snapshot that this release can use and the events after it, else the whole history.</summary>
internal sealed class WholeImages(IActorStore store, RowDecoder decoder)
{
    private const int HistoryPage = 1_000;

    public async ValueTask<EntityImage> ReadAsync(EntityAddress entity, CancellationToken ct) =>
        await WholeAsync(await LoadAsync(entity, ct).ConfigureAwait(false), ct).ConfigureAwait(false);

    /// <summary>The same for one that is read already: as it is, unless its snapshot is left aside, for a load gives only the events after it.</summary>
    public ValueTask<EntityImage> WholeAsync(EntityImage image, CancellationToken ct) =>
        image.Snapshot is null || decoder.IsUsable(image.Snapshot) ? ValueTask.FromResult(image) : FromEventsAsync(image.Entity, ct);

    /// <summary>Without the snapshot, unless the history was trimmed: then that is all there is of the beginning (engine 3.5).</summary>
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

        return events.Count > 0 && events[0].Sequence > 1
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
