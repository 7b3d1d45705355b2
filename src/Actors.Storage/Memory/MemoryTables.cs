using System.Collections.Immutable;

namespace Gantry.Actors.Storage;

/// <summary>Everything a memory store holds, as of one commit. Immutable: a snapshot is a reference.</summary>
internal sealed record MemoryTables
{
    public ImmutableDictionary<(Incarnation, int), LaneState> Lanes { get; init; } =
        ImmutableDictionary<(Incarnation, int), LaneState>.Empty;

    public ImmutableDictionary<Incarnation, MemberRow> Members { get; init; } = ImmutableDictionary<Incarnation, MemberRow>.Empty;

    public ImmutableDictionary<ShardId, ShardState> Shards { get; init; } = ImmutableDictionary<ShardId, ShardState>.Empty;

    /// <summary>Below these positions history may have been trimmed.</summary>
    public ImmutableDictionary<ShardId, long> Floors { get; init; } = ImmutableDictionary<ShardId, long>.Empty;

    public ImmutableDictionary<EntityAddress, ImmutableList<EventRow>> Events { get; init; } =
        ImmutableDictionary<EntityAddress, ImmutableList<EventRow>>.Empty;

    public ImmutableDictionary<ShardId, ImmutableList<EventRow>> Journal { get; init; } =
        ImmutableDictionary<ShardId, ImmutableList<EventRow>>.Empty;

    public ImmutableDictionary<EntityAddress, SnapshotRow> Snapshots { get; init; } =
        ImmutableDictionary<EntityAddress, SnapshotRow>.Empty;

    public ImmutableDictionary<EntityAddress, EntityState> Entities { get; init; } =
        ImmutableDictionary<EntityAddress, EntityState>.Empty;

    public ImmutableDictionary<(EntityAddress, string), ReceiptRow> Receipts { get; init; } =
        ImmutableDictionary<(EntityAddress, string), ReceiptRow>.Empty;

    public ImmutableDictionary<MailId, MailRow> Mail { get; init; } = ImmutableDictionary<MailId, MailRow>.Empty;

    public ImmutableSortedDictionary<MailPlace, MailRow> MailByDue { get; init; } =
        ImmutableSortedDictionary<MailPlace, MailRow>.Empty;

    public ImmutableDictionary<TimerKey, MailId> Timers { get; init; } = ImmutableDictionary<TimerKey, MailId>.Empty;

    public ImmutableDictionary<MailId, (MailRow Mail, ParkedRow Why)> Parked { get; init; } =
        ImmutableDictionary<MailId, (MailRow, ParkedRow)>.Empty;

    public ImmutableDictionary<(string Space, string Value), ClaimRow> Claims { get; init; } =
        ImmutableDictionary<(string, string), ClaimRow>.Empty;

    public ImmutableList<SuspectRow> Suspects { get; init; } = [];

    public ImmutableDictionary<string, ImmutableSortedDictionary<string, ViewCell>> Views { get; init; } =
        ImmutableDictionary<string, ImmutableSortedDictionary<string, ViewCell>>.Empty;
}

/// <summary>A lane's fence row.</summary>
internal readonly record struct LaneState(int Session, long Batch, bool Fenced);

/// <summary>A shard's owner.</summary>
internal readonly record struct ShardState(Incarnation? Owner, long Epoch);

/// <summary>A directory row.</summary>
internal readonly record struct EntityState(ShardId Shard, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt);

/// <summary>A view row with its owner.</summary>
internal sealed record ViewCell(EntityAddress Entity, long Revision, object?[] Columns, byte[] Document);

/// <summary>Where a message stands in the order of scans.</summary>
internal readonly record struct MailPlace(int Shard, DateTimeOffset Due, MailId Id) : IComparable<MailPlace>
{
    public static MailPlace Of(MailRow row) => new(row.ToShard.Value, row.DueAt, row.Id);

    public int CompareTo(MailPlace other) =>
        (Shard, Due, Id.SourceShard, Id.SourcePosition, Id.Ordinal).CompareTo(
            (other.Shard, other.Due, other.Id.SourceShard, other.Id.SourcePosition, other.Id.Ordinal));
}
