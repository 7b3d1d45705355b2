
namespace Gantry.Actors.Storage;

/// <summary>A row as it came out of a store. One that is damaged is given all the same, so that the rest goes on: whoever decodes it learns it.</summary>
public abstract record StoredRow
{
    /// <summary>Null for a row that is whole; else what is wrong with it and what to do. Nothing else in it may then be believed.</summary>
    public string? Damage { get; init; }
}

/// <summary>One event.</summary>
public sealed record EventRow(
    EntityAddress Entity, long Sequence, ShardId Shard, long Position, long Epoch, string Tag, int Version,
    DateTimeOffset At, string Cause, string Caller, string? Trace, byte[] Body) : StoredRow;

/// <summary>One snapshot: the state after <paramref name="Sequence"/> events.</summary>
public sealed record SnapshotRow(EntityAddress Entity, long Sequence, string Tag, int StateVersion, byte[] Body) : StoredRow;

/// <summary>The directory row of an entity.</summary>
public sealed record EntityRow(EntityAddress Entity, ShardId Shard, DateTimeOffset At);

/// <summary>A remembered reply. <paramref name="Sequence"/> is the revision after the command.</summary>
public sealed record ReceiptRow(
    EntityAddress Entity, string Key, string? Digest, long Sequence, DateTimeOffset At, string Tag, int Version, byte[] Reply) : StoredRow;

/// <summary>A claimed value.</summary>
public sealed record ClaimRow(string Space, string Value, EntityAddress Entity, DateTimeOffset At);

/// <summary>A timer's identity.</summary>
public readonly record struct TimerKey(EntityAddress Entity, string Name);

/// <summary>A message. <paramref name="DueAt"/> is <see cref="DateTimeOffset.MinValue"/> for one without delay.</summary>
public sealed record MailRow(
    MailId Id, ShardId ToShard, EntityAddress To, DateTimeOffset DueAt, string? TimerName, string Tag, int Version,
    byte[] Meta, int Loads, byte[] Body) : StoredRow;

/// <summary>A message that was given up.</summary>
public sealed record ParkedRow(MailId Id, DateTimeOffset At, int Attempts, string Reason);

/// <summary>What a load gives for one entity.</summary>
public sealed record EntityImage(EntityAddress Entity, SnapshotRow? Snapshot, IReadOnlyList<EventRow> Events)
{
    /// <summary>The newest event there is; 0 for none.</summary>
    public long LastSequence => Events.Count == 0 ? 0 : Events[^1].Sequence;

    /// <summary>The snapshot says more than the journal, which is the truth (engine 3.5). One that is damaged says nothing.</summary>
    public bool IsAhead => Snapshot is { Damage: null } snapshot && LastSequence < snapshot.Sequence;
}

/// <summary>One change of one view row.</summary>
/// <param name="View">The view.</param>
/// <param name="Key">The row's key.</param>
/// <param name="Entity">The entity that owns the row.</param>
/// <param name="Shard">Its shard.</param>
/// <param name="Revision">The entity's revision after the event.</param>
/// <param name="Columns">Values of the declared columns in order (string, long or null); null for a delete.</param>
/// <param name="Document">The row document; null for a delete.</param>
public sealed record ViewRowOp(
    ViewSchema View, string Key, EntityAddress Entity, ShardId Shard, long Revision, object?[]? Columns, byte[]? Document)
{
    /// <summary>Whether the row goes.</summary>
    public bool IsDelete => Document is null;
}

/// <summary>A question to a view, without types.</summary>
public sealed record ViewRowQuery(
    ViewSchema View, IReadOnlyList<ViewTest> Where, string? OrderBy, bool Descending, ViewCursor? After, int Limit)
{
    /// <summary>The answer's rows carry <see cref="ViewRow.Columns"/>.</summary>
    public bool WithColumns { get; init; }
}

/// <summary>One row of a view.</summary>
public sealed record ViewRow(string Key, EntityAddress Entity, long Revision, object? Order, byte[] Document) : StoredRow
{
    /// <summary>Values of the declared columns in order (string, long or null), as they stand beside the document; null when not asked for.</summary>
    public object?[]? Columns { get; init; }
}

/// <summary>Rows in order; fewer than the limit means the end was reached.</summary>
public sealed record ViewRowPage(IReadOnlyList<ViewRow> Rows);
