using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Gantry.Cli;

/// <summary>What an event holds as one line for people: <c>slot=5 rear_port=rear5</c>, with names for ids and sizes for bytes.</summary>
internal static class Brief
{
    /// <summary>A text that is JSON, perhaps cut off in its middle, member by member; any other text as it is.</summary>
    public static string Of(string text, Func<string, string> say)
    {
        if (!text.StartsWith('{'))
        {
            return say(text);
        }

        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), isFinalBlock: false, state: default);
        var parts = new List<string>();
        try
        {
            var member = "";
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.PropertyName)
                {
                    member = reader.GetString() ?? "";
                }
                else if (Value(ref reader, member) is { } value)
                {
                    parts.Add($"{member}={say(value)}");
                }
            }
        }
        catch (JsonException)
        {
            // Where the text was cut: what came before it is told.
        }

        return parts.Count == 0 ? JsonText.None : string.Join(' ', parts);
    }

    private static string? Value(ref Utf8JsonReader reader, string member) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString() is { Length: > 0 } text ? text : null,
        JsonTokenType.Number when member.EndsWith("bytes", StringComparison.Ordinal) && reader.TryGetInt64(out var bytes) => Sizes.Show(bytes),
        JsonTokenType.Number => reader.TryGetDecimal(out var number) ? number.ToString(CultureInfo.InvariantCulture) : null,
        JsonTokenType.True => "yes",
        JsonTokenType.False => "no",
        _ => null,
    };
}
