using System.Text.Json;

namespace Gantry.Cli;

/// <summary>Writes JSON as YAML: block style, strings quoted whenever they could be read as something else.</summary>
internal static class Yaml
{
    public static void Write(TextWriter writer, JsonElement element) => Write(writer, element, "", isFirstInLine: true);

    private static void Write(TextWriter writer, JsonElement element, string indent, bool isFirstInLine)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object when element.EnumerateObject().Any():
                foreach (var member in element.EnumerateObject())
                {
                    writer.Write(isFirstInLine ? "" : indent);
                    isFirstInLine = false;
                    writer.Write($"{Scalar(member.Name)}:");
                    WriteValue(writer, member.Value, indent);
                }

                break;
            case JsonValueKind.Array when element.GetArrayLength() > 0:
                foreach (var item in element.EnumerateArray())
                {
                    writer.Write(isFirstInLine ? "" : indent);
                    isFirstInLine = false;
                    writer.Write("- ");
                    Write(writer, item, indent + "  ", isFirstInLine: true);
                }

                break;
            default:
                writer.WriteLine(Leaf(element));
                break;
        }
    }

    private static void WriteValue(TextWriter writer, JsonElement value, string indent)
    {
        var isBlock = (value.ValueKind is JsonValueKind.Object && value.EnumerateObject().Any()) ||
            (value.ValueKind is JsonValueKind.Array && value.GetArrayLength() > 0);
        if (!isBlock)
        {
            writer.WriteLine($" {Leaf(value)}");
            return;
        }

        writer.WriteLine();
        Write(writer, value, indent + "  ", isFirstInLine: false);
    }

    private static string Leaf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => Scalar(element.GetString() ?? ""),
        JsonValueKind.Object => "{}",
        JsonValueKind.Array => "[]",
        _ => element.GetRawText(),
    };

    private static string Scalar(string text)
    {
        var isPlain = text.Length > 0 && char.IsAsciiLetter(text[0]) &&
            text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/') &&
            text.ToLowerInvariant() is not ("true" or "false" or "null" or "yes" or "no" or "on" or "off" or "y" or "n");
        return isPlain || Guid.TryParseExact(text, "D", out _) ? text : JsonSerializer.Serialize(text, CliJson.Default.String);
    }
}
