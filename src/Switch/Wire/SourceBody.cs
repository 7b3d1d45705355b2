using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.Switch;

/// <summary>One source: <c>{"Exact":"10.0.0.5"}</c> or <c>"Any"</c>, which has no address here.</summary>
[JsonConverter(typeof(SourceBodyConverter))]
internal sealed record SourceBody(string? Exact);

/// <inheritdoc/>
internal sealed class SourceBodyConverter : JsonConverter<SourceBody>
{
    public override SourceBody Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var value = JsonDocument.ParseValue(ref reader);
        return value.RootElement switch
        {
            { ValueKind: JsonValueKind.String } any when any.GetString() == "Any" => new SourceBody(Exact: null),
            { ValueKind: JsonValueKind.Object } exact when exact.TryGetProperty("Exact", out var ip)
                && ip.ValueKind == JsonValueKind.String => new SourceBody(ip.GetString()),
            var other => throw new JsonException($"{other.GetRawText()} is no source"),
        };
    }

    public override void Write(Utf8JsonWriter writer, SourceBody value, JsonSerializerOptions options)
    {
        if (value.Exact is null)
        {
            writer.WriteStringValue("Any");
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("Exact", value.Exact);
        writer.WriteEndObject();
    }
}
