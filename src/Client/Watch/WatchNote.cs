using System.Text.Json;

namespace Gantry.Client;

/// <summary>One message of a watch.</summary>
public sealed record WatchNote
{
    /// <summary><c>snapshot</c>, <c>synced</c>, <c>added</c>, <c>changed</c>, <c>removed</c>, <c>heartbeat</c>, <c>cut</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The kind of object.</summary>
    public string? Kind { get; init; }

    /// <summary>The object's id.</summary>
    public string? Id { get; init; }

    /// <summary>Its generation.</summary>
    public long? Generation { get; init; }

    /// <summary>The object as its GET shows it; null when removed.</summary>
    public JsonElement? Object { get; init; }

    /// <summary>Where to go on after this message.</summary>
    public string? Resume { get; init; }
}
