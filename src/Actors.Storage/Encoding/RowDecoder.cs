using System.Text.Json;

namespace Gantry.Actors.Storage;

/// <summary>Reads rows back into objects. Thread-safe.</summary>
/// <remarks>Every method throws <see cref="WireException"/> for a body that this release cannot read.</remarks>
public sealed class RowDecoder(EngineModel model)
{
    /// <summary>The event of a row.</summary>
    public object Event(EventRow row) => model.Wire.Decode(row.Tag, row.Version, Whole(row).Body);

    /// <summary>The command of a message and what it carries.</summary>
    public (object Command, MailMeta Meta) Mail(MailRow row)
    {
        var command = model.Wire.Decode(row.Tag, row.Version, Whole(row).Body);
        try
        {
            return (command, JsonSerializer.Deserialize(row.Meta, EngineJson.Default.MailMeta)
                ?? throw new WireException($"the meta of {row.Id} is null"));
        }
        catch (Exception e) when (e is not WireException)
        {
            throw new WireException($"the meta of {row.Id} cannot be read: {e.Message}");
        }
    }

    /// <summary>Sender, reply token and hops of a message, its body left alone.</summary>
    public MailMeta Meta(MailRow row) => JsonSerializer.Deserialize(Whole(row).Meta, EngineJson.Default.MailMeta)
        ?? throw new WireException($"the meta of {row.Id} is null");

    /// <summary>The remembered reply.</summary>
    public object Reply(ReceiptRow row) => model.Wire.Decode(row.Tag, row.Version, Whole(row).Reply);

    /// <summary>The state that follows from snapshot and events.</summary>
    /// <exception cref="WireException">A body is unreadable, the sequence has a hole, or the snapshot is ahead of it: the entity is to be quarantined.</exception>
    public FoldedEntity Fold(EntityImage image)
    {
        if (!model.Kinds.TryGetValue(image.Entity.Kind, out var kind))
        {
            throw new WireException($"no kind is named {image.Entity.Kind}");
        }

        var (state, revision) = FromSnapshot(kind, image);
        var snapshotAt = revision;
        foreach (var row in image.Events)
        {
            if (Whole(row).Sequence <= revision)
            {
                continue;
            }

            if (row.Sequence != revision + 1)
            {
                throw new WireException($"{image.Entity} lacks event {revision + 1}: the next one there is {row.Sequence}");
            }

            state = kind.Runner.Apply(state, Event(row));
            revision = row.Sequence;
        }

        return new FoldedEntity(image.Entity, state, revision, snapshotAt);
    }

    /// <summary>
    /// Whether the snapshot is whole and its state has the shape of this release. One that has not is left aside, and the whole history is
    /// folded instead: state is upcast only where those events are gone (engine 2.6, 3.5).
    /// </summary>
    public bool IsUsable(SnapshotRow snapshot) =>
        snapshot.Damage is null
        && model.Kinds.TryGetValue(snapshot.Entity.Kind, out var kind)
        && model.Wire.FormOf(kind.StateType) is var form
        && snapshot.Tag == form.Tag
        && snapshot.StateVersion == form.Version;

    private (object State, long Revision) FromSnapshot(EntityKind kind, EntityImage image)
    {
        if (image.Snapshot is not { } snapshot)
        {
            return (kind.Runner.Initial, 0);
        }

        if (image.IsAhead)
        {
            throw new WireException(
                $"the snapshot of {image.Entity} ends with event {snapshot.Sequence}, the journal with {image.LastSequence}, and the journal alone does not begin with event 1");
        }

        if (IsUsable(snapshot))
        {
            return (model.Wire.Decode(snapshot.Tag, snapshot.StateVersion, snapshot.Body), snapshot.Sequence);
        }

        // Without it nothing may be missing at the beginning, or an entity would start anew that has a past.
        return image.Events.Count > 0 && image.Events[0].Sequence == 1
            ? (kind.Runner.Initial, 0)
            : (FormerState(kind, snapshot), snapshot.Sequence);
    }

    // The events it was made of were trimmed: upcasters, if its release left any, are the last way to read it.
    private object FormerState(EntityKind kind, SnapshotRow snapshot)
    {
        if (snapshot.Damage is null && snapshot.Tag == model.Wire.FormOf(kind.StateType).Tag
            && model.Wire.Decode(snapshot.Tag, snapshot.StateVersion, snapshot.Body) is var state && kind.StateType.IsInstanceOfType(state))
        {
            return state;
        }

        throw new WireException(
            snapshot.Damage ?? $"the snapshot of {snapshot.Entity} has another shape ({snapshot.Tag} version {snapshot.StateVersion}), and its first events are gone");
    }

    private static TRow Whole<TRow>(TRow row) where TRow : StoredRow => row.Damage is null ? row : throw new WireException(row.Damage);
}

/// <summary>A loaded entity.</summary>
/// <param name="Entity">Whose.</param>
/// <param name="State">Its state.</param>
/// <param name="Revision">Events so far.</param>
/// <param name="SnapshotAt">Revision of the snapshot it was made from; 0 for none.</param>
public sealed record FoldedEntity(EntityAddress Entity, object State, long Revision, long SnapshotAt);
