using System.Text.Json;
using System.Text.Json.Serialization;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Writes a baseboard as <c>{"part_number", "serial_number"}</c>.</summary>
internal sealed class BaseboardIdJsonConverter : JsonConverter<BaseboardId>
{
    public override BaseboardId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("a baseboard id is an object with part_number and serial_number");
        }

        string? part = null;
        string? serial = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isPart = reader.ValueTextEquals("part_number"u8);
            var isSerial = reader.ValueTextEquals("serial_number"u8);
            reader.Read();
            if (!isPart && !isSerial)
            {
                reader.Skip();
                continue;
            }

            if (reader.TokenType != JsonTokenType.String)
            {
                throw new JsonException("part_number and serial_number are strings");
            }

            part = isPart ? reader.GetString() : part;
            serial = isSerial ? reader.GetString() : serial;
        }

        return part is not null && serial is not null
            ? new BaseboardId(part, serial)
            : throw new JsonException($"a baseboard id lacks {(part is null ? "part_number" : "serial_number")}");
    }

    public override void Write(Utf8JsonWriter writer, BaseboardId value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("part_number"u8, value.PartNumber);
        writer.WriteString("serial_number"u8, value.SerialNumber);
        writer.WriteEndObject();
    }
}
