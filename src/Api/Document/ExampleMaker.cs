using System.Collections.Frozen;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Gantry.Api;

/// <summary>
/// Makes examples from shapes, so that every operation has one. Members with the same name mean the same everywhere; an operation of which
/// that is not so says its own with <see cref="OperationBuilder.Example"/>. A test sends every example of a body.
/// </summary>
internal static class ExampleMaker
{
    private const string Id = "6a0c0d0e-0000-4000-8000-000000000001";
    private const string Time = "2026-08-21T10:00:00Z";
    private const int DepthMax = 8;

    private static readonly FrozenDictionary<string, string> s_words = new Dictionary<string, string>
    {
        ["assignment"] = "silos",
        ["cpu_family"] = "amd_milan",
        ["description"] = "an example",
        ["failure_domain"] = "sled",
        ["first"] = "224.10.9.1",
        ["fleet_role"] = "viewer",
        ["group"] = "news",
        ["hostname"] = "web-1",
        ["identity_mode"] = "local_only",
        ["identity_type"] = "silo_user",
        ["ip_version"] = "v4",
        ["last"] = "224.10.9.20",
        ["multicast_ip"] = "224.10.9.7",
        ["name"] = "example-1",
        ["part"] = "913-0000019",
        ["policy"] = "allow",
        ["pool_type"] = "multicast",
        ["role_name"] = "viewer",
        ["run_state"] = "running",
        ["rack_subnet"] = "fd00:1122:3344:100::/56",
        ["serial"] = "BRM42220031",
        ["silo"] = "default",
        ["state"] = "non_provisionable",
        ["status"] = "ok",
        ["subnet"] = "fd00:1122:3344:100::/56",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, long> s_numbers = new Dictionary<string, long>
    {
        ["memory"] = 1L << 30,
        ["storage"] = 1L << 40,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>A body with what has to be there.</summary>
    public static JsonNode? OfBody(JsonTypeInfo type) => Of(type, "", isBody: true, 0);

    /// <summary>An answer with everything.</summary>
    public static JsonNode? OfAnswer(JsonTypeInfo type) => Of(type, "", isBody: false, 0);

    private static JsonNode? Of(JsonTypeInfo type, string name, bool isBody, int depth)
    {
        if (depth > DepthMax)
        {
            return null;
        }

        return type.Kind switch
        {
            JsonTypeInfoKind.Object => ObjectOf(type, isBody, depth),
            JsonTypeInfoKind.Enumerable => ListOf(type, name, isBody, depth),
            JsonTypeInfoKind.Dictionary => new JsonObject(),
            _ => Plain(Nullable.GetUnderlyingType(type.Type) ?? type.Type, name),
        };
    }

    private static JsonObject ObjectOf(JsonTypeInfo type, bool isBody, int depth)
    {
        var result = new JsonObject();
        foreach (var property in type.Properties)
        {
            if (property.Get is null || (isBody && !property.IsRequired))
            {
                continue;
            }

            var isNull = isBody && (property.IsSetNullable || Nullable.GetUnderlyingType(property.PropertyType) is not null);
            result[property.Name] = isNull || !type.Options.TryGetTypeInfo(property.PropertyType, out var inner)
                ? null
                : Of(inner, property.Name, isBody, depth + 1);
        }

        return result;
    }

    private static JsonArray ListOf(JsonTypeInfo type, string name, bool isBody, int depth) =>
        type.ElementType is { } element && type.Options.TryGetTypeInfo(element, out var item)
            ? new JsonArray(Of(item, name, isBody, depth + 1))
            : [];

    private static JsonNode? Plain(Type type, string name)
    {
        if (type == typeof(string))
        {
            return s_words.GetValueOrDefault(name, name.EndsWith("_ip", StringComparison.Ordinal) || name.EndsWith("_ips", StringComparison.Ordinal) ? "10.0.0.1" : "text");
        }

        if (type == typeof(Guid))
        {
            return Id;
        }

        if (type == typeof(DateTimeOffset))
        {
            return Time;
        }

        if (type == typeof(bool))
        {
            return false;
        }

        return type.IsEnum || !type.IsPrimitive ? null : s_numbers.GetValueOrDefault(name, 1);
    }
}
