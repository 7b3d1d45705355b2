using System.Text.Json;
using System.Text.Json.Serialization;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>A member as <c>{"id", "share_digest"}</c>; the two-element array that the real serialiser writes is read as well (tq 4.2).</summary>
internal sealed class TqMemberJsonConverter : JsonConverter<TqMember>
{
    private static readonly BaseboardIdJsonConverter Ids = new();
    private static readonly ShareDigestJsonConverter Digests = new();

    public override TqMember Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        BaseboardId? id = null;
        ShareDigest? digest = null;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            reader.Read();
            id = Ids.Read(ref reader, typeof(BaseboardId), options);
            reader.Read();
            digest = Digests.Read(ref reader, typeof(ShareDigest), options);
            reader.Read();
        }
        else
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isId = reader.ValueTextEquals("id"u8);
                var isDigest = reader.ValueTextEquals("share_digest"u8);
                reader.Read();
                if (isId)
                {
                    id = Ids.Read(ref reader, typeof(BaseboardId), options);
                }
                else if (isDigest)
                {
                    digest = Digests.Read(ref reader, typeof(ShareDigest), options);
                }
                else
                {
                    reader.Skip();
                }
            }
        }

        var isClosed = reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject;
        return id is not null && digest is { } given && isClosed
            ? new TqMember(id, given)
            : throw new JsonException("a member has an id and a share_digest");
    }

    public override void Write(Utf8JsonWriter writer, TqMember value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("id"u8);
        Ids.Write(writer, value.Id, options);
        writer.WriteString("share_digest"u8, value.ShareDigest.ToString());
        writer.WriteEndObject();
    }
}
