using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>A digest as 64 lower-case hex digits.</summary>
internal sealed class ShareDigestJsonConverter : JsonConverter<ShareDigest>
{
    public override ShareDigest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ShareDigest.TryParse(reader.GetString(), out var digest) ? digest : throw new JsonException("a share digest is 64 hex digits");

    public override void Write(Utf8JsonWriter writer, ShareDigest value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

/// <summary><c>{"salt": hex, "data": hex}</c>.</summary>
internal sealed class EncryptedRackSecretsJsonConverter : JsonConverter<EncryptedRackSecrets>
{
    public override EncryptedRackSecrets Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        ImmutableArray<byte>? salt = null;
        ImmutableArray<byte>? data = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isSalt = reader.ValueTextEquals("salt"u8);
            var isData = reader.ValueTextEquals("data"u8);
            reader.Read();
            if (isSalt)
            {
                salt = Hex(ref reader);
            }
            else if (isData)
            {
                data = Hex(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return salt is { Length: EncryptedRackSecrets.SaltSize } && data is not null
            ? new EncryptedRackSecrets(salt.Value, data.Value)
            : throw new JsonException("encrypted rack secrets are a salt of 64 hex digits and data in hex");
    }

    public override void Write(Utf8JsonWriter writer, EncryptedRackSecrets value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("salt"u8, Convert.ToHexStringLower(value.Salt.AsSpan()));
        writer.WriteString("data"u8, Convert.ToHexStringLower(value.Data.AsSpan()));
        writer.WriteEndObject();
    }

    private static ImmutableArray<byte> Hex(ref Utf8JsonReader reader)
    {
        try
        {
            return [.. Convert.FromHexString(reader.TokenType == JsonTokenType.String ? reader.GetString()! : "x")]; // a string token has a text
        }
        catch (FormatException e)
        {
            throw new JsonException("salt and data are hex strings", e);
        }
    }
}
