using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Gantry.Cli;

/// <summary>Takes secrets out of what a bundle keeps: members whose name says that they are one, and anything that looks like a token.</summary>
internal static partial class BundleSecrets
{
    /// <summary>What stands in the place of a secret.</summary>
    public const string Mask = "***";

    /// <summary>A copy without secrets.</summary>
    public static JsonNode? Without(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => new JsonObject(value.EnumerateObject().Select(m =>
            KeyValuePair.Create(m.Name, IsSecret(m) ? JsonValue.Create(Mask) : Without(m.Value)))),
        JsonValueKind.Array => new JsonArray([.. value.EnumerateArray().Select(Without)]),
        JsonValueKind.String => JsonValue.Create(Without(value.GetString() ?? "")),
        JsonValueKind.Undefined => null,
        _ => JsonNode.Parse(value.GetRawText()),
    };

    /// <summary>A text without what looks like a token or a password in a connection string.</summary>
    public static string Without(string text) => Password().Replace(Token().Replace(text, Mask), $"${{name}}={Mask}");

    // A number or a flag under such a name is a count or a fact, as token_count.
    private static bool IsSecret(JsonProperty member) =>
        member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Object or JsonValueKind.Array && SecretName().IsMatch(member.Name);

    [GeneratedRegex("token$|secret|password|private_key|salt$|hash$|^share|shares$|connection", RegexOptions.IgnoreCase, 1_000)]
    private static partial Regex SecretName();

    [GeneratedRegex("gnt_[A-Za-z0-9_]+", RegexOptions.None, 1_000)]
    private static partial Regex Token();

    [GeneratedRegex("(?<name>password|pwd)\\s*=\\s*[^;\"]+", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Password();
}
