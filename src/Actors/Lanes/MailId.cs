namespace Gantry.Actors;

/// <summary>A message's identity: the position it was posted at in its source shard, and its ordinal there.</summary>
public readonly record struct MailId(int SourceShard, long SourcePosition, int Ordinal)
{
    /// <inheritdoc/>
    public override string ToString() => $"mail:{SourceShard}.{SourcePosition}.{Ordinal}";
}
