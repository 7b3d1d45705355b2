using System.Text.Json;

namespace Gantry.Actors.Storage;

/// <summary>Reads rows back into objects. Thread-safe.</summary>
/// <remarks>Every method throws <see cref="WireException"/> for a body that this release cannot read.</remarks>
public sealed class RowDecoder(EngineModel model)
{
    /// <summary>The event of a row.</summary>
    public object Event(EventRow row) => model.Wire.Decode(row.Tag, row.Version, row.Body);

    /// <summary>The command of a message and what it carries.</summary>
    public (object Command, MailMeta Meta) Mail(MailRow row)
    {
        var command = model.Wire.Decode(row.Tag, row.Version, row.Body);
        try
        {
            return (command, JsonSerializer.Deserialize(row.Meta, EngineJson.Default.MailMeta)
                ?? throw new WireException($"the meta of {row.Id} is null"));
        }
        catch (JsonException e)
        {
            throw new WireException($"the meta of {row.Id} cannot be read: {e.Message}");
        }
    }

    /// <summary>Sender, reply token and hops of a message, its body left alone.</summary>
    public MailMeta Meta(MailRow row) => JsonSerializer.Deserialize(row.Meta, EngineJson.Default.MailMeta)
        ?? throw new WireException($"the meta of {row.Id} is null");

    /// <summary>The remembered reply.</summary>
    public object Reply(ReceiptRow row) => model.Wire.Decode(row.Tag, row.Version, row.Reply);

    /// <summary>The state that follows from snapshot and events.</summary>
    /// <exception cref="WireException">A body is unreadable, or the sequence has a hole: the entity is to be quarantined.</exception>
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
            if (row.Sequence <= revision)
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
    /// Whether the snapshot's state has the shape of this release. One that has not is left aside, and the whole history is folded
    /// instead: state is never upcast (engine 2.6).
    /// </summary>
    public bool IsUsable(SnapshotRow snapshot) =>
        model.Kinds.TryGetValue(snapshot.Entity.Kind, out var kind)
        && model.Wire.FormOf(kind.StateType) is var form
        && snapshot.Tag == form.Tag
        && snapshot.StateVersion == form.Version;

    private (object State, long Revision) FromSnapshot(EntityKind kind, EntityImage image) =>
        image.Snapshot is { } snapshot && IsUsable(snapshot)
            ? (model.Wire.Decode(snapshot.Tag, snapshot.StateVersion, snapshot.Body), snapshot.Sequence)
            : (kind.Runner.Initial, 0);
}

/// <summary>A loaded entity.</summary>
/// <param name="Entity">Whose.</param>
/// <param name="State">Its state.</param>
/// <param name="Revision">Events so far.</param>
/// <param name="SnapshotAt">Revision of the snapshot it was made from; 0 for none.</param>
public sealed record FoldedEntity(EntityAddress Entity, object State, long Revision, long SnapshotAt);
