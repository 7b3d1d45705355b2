using System.Text.Json;
using System.Text.RegularExpressions;

namespace Gantry.Tests;

/// <summary>
/// The subset of OpenAPI 3.0 schemas that the published documents use: type, required, enum, $ref, oneOf/anyOf/allOf, nullable,
/// pattern, lengths and bounds. Formats are ignored. Unknown members of an object with declared members are problems.
/// </summary>
internal sealed class SchemaCheck(JsonElement root)
{
    public JsonElement Resolve(JsonElement schema)
    {
        while (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("$ref", out var reference))
        {
            var at = root;
            foreach (var part in reference.GetString()!.Split('/').Skip(1))
            {
                at = at.GetProperty(part);
            }

            schema = at;
        }

        return schema;
    }

    public void Run(JsonElement given, JsonElement value, string at, List<string> problems)
    {
        var schema = Resolve(given);
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (value.ValueKind == JsonValueKind.Null)
        {
            if (!AllowsNull(schema))
            {
                problems.Add($"{at}: null is not allowed");
            }

            return;
        }

        CheckEnum(schema, value, at, problems);
        CheckCombined(schema, value, at, problems);
        switch (schema.TryGetProperty("type", out var type) ? type.GetString() : null)
        {
            case "object":
                CheckObject(schema, value, at, problems);
                break;
            case "array":
                CheckArray(schema, value, at, problems);
                break;
            case "string":
                CheckString(schema, value, at, problems);
                break;
            case "integer" or "number":
                CheckNumber(schema, value, at, problems);
                break;
            case "boolean" when value.ValueKind is not (JsonValueKind.True or JsonValueKind.False):
                problems.Add($"{at}: {value.ValueKind} where a boolean is wanted");
                break;
        }
    }

    private static void CheckEnum(JsonElement schema, JsonElement value, string at, List<string> problems)
    {
        if (schema.TryGetProperty("enum", out var allowed)
            && !allowed.EnumerateArray().Any(a => a.GetRawText() == value.GetRawText()))
        {
            problems.Add($"{at}: {value.GetRawText()} is not one of {allowed.GetRawText()}");
        }
    }

    private static void CheckString(JsonElement schema, JsonElement value, string at, List<string> problems)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            problems.Add($"{at}: {value.ValueKind} where a string is wanted");
            return;
        }

        var text = value.GetString()!;
        if (schema.TryGetProperty("pattern", out var pattern)
            && !Regex.IsMatch(text, pattern.GetString()!, RegexOptions.None, TimeSpan.FromSeconds(1)))
        {
            problems.Add($"{at}: \"{text}\" does not match {pattern.GetString()}");
        }

        CheckSize(schema, text.Length, "minLength", "maxLength", at, problems);
    }

    private static void CheckNumber(JsonElement schema, JsonElement value, string at, List<string> problems)
    {
        if (value.ValueKind != JsonValueKind.Number)
        {
            problems.Add($"{at}: {value.ValueKind} where a number is wanted");
            return;
        }

        var number = value.GetDouble();
        if (schema.GetProperty("type").GetString() == "integer" && number != Math.Floor(number))
        {
            problems.Add($"{at}: {number} is not whole");
        }

        if (schema.TryGetProperty("minimum", out var minimum) && number < minimum.GetDouble())
        {
            problems.Add($"{at}: {number} is below {minimum.GetDouble()}");
        }

        if (schema.TryGetProperty("maximum", out var maximum) && number > maximum.GetDouble())
        {
            problems.Add($"{at}: {number} is above {maximum.GetDouble()}");
        }
    }

    private static void CheckSize(JsonElement schema, int size, string least, string most, string at, List<string> problems)
    {
        if (schema.TryGetProperty(least, out var min) && size < min.GetInt32())
        {
            problems.Add($"{at}: size {size} is below {min}");
        }

        if (schema.TryGetProperty(most, out var max) && size > max.GetInt32())
        {
            problems.Add($"{at}: size {size} is above {max}");
        }
    }

    private bool AllowsNull(JsonElement given)
    {
        var schema = Resolve(given);
        if ((schema.TryGetProperty("nullable", out var nullable) && nullable.GetBoolean())
            || (schema.TryGetProperty("enum", out var allowed)
                && allowed.EnumerateArray().Any(a => a.ValueKind == JsonValueKind.Null)))
        {
            return true;
        }

        // A schema that says nothing of a type takes anything.
        return Choices(schema) is { } choices
            ? choices.Any(AllowsNull)
            : !schema.TryGetProperty("type", out _) && !schema.TryGetProperty("allOf", out _);
    }

    private static IEnumerable<JsonElement>? Choices(JsonElement schema) =>
        schema.TryGetProperty("oneOf", out var one) ? one.EnumerateArray()
        : schema.TryGetProperty("anyOf", out var any) ? any.EnumerateArray() : null;

    private void CheckCombined(JsonElement schema, JsonElement value, string at, List<string> problems)
    {
        if (schema.TryGetProperty("allOf", out var all))
        {
            foreach (var part in all.EnumerateArray())
            {
                Run(part, value, at, problems);
            }
        }

        if (Choices(schema) is not { } choices)
        {
            return;
        }

        List<string> nearest = [];
        foreach (var choice in choices)
        {
            List<string> own = [];
            Run(choice, value, at, own);
            if (own.Count == 0)
            {
                return;
            }

            nearest = nearest.Count == 0 || own.Count < nearest.Count ? own : nearest;
        }

        problems.Add($"{at}: fits none of the alternatives; nearest: {string.Join("; ", nearest)}");
    }

    private void CheckArray(JsonElement schema, JsonElement value, string at, List<string> problems)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            problems.Add($"{at}: {value.ValueKind} where an array is wanted");
            return;
        }

        CheckSize(schema, value.GetArrayLength(), "minItems", "maxItems", at, problems);
        if (schema.TryGetProperty("items", out var items))
        {
            var index = 0;
            foreach (var item in value.EnumerateArray())
            {
                Run(items, item, $"{at}[{index++}]", problems);
            }
        }
    }

    private void CheckObject(JsonElement schema, JsonElement value, string at, List<string> problems)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            problems.Add($"{at}: {value.ValueKind} where an object is wanted");
            return;
        }

        if (schema.TryGetProperty("required", out var required))
        {
            problems.AddRange(required.EnumerateArray()
                .Where(name => !value.TryGetProperty(name.GetString()!, out _))
                .Select(name => $"{at}.{name.GetString()}: missing"));
        }

        var hasMembers = schema.TryGetProperty("properties", out var members);
        var hasOthers = schema.TryGetProperty("additionalProperties", out var others);
        foreach (var member in value.EnumerateObject())
        {
            if (hasMembers && members.TryGetProperty(member.Name, out var wanted))
            {
                Run(wanted, member.Value, $"{at}.{member.Name}", problems);
            }
            else if (hasOthers && others.ValueKind == JsonValueKind.Object)
            {
                Run(others, member.Value, $"{at}.{member.Name}", problems);
            }
            else if ((hasMembers && !hasOthers) || others.ValueKind == JsonValueKind.False)
            {
                problems.Add($"{at}.{member.Name}: not in the document");
            }
        }
    }
}
