using System.Globalization;

namespace Gantry.Hocon;

/// <summary>Holds a value against what its setting takes, and writes it in the form that .NET's binder reads.</summary>
internal static class SettingCheck
{
    public static void Check(HoconSetting setting, HoconValue value)
    {
        if (value is HoconNull)
        {
            if (setting.Default is not HoconNull)
            {
                throw Wrong(setting, value, "null", "it needs a value");
            }

            return;
        }

        switch (setting.Unit)
        {
            case HoconUnit.Texts:
                CheckTexts(setting, value);
                break;
            case HoconUnit.Objects:
                CheckObjects(setting, value);
                break;
            default:
                Plain(setting, value);
                break;
        }
    }

    /// <summary>The value in the form of the configuration binder: a TimeSpan, a number of bytes, true or false.</summary>
    public static string Plain(HoconSetting setting, HoconValue value)
    {
        if (value is not HoconText text)
        {
            throw Wrong(setting, value, value is HoconArray ? "a list" : "an object", "it takes one value");
        }

        switch (setting.Unit)
        {
            case HoconUnit.Duration when HoconDuration.TryParse(text.Value, out var duration):
                InRange(setting, text, duration.Ticks, limit => HoconDuration.TryParse(limit, out var t) ? t.Ticks : null);
                return duration.ToString("c", CultureInfo.InvariantCulture);
            case HoconUnit.Duration:
                throw Wrong(setting, text, text.Value, $"it is no duration: {HoconDuration.Form}");
            case HoconUnit.Size when HoconSize.TryParse(text.Value, out var bytes):
                InRange(setting, text, bytes, limit => HoconSize.TryParse(limit, out var b) ? b : null);
                return bytes.ToString(CultureInfo.InvariantCulture);
            case HoconUnit.Size:
                throw Wrong(setting, text, text.Value, $"it is no size: {HoconSize.Form}");
            case HoconUnit.Count when TryCount(text.Value) is { } count:
                InRange(setting, text, count, TryCount);
                return count.ToString(CultureInfo.InvariantCulture);
            case HoconUnit.Count:
                throw Wrong(setting, text, text.Value, "it is no whole number");
            case HoconUnit.Switch:
                return text.Value switch
                {
                    "true" or "yes" or "on" => "true",
                    "false" or "no" or "off" => "false",
                    _ => throw Wrong(setting, text, text.Value, "it is neither true nor false"),
                };
            case HoconUnit.Choice when !Words(setting.Range).Contains(text.Value, StringComparer.Ordinal):
                throw Wrong(setting, text, text.Value, $"it is none of {setting.Range}");
            default:
                return text.Value;
        }
    }

    private static string[] Words(string range) => range.Split(',', StringSplitOptions.TrimEntries);

    private static long? TryCount(string text) =>
        long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count) ? count : null;

    // "1 s to 1 h", "0 to 10"; an end that cannot be read is no bound ("1 and up").
    private static void InRange(HoconSetting setting, HoconText text, long value, Func<string, long?> read)
    {
        var ends = setting.Range.Split(" to ", StringSplitOptions.TrimEntries);
        var low = read(ends[0]);
        var high = ends.Length > 1 ? read(ends[1]) : null;
        if (value < low || value > high)
        {
            throw Wrong(setting, text, text.Value, $"it is out of range ({setting.Range})");
        }
    }

    private static void CheckTexts(HoconSetting setting, HoconValue value)
    {
        // From the environment a list may come as one text with commas.
        if (value is not HoconText && (value is not HoconArray list || list.Items.Any(i => i is not HoconText)))
        {
            throw Wrong(setting, value, "the value", "it takes a list of texts, like [\"a\", \"b\"]");
        }
    }

    private static void CheckObjects(HoconSetting setting, HoconValue value)
    {
        if (value is not HoconArray list || list.Items.Any(i => i is not HoconObject))
        {
            throw Wrong(setting, value, "the value", "it takes a list of objects, like [{ … }]");
        }

        foreach (var item in list.Items.Cast<HoconObject>())
        {
            CheckElement(setting.Path, item, setting.Element);
        }
    }

    private static void CheckElement(string path, HoconObject item, HoconObject? example)
    {
        foreach (var field in item.Fields)
        {
            var name = $"{path}[].{field.Name}";
            if (example is null || !example.TryGet(field.Name, out var known))
            {
                throw HoconSchema.Unknown(field.Value.At, name, example?.Fields.Select(f => $"{path}[].{f.Name}") ?? []);
            }

            if (known.Value is HoconArray { Items: [HoconObject inner, ..] } && field.Value is HoconArray list)
            {
                foreach (var deeper in list.Items.OfType<HoconObject>())
                {
                    CheckElement(name, deeper, inner);
                }
            }

            if (known.Value.GetType() != field.Value.GetType())
            {
                throw new HoconException(
                    field.Value.At, name, $"it is {Sort(field.Value)}, not {Sort(known.Value)}", "See reference.conf for an example");
            }
        }
    }

    private static string Sort(HoconValue value) => value switch
    {
        HoconArray => "a list",
        HoconObject => "an object",
        HoconNull => "null",
        _ => "a text or number",
    };

    private static HoconException Wrong(HoconSetting setting, HoconValue value, string what, string why) => new(
        value.At, $"{setting.Path} = {what}", why, $"The range is {setting.Range}; see reference.conf for what happens at its ends");
}
