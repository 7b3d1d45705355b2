using System.Globalization;

namespace Gantry.Actors;

/// <summary>A message's identity: the position it was posted at in its source shard, and its ordinal there.</summary>
public readonly record struct MailId(int SourceShard, long SourcePosition, int Ordinal)
{
    /// <inheritdoc/>
    public override string ToString() => $"mail:{SourceShard}.{SourcePosition}.{Ordinal}";

    /// <summary>Reads what <see cref="ToString"/> wrote; the prefix may be missing.</summary>
    public static bool TryParse(string? text, out MailId id)
    {
        id = default;
        var parts = (text ?? "").AsSpan();
        parts = parts.StartsWith("mail:", StringComparison.Ordinal) ? parts[5..] : parts;
        Span<Range> at = stackalloc Range[4];
        if (parts.Split(at, '.') != 3
            || !int.TryParse(parts[at[0]], NumberStyles.None, CultureInfo.InvariantCulture, out var shard)
            || !long.TryParse(parts[at[1]], NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            || !int.TryParse(parts[at[2]], NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal))
        {
            return false;
        }

        id = new MailId(shard, position, ordinal);
        return true;
    }
}
