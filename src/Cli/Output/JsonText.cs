using System.Globalization;
using System.Text.Json;

namespace Gantry.Cli;

/// <summary>Reads members of JSON as text for people.</summary>
internal static class JsonText
{
    public const string None = "-";

    public static JsonElement? Member(this JsonElement element, string path)
    {
        foreach (var part in path.Split('.'))
        {
            if (element.ValueKind is not JsonValueKind.Object || !element.TryGetProperty(part, out element))
            {
                return null;
            }
        }

        return element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? null : element;
    }

    public static string Text(this JsonElement element, string path) => element.Member(path) is { } member && Plain(member) is { Length: > 0 } text ? text : None;

    public static string? TextOrNull(this JsonElement element, string path) => element.Member(path) is { } member ? Plain(member) : null;

    public static long? Number(this JsonElement element, string path) =>
        element.Member(path) is { ValueKind: JsonValueKind.Number } member && member.TryGetInt64(out var number) ? number : null;

    public static DateTimeOffset? Time(this JsonElement element, string path) =>
        DateTimeOffset.TryParse(element.TextOrNull(path), CultureInfo.InvariantCulture, out var time) ? time : null;

    public static IEnumerable<JsonElement> Items(this JsonElement element, string path) =>
        element.Member(path) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    public static string Plain(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString() ?? None,
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.Array => element.GetArrayLength() == 0 ? None : string.Join(',', element.EnumerateArray().Select(Plain)),
        JsonValueKind.Null or JsonValueKind.Undefined => None,
        _ => element.GetRawText(),
    };
}

/// <summary>Ids as tables show them.</summary>
internal static class Ids
{
    public static string Short(string id) => Guid.TryParse(id, out _) ? $"{id[..4]}…{id[^4..]}" : id;
}
