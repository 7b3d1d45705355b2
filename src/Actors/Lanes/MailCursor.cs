namespace Gantry.Actors;

/// <summary>A place in the order in which mail is scanned: due time (the smallest for mail without delay), then id.</summary>
/// <param name="DueAt">Due time of the last message seen.</param>
/// <param name="Id">Its id.</param>
public readonly record struct MailCursor(DateTimeOffset DueAt, MailId Id) : IComparable<MailCursor>
{
    /// <inheritdoc/>
    public int CompareTo(MailCursor other) =>
        (DueAt, Id.SourceShard, Id.SourcePosition, Id.Ordinal).CompareTo(
            (other.DueAt, other.Id.SourceShard, other.Id.SourcePosition, other.Id.Ordinal));
}
