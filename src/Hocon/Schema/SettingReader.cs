namespace Gantry.Hocon;

/// <summary>
/// Makes settings of the reference file's fields and the comments above them: words first, then the lines
/// <c>unit:</c>, <c>range:</c>, <c>low:</c>, <c>high:</c> and, for a list of objects, <c>element:</c>. A line without a mark
/// continues the one before it.
/// </summary>
internal static class SettingReader
{
    private static readonly string[] Marks = ["unit", "range", "low", "high", "element"];

    public static HoconSetting Read(string path, HoconField field)
    {
        var parts = Split(field.Comments);
        return new HoconSetting
        {
            Path = path,
            Default = field.Value,
            Summary = Part(""),
            Unit = UnitOf(path, field, Part("unit")),
            Range = Part("range"),
            Low = Part("low"),
            High = Part("high"),
            Element = parts.TryGetValue("element", out var element)
                ? HoconReader.Read(element, $"{path} element")
                : null,
        };

        string Part(string mark) => parts.TryGetValue(mark, out var text)
            ? text
            : throw new HoconException(
                field.Value.At,
                path,
                mark.Length == 0 ? "its comment has no words" : $"its comment has no line \"{mark}:\"",
                "Every setting of the reference states unit, range and what goes wrong at both ends");
    }

    private static Dictionary<string, string> Split(IReadOnlyList<string> comments)
    {
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        var mark = "";
        foreach (var line in comments)
        {
            var text = line;
            if (Array.Find(Marks, m => line.StartsWith(m + ":", StringComparison.Ordinal)) is { } found)
            {
                mark = found;
                text = line[(found.Length + 1)..].Trim();
            }

            parts[mark] = parts.TryGetValue(mark, out var before) ? $"{before} {text}" : text;
        }

        return parts;
    }

    private static HoconUnit UnitOf(string path, HoconField field, string unit) =>
        Enum.TryParse<HoconUnit>(unit, ignoreCase: true, out var known)
            ? known
            : throw new HoconException(
                field.Value.At,
                path,
                $"\"{unit}\" is no unit",
                $"Use one of {string.Join(", ", Enum.GetNames<HoconUnit>()).ToLowerInvariant()}");
}
