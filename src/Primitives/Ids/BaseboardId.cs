using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Gantry.Primitives;

/// <summary>
/// The lasting identity of a sled's hardware; the key of a quorum member. Its order (part, then serial, by bytes) fixes the indices of
/// shares, so it is part of the protocol (trust-quorum 0).
/// </summary>
/// <param name="PartNumber">Part number, without colon.</param>
/// <param name="SerialNumber">Serial number, without colon: what people type.</param>
public sealed record BaseboardId(
    [property: JsonPropertyName("part_number")] string PartNumber,
    [property: JsonPropertyName("serial_number")] string SerialNumber) : IComparable<BaseboardId>
{
    /// <summary>Longest part or serial number; our own, wider than any label.</summary>
    public const int TextMax = 128;

    /// <summary>Whether both halves are printable ASCII without space and colon, 1 to <see cref="TextMax"/> characters.</summary>
    [JsonIgnore]
    public bool IsWellFormed => IsHalf(PartNumber) && IsHalf(SerialNumber);

    /// <summary>Reads <c>part:serial</c>: exactly one colon.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out BaseboardId? id)
    {
        var halves = text.Split(':');
        id = halves.Length == 2 && IsHalf(halves[0]) && IsHalf(halves[1]) ? new BaseboardId(halves[0], halves[1]) : null;
        return id is not null;
    }

    /// <inheritdoc/>
    public int CompareTo(BaseboardId? other)
    {
        if (other is null)
        {
            return 1;
        }

        var byPart = string.CompareOrdinal(PartNumber, other.PartNumber);
        return byPart != 0 ? byPart : string.CompareOrdinal(SerialNumber, other.SerialNumber);
    }

    /// <summary>The text form <c>part:serial</c>.</summary>
    public override string ToString() => $"{PartNumber}:{SerialNumber}";

    private static bool IsHalf(string half) => half.Length is >= 1 and <= TextMax && half.All(c => c is > ' ' and <= '~' and not ':');
}
