using System.Text.Json;

namespace Gantry.Switch.Simulator;

/// <summary>Reads members of bodies; unknown ones are ignored, missing or wrong ones are 400 (T4).</summary>
internal static class JsonRead
{
    public static JsonElement Object(this JsonElement value, string name) =>
        value.Required(name) is { ValueKind: JsonValueKind.Object } found ? found : throw Wrong(name, "a map");

    public static JsonElement? OptionalObject(this JsonElement value, string name) => value.Optional(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } found => found,
        _ => throw Wrong(name, "a map"),
    };

    public static string Text(this JsonElement value, string name) =>
        value.Required(name) is { ValueKind: JsonValueKind.String } found ? found.GetString()! : throw Wrong(name, "a string");

    public static string? OptionalText(this JsonElement value, string name) => value.Optional(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } found => found.GetString(),
        _ => throw Wrong(name, "a string"),
    };

    public static int Number(this JsonElement value, string name, int max) =>
        IsNumber(value.Required(name), max, out var number) ? number : throw Wrong(name, $"a number from 0 to {max}");

    public static int? OptionalNumber(this JsonElement value, string name, int max) => value.Optional(name) switch
    {
        null => null,
        { } found when IsNumber(found, max, out var number) => number,
        _ => throw Wrong(name, $"a number from 0 to {max}"),
    };

    public static bool OptionalBool(this JsonElement value, string name) => value.Optional(name) switch
    {
        null => false,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Wrong(name, "a boolean"),
    };

    public static JsonElement.ArrayEnumerator Array(this JsonElement value, string name) =>
        value.Required(name) is { ValueKind: JsonValueKind.Array } found ? found.EnumerateArray() : throw Wrong(name, "a sequence");

    public static Ip Address(this JsonElement value, string name) =>
        Ip.TryParse(value.Text(name), out var ip) ? ip : throw Wrong(name, "an IP address");

    public static Prefix Prefix(this JsonElement value, string name, bool isV6) =>
        Simulator.Prefix.TryParse(value.Text(name), out var prefix) && prefix.Address.IsV6 == isV6
            ? prefix
            : throw Wrong(name, isV6 ? "an IPv6 subnet" : "an IPv4 subnet");

    public static long Mac(this JsonElement value, string name)
    {
        var found = value.Required(name);
        return found.ValueKind == JsonValueKind.Object ? MacOf(found) : throw Wrong(name, "a map");
    }

    /// <summary>A MAC as the whole body.</summary>
    public static long MacOf(JsonElement value)
    {
        long mac = 0;
        var count = 0;
        foreach (var octet in value.Array("a"))
        {
            mac = (mac << 8) | (uint)(IsNumber(octet, 255, out var number) ? number : throw Wrong("a", "six bytes"));
            count++;
        }

        return count == 6 ? mac : throw Wrong("a", "six bytes");
    }

    public static NatTarget Nat(JsonElement value)
    {
        var target = new NatTarget(value.Address("internal_ip"), value.Mac("inner_mac"), value.Number("vni", 16_777_215));
        return target.Internal.IsV6 ? target : throw Wrong("internal_ip", "an IPv6 address");
    }

    public static bool IsNumber(JsonElement value, int max, out int number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out number) && number >= 0 && number <= max;
    }

    public static DaemonException Wrong(string name, string wanted) =>
        DaemonException.Invalid($"unable to parse JSON body: {name}: invalid type or value, expected {wanted}");

    private static JsonElement Required(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var found)
            ? found
            : throw DaemonException.Invalid($"unable to parse JSON body: missing field `{name}`");

    private static JsonElement? Optional(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object
            ? value.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null ? found : null
            : throw DaemonException.Invalid("unable to parse JSON body: expected a map");
}
