using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.Bench;

/// <summary>Everything of one run.</summary>
internal sealed record BenchReport
{
    public required Machine Machine { get; init; }

    public required List<BenchResult> Results { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, BenchJson.Default.BenchReport);
}

/// <summary>Writes reports.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(BenchReport))]
internal sealed partial class BenchJson : JsonSerializerContext;
