using System.Globalization;
using System.Text.Json;
using Gantry.Primitives;

namespace Gantry.Admin;

/// <summary>Checks the arguments of a run against what the command declares. Pure.</summary>
internal static class PaletteArguments
{
    public static Refusal? Check(PaletteCommand command, IReadOnlyDictionary<string, JsonElement> given, out Dictionary<string, string> values)
    {
        values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in given)
        {
            if (command.Arguments.FirstOrDefault(a => a.Name == name) is not { } argument)
            {
                var known = command.Arguments.Select(a => a.Name).ToList();
                return Wrong(command, $"has no argument \"{Cut(name)}\"", known.Count == 0 ? "leave it out" : $"use {string.Join(", ", known)}");
            }

            if (Read(argument, value, out var text) is { } why)
            {
                return Wrong(command, $"{name} {why}", argument.Help);
            }

            if (text is not null)
            {
                values[name] = text;
            }
        }

        var missing = command.Arguments.FirstOrDefault(a => a.IsRequired && !given.ContainsKey(a.Name));
        return missing is null ? null : Wrong(command, $"needs {missing.Name}", missing.Help);
    }

    // Null text: a switch that is off.
    private static string? Read(PaletteArgument argument, JsonElement value, out string? text)
    {
        text = value.ValueKind is JsonValueKind.String ? value.GetString() : value.GetRawText();
        if (argument.IsSwitch)
        {
            text = value.ValueKind is JsonValueKind.True ? "true" : null;
            return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "is true or false";
        }

        if (value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number) || text is not { Length: > 0 and <= PaletteArgument.LengthMax })
        {
            return $"is a text of 1 to {PaletteArgument.LengthMax} characters";
        }

        if (argument.Bounds is { } bounds &&
            (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number < bounds.Least || number > bounds.Most))
        {
            return $"is \"{Cut(text)}\"; it is a whole number from {bounds.Least} to {bounds.Most}";
        }

        return argument.Choices.IsEmpty || argument.Choices.Contains(text) ? null : $"is \"{Cut(text)}\"; it is one of {string.Join(", ", argument.Choices)}";
    }

    private static Refusal Wrong(PaletteCommand command, string what, string remedy) =>
        Refusal.Invalid(AdminErrors.ArgumentInvalid, $"{command.Noun} {command.Verb}: {what}", remedy);

    private static string Cut(string text) => text.Length > 48 ? text[..48] : text;
}
