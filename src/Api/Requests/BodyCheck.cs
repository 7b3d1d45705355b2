using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gantry.Api;

/// <summary>
/// Walks a body beside the declared shape and names every unknown, missing or misfit member, before anything is made of it.
/// </summary>
internal static class BodyCheck
{
    private const int DetailsMax = 16;

    public static Failure? Run(JsonElement root, BodyShape shape)
    {
        if (root.ValueKind is not JsonValueKind.Object)
        {
            return Failure.Malformed(ApiErrors.MalformedBody, $"the body is {Kind(root)}, not an object", "send a JSON object");
        }

        var found = new Findings();
        Walk(root, shape.Type, "", shape, found);
        if (found.Unknown.Count > 0)
        {
            return Named(Failure.Invalid(
                ApiErrors.UnknownMember,
                $"unknown body member{Plural(found.Unknown)} {Names(found.Unknown)}",
                "correct or remove what is not known; nothing was done"), found.Unknown, "unknown member");
        }

        if (found.NotServed.Count > 0)
        {
            return Named(Failure.Invalid(
                ApiErrors.MemberNotServed,
                $"body member{Plural(found.NotServed)} {Names(found.NotServed)} cannot be served by this release",
                "leave it out, or send null or its default"), found.NotServed, "not served");
        }

        return found.Misfits.Count == 0
            ? null
            : new Failure
            {
                Status = 400,
                Message = $"the body does not fit: {string.Join("; ", found.Misfits.Take(DetailsMax).Select(m => $"\"{m.Object}\" {m.Condition}"))}",
                Reason = ApiErrors.MalformedBody,
                Remedy = "compare it with the document at /openapi/v1.json",
                Details = [.. found.Misfits.Take(DetailsMax)],
            };
    }

    /// <summary>Whether a body can set the member: what is marked as ignored stands among the properties too.</summary>
    public static bool IsRead(JsonPropertyInfo property) => property.Set is not null || property.AssociatedParameter is not null;

    private static void Walk(JsonElement element, JsonTypeInfo type, string path, BodyShape shape, Findings found)
    {
        if (type.Kind is JsonTypeInfoKind.Enumerable && element.ValueKind is JsonValueKind.Array && type.ElementType is { } item)
        {
            var index = 0;
            foreach (var child in element.EnumerateArray())
            {
                Check(child, item, isNullable: false, $"{path}[{index++}]", shape, found, type);
            }

            return;
        }

        if (type.Kind is not JsonTypeInfoKind.Object || element.ValueKind is not JsonValueKind.Object)
        {
            return;
        }

        var isPolymorphic = type.PolymorphismOptions is not null;
        foreach (var member in element.EnumerateObject())
        {
            var name = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            var property = type.Properties.FirstOrDefault(p => p.Name == member.Name && IsRead(p));
            if (property is not null)
            {
                Check(member.Value, property.PropertyType, property.IsSetNullable, name, shape, found, type);
            }
            else if (path.Length == 0 && shape.NotServed.TryGetValue(member.Name, out var standard))
            {
                if (!IsDefault(member.Value, standard))
                {
                    found.NotServed.Add(name);
                }
            }
            else if (!shape.IgnoresUnknown && !isPolymorphic)
            {
                found.Unknown.Add(name);
            }
        }

        foreach (var property in type.Properties.Where(p => p.IsRequired && !element.TryGetProperty(p.Name, out _)))
        {
            found.Misfits.Add(new ErrorDetail(path.Length == 0 ? property.Name : $"{path}.{property.Name}", "is missing"));
        }
    }

    private static void Check(
        JsonElement element, Type wanted, bool isNullable, string path, BodyShape shape, Findings found, JsonTypeInfo parent)
    {
        var type = Nullable.GetUnderlyingType(wanted);
        if (element.ValueKind is JsonValueKind.Null)
        {
            if (type is null && !isNullable)
            {
                found.Misfits.Add(new ErrorDetail(path, "is null and may not be"));
            }

            return;
        }

        type ??= wanted;
        if (Expected(type) is { } expected && expected.Kinds.IndexOf(element.ValueKind) < 0)
        {
            found.Misfits.Add(new ErrorDetail(path, $"is {Kind(element)}, not {expected.Word}"));
            return;
        }

        if (Range(type, element) is { } range)
        {
            found.Misfits.Add(new ErrorDetail(path, $"is out of range: {range}", element.GetRawText()));
            return;
        }

        if (parent.Options.TryGetTypeInfo(type, out var info))
        {
            if (info.Kind is JsonTypeInfoKind.Object && element.ValueKind is not JsonValueKind.Object)
            {
                found.Misfits.Add(new ErrorDetail(path, $"is {Kind(element)}, not an object"));
                return;
            }

            if (info.Kind is JsonTypeInfoKind.Enumerable && element.ValueKind is not JsonValueKind.Array)
            {
                found.Misfits.Add(new ErrorDetail(path, $"is {Kind(element)}, not a list"));
                return;
            }

            Walk(element, info, path, shape, found);
        }
    }

    private static (ImmutableArray<JsonValueKind> Kinds, string Word)? Expected(Type type)
    {
        if (type == typeof(string) || type == typeof(Guid) || type == typeof(DateTimeOffset))
        {
            return ([JsonValueKind.String], "a string");
        }

        if (type == typeof(bool))
        {
            return ([JsonValueKind.True, JsonValueKind.False], "true or false");
        }

        return type == typeof(int) || type == typeof(long) || type == typeof(ulong) || type == typeof(ushort) || type == typeof(byte) || type == typeof(uint)
            ? ([JsonValueKind.Number], "a number")
            : null;
    }

    private static string? Range(Type type, JsonElement element)
    {
        var isOut = element.ValueKind is JsonValueKind.Number && (
            (type == typeof(int) && !element.TryGetInt32(out _)) || (type == typeof(long) && !element.TryGetInt64(out _)) ||
            (type == typeof(uint) && !element.TryGetUInt32(out _)) || (type == typeof(ulong) && !element.TryGetUInt64(out _)) ||
            (type == typeof(ushort) && !element.TryGetUInt16(out _)) || (type == typeof(byte) && !element.TryGetByte(out _)));
        return isOut ? $"a whole number is wanted that fits {BitsOf(type)}" : null;
    }

    private static string BitsOf(Type type) => type == typeof(int) ? "32 bits"
        : type == typeof(uint) ? "32 bits, not negative"
        : type == typeof(ushort) ? "16 bits, not negative"
        : type == typeof(byte) ? "8 bits, not negative"
        : type == typeof(ulong) ? "64 bits, not negative" : "64 bits";

    private static bool IsDefault(JsonElement value, string? standard)
    {
        if (standard is not null)
        {
            using var document = JsonDocument.Parse(standard);
            if (JsonElement.DeepEquals(value, document.RootElement))
            {
                return true;
            }
        }

        return value.ValueKind switch
        {
            JsonValueKind.Null => true,
            JsonValueKind.Array => value.GetArrayLength() == 0,
            JsonValueKind.String => value.ValueEquals(""),
            JsonValueKind.Object => !value.EnumerateObject().Any(),
            _ => false,
        };
    }

    private static Failure Named(Failure failure, List<string> names, string condition) =>
        failure with { Details = [.. names.Take(DetailsMax).Select(n => new ErrorDetail(Short(n), condition))] };

    private static string Names(List<string> names) => string.Join(", ", names.Take(DetailsMax).Select(n => $"\"{Short(n)}\""));

    private static string Plural(List<string> names) => names.Count == 1 ? "" : "s";

    private static string Short(string name) => name.Length <= 64 ? name : name[..64] + "…";

    private static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    private sealed class Findings
    {
        public List<string> Unknown { get; } = [];

        public List<string> NotServed { get; } = [];

        public List<ErrorDetail> Misfits { get; } = [];
    }
}
