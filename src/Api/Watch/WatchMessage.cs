using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.Api;

/// <summary>One message of a watch.</summary>
internal sealed record WatchMessage
{
    /// <summary><c>snapshot</c>, <c>synced</c>, <c>added</c>, <c>changed</c>, <c>removed</c>, <c>heartbeat</c>, <c>cut</c>.</summary>
    public required string Type { get; init; }

    public string? Kind { get; init; }

    public string? Id { get; init; }

    public long? Generation { get; init; }

    /// <summary>The object as its GET shows it; absent when removed.</summary>
    public JsonElement? Object { get; init; }

    /// <summary>Where to go on after this message; absent within the snapshot.</summary>
    public string? Resume { get; init; }

    public DateTimeOffset? Time { get; init; }
}

/// <summary>Messages of the watch.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WatchMessage))]
internal sealed partial class WatchJson : JsonSerializerContext;
