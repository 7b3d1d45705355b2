using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>Reads what <c>open_batch</c> says when it raises.</summary>
internal static class Details
{
    public static CommitResult.Fenced Fence(string detail)
    {
        var bar = detail.IndexOf('|', StringComparison.Ordinal);
        return new CommitResult.Fenced(Enum.Parse<FenceReason>(detail[..bar]), detail[(bar + 1)..]);
    }

    public static CommitResult.Losers Losers(string detail)
    {
        var lost = JsonSerializer.Deserialize(detail, DetailJson.Default.LostRows) ?? new LostRows();
        return new CommitResult.Losers(
            [.. (lost.Gone ?? []).Select(m => new MailId(m[0].GetInt32(), m[1].GetInt64(), m[2].GetInt32()))],
            [.. (lost.Taken ?? []).Select(Conflict)],
            [.. (lost.Known ?? []).Select(Receipt)]);
    }

    private static ClaimConflict Conflict(JsonElement[] row) => new(
        row[0].GetString() ?? "", row[1].GetString() ?? "", EntityText.Parse(row[2].GetString() ?? ""),
        row[3].GetString() is { } holder ? EntityText.Parse(holder) : null);

    private static ReceiptRow Receipt(KnownRow row) => new(
        EntityText.Parse(row.Entity), row.Key, row.Digest, row.Seq, new DateTimeOffset(row.At, TimeSpan.Zero), row.Tag, row.Ver,
        Convert.FromBase64String(row.Reply.ReplaceLineEndings("")));
}

/// <summary>The detail of <c>AF002</c>.</summary>
internal sealed record LostRows
{
    public JsonElement[][]? Gone { get; set; }

    public JsonElement[][]? Taken { get; set; }

    public KnownRow[]? Known { get; set; }
}

/// <summary>A remembered receipt in it.</summary>
internal sealed record KnownRow(string Entity, string Key, string? Digest, long Seq, long At, string Tag, int Ver, string Reply);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LostRows))]
internal sealed partial class DetailJson : JsonSerializerContext;
