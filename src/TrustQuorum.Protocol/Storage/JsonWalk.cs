using System.Text.Json;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Steps of the readers written by hand, which never make a string of a secret.</summary>
internal static class JsonWalk
{
    /// <summary>Stands on the value afterwards; false at the end of the object.</summary>
    public static bool NextProperty(ref Utf8JsonReader reader, out string name)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
        {
            name = "";
            return false;
        }

        name = reader.GetString() ?? "";
        return reader.Read();
    }

    public static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw new JsonException();
        }
    }

    /// <summary>Whether it is what a reader throws at bytes that are not what it expects.</summary>
    public static bool IsDamage(Exception e) => e is JsonException or InvalidOperationException or FormatException or OverflowException
        or InvariantException or ArgumentException or IndexOutOfRangeException;

    /// <summary>The message of a parser may quote what it read: only its kind is told.</summary>
    public static TqWireException Damaged(string what, Exception e) => new($"{what} is damaged ({e.GetType().Name})");
}
