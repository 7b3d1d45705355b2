using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization.Metadata;

namespace Gantry.Api;

/// <summary>A member of a list's items that <c>filter</c> can test: text, id, number, yes or no; one level deep.</summary>
/// <param name="Name">As in the answer; <c>baseboard.serial</c> for a member of a member.</param>
/// <param name="Read">Its value as text; empty for null.</param>
internal sealed record FilterField(string Name, Func<object, string> Read)
{
    /// <summary>The fields of a page's items.</summary>
    public static ImmutableArray<FilterField> Of(JsonTypeInfo? page)
    {
        var items = page?.Properties.FirstOrDefault(p => p.Name == "items")?.PropertyType;
        return items is not null && page!.Options.TryGetTypeInfo(items, out var list) // items come from the page
            && list.ElementType is { } element && page.Options.TryGetTypeInfo(element, out var item)
            ? [.. FieldsOf(item, "", isNested: false)]
            : [];
    }

    public static string Describe(ImmutableArray<FilterField> fields) =>
        $"field=value or field!=value, comma for and; fields: {string.Join(", ", fields.Select(f => f.Name))}";

    private static IEnumerable<FilterField> FieldsOf(JsonTypeInfo type, string path, bool isNested)
    {
        foreach (var property in type.Properties)
        {
            if (property.Get is not { } get)
            {
                continue;
            }

            var bare = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (IsPlain(bare))
            {
                yield return new FilterField(path + property.Name, item => TextOf(get(item)));
            }
            else if (!isNested && !typeof(IEnumerable).IsAssignableFrom(bare) && type.Options.TryGetTypeInfo(bare, out var inner))
            {
                foreach (var field in FieldsOf(inner, $"{property.Name}.", isNested: true))
                {
                    yield return field with { Read = item => get(item) is { } part ? field.Read(part) : "" };
                }
            }
        }
    }

    private static bool IsPlain(Type type) =>
        type == typeof(string) || type == typeof(Guid) || type == typeof(bool) || type == typeof(int) || type == typeof(long) ||
        type == typeof(uint) || type == typeof(ulong) || type == typeof(ushort) || type == typeof(byte);

    private static string TextOf(object? value) => value switch
    {
        null => "",
        bool b => b ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
