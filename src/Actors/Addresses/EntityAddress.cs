using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.Actors;

/// <summary>
/// Names one entity: a kind (lower case letters, digits, <c>-</c>, <c>.</c>) and a key (printable ASCII without space or
/// <c>/</c>, case kept). Text form <c>kind/key</c>, at most 120 bytes. See engine 2.2.
/// </summary>
[JsonConverter(typeof(EntityAddressJsonConverter))]
public readonly record struct EntityAddress
{
    /// <summary>The longest text form, in bytes.</summary>
    public const int BytesMax = 120;

    /// <summary>Makes an address.</summary>
    /// <exception cref="ArgumentException">Kind or key breaks the rule above.</exception>
    public EntityAddress(string kind, string key)
    {
        if (WhyNot(kind, key) is { } why)
        {
            throw new ArgumentException($"\"{kind}/{key}\" is not an entity address: {why}", nameof(key));
        }

        Kind = kind;
        Key = key;
    }

    /// <summary>The kind, for example <c>vmm</c>.</summary>
    public string Kind { get; }

    /// <summary>The key within the kind.</summary>
    public string Key { get; }

    /// <summary>Reads the text form; null when it is not one.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out EntityAddress? address)
    {
        address = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || WhyNot(text[..slash], text[(slash + 1)..]) is not null)
        {
            return false;
        }

        address = new EntityAddress(text[..slash], text[(slash + 1)..]);
        return true;
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is no address.</exception>
    public static EntityAddress Parse(string text) =>
        TryParse(text, out var address)
            ? address.Value
            : throw new FormatException($"\"{text}\" is not an entity address (kind/key)");

    /// <summary>The text form.</summary>
    public override string ToString() => $"{Kind}/{Key}";

    private static string? WhyNot(string kind, string key)
    {
        if (kind.Length == 0 || key.Length == 0)
        {
            return "kind and key are not empty";
        }

        if (kind.Length + key.Length + 1 > BytesMax)
        {
            return $"it is longer than {BytesMax} bytes";
        }

        if (!kind.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '.'))
        {
            return "the kind holds lower case letters, digits, dashes and dots only";
        }

        return key.All(c => c is > ' ' and <= '~' and not '/') ? null : "the key is printable ASCII without space or slash";
    }
}

/// <summary>Writes an address in its text form.</summary>
public sealed class EntityAddressJsonConverter : JsonConverter<EntityAddress>
{
    /// <inheritdoc/>
    public override EntityAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        EntityAddress.TryParse(reader.GetString() ?? "", out var address)
            ? address.Value
            : throw new JsonException("not an entity address");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, EntityAddress value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
