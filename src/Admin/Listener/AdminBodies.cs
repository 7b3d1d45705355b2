using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Gantry.Admin;

/// <summary>The served palette.</summary>
internal sealed record PaletteBody(int SchemaVersion, IReadOnlyList<CommandBody> Commands);

/// <summary>One command as clients see it.</summary>
internal sealed record CommandBody(
    string Noun, string Verb, string Help, string Grade, string? Target, bool IsOne, IReadOnlyList<ArgumentBody> Arguments, IReadOnlyList<ColumnBody> Columns);

/// <summary>One argument.</summary>
internal sealed record ArgumentBody(string Name, string Help, bool IsRequired, bool IsPlaced, bool IsNumber, bool IsSwitch, IReadOnlyList<string> Choices);

/// <summary>One column.</summary>
internal sealed record ColumnBody(string Head, string Member, bool IsAge);

/// <summary>What a caller asks.</summary>
internal sealed record RunBody
{
    public Dictionary<string, JsonElement>? Arguments { get; init; }

    public bool DryRun { get; init; }

    /// <summary><c>yes</c> for what disrupts, the target's value for what has no way back.</summary>
    public string? Confirm { get; init; }
}

/// <summary>What is answered.</summary>
internal sealed record RunAnswer(bool DryRun, bool Difference, IReadOnlyList<JsonObject> Rows, IReadOnlyList<string> Effects);

/// <summary>An error, in the form of the operator API.</summary>
internal sealed record AdminError(string RequestId, string? ErrorCode, string Message, string Reason, string? Remedy);

/// <summary>Health, in the form of the operator API.</summary>
internal sealed record AdminHealth(string Status, IReadOnlyList<AdminHealthCheck> Checks);

/// <summary>One check.</summary>
internal sealed record AdminHealthCheck(string Name, bool Ok, string Message, string? Remedy);

/// <summary>Bodies of the admin listener.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(PaletteBody))]
[JsonSerializable(typeof(RunBody))]
[JsonSerializable(typeof(RunAnswer))]
[JsonSerializable(typeof(AdminError))]
[JsonSerializable(typeof(AdminHealth))]
internal sealed partial class AdminJson : JsonSerializerContext;
