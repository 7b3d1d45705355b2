using System.Text.Json;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>A share on the sled's own drive: <c>{"x_coordinate", "y_coordinates"}</c> (tq 2.3). By hand: no serializer knows shares.</summary>
internal static class KeyShareJson
{
    public static void Write(Utf8JsonWriter json, KeyShare share)
    {
        json.WriteStartObject();
        json.WriteNumber("x_coordinate"u8, share.X);
        json.WriteStartArray("y_coordinates"u8);
        foreach (var y in share.Y)
        {
            json.WriteNumberValue(y);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static KeyShare Read(ref Utf8JsonReader reader)
    {
        byte? x = null;
        using var y = SecretBytes.Create(byte.MaxValue);
        var length = 0;
        while (JsonWalk.NextProperty(ref reader, out var name))
        {
            switch (name)
            {
                case "x_coordinate":
                    x = reader.GetByte();
                    break;
                case "y_coordinates":
                    while (reader.Read() && reader.TokenType == JsonTokenType.Number)
                    {
                        y.Span[length++] = reader.GetByte();
                    }

                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var share = KeyShare.Blank(x ?? throw new JsonException(), length);
        y.Span[..length].CopyTo(share.WritableY);
        return share;
    }
}
