using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>JSON of something secret: <c>"***"</c>, and nothing can be read back.</summary>
internal sealed class RedactedJsonConverter<T> : JsonConverter<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new JsonException("secrets are not read from JSON");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue("***"u8);
}
