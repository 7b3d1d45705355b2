using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Gantry.Hosting;

/// <summary>Turns dotted instrument names and tags into what Prometheus accepts. Pure.</summary>
internal static class MetricName
{
    public static string Of(Instrument instrument, MetricKind kind)
    {
        var name = Plain(instrument.Name);
        name = instrument.Unit switch
        {
            "s" => Ending(name, "_seconds"),
            "ms" => Ending(name, "_milliseconds"),
            "By" => Ending(name, "_bytes"),
            _ => name,
        };
        return kind == MetricKind.Counter ? Ending(name, "_total") : name;
    }

    /// <summary>Labels in the order given, <c>{a="x",b="y"}</c> without the braces.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }

        var text = new StringBuilder();
        foreach (var tag in tags)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(Plain(tag.Key)).Append("=\"");
            Escape(text, Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "");
            text.Append('"');
        }

        return text.ToString();
    }

    private static string Ending(string name, string suffix) =>
        name.EndsWith(suffix, StringComparison.Ordinal) ? name : name + suffix;

    private static string Plain(string name) =>
        string.Create(name.Length, name, static (to, from) =>
        {
            for (var i = 0; i < to.Length; i++)
            {
                to[i] = char.IsAsciiLetter(from[i]) || (i > 0 && char.IsAsciiDigit(from[i])) ? from[i] : '_';
            }
        });

    private static void Escape(StringBuilder text, string value)
    {
        foreach (var c in value)
        {
            _ = c switch
            {
                '\\' => text.Append("\\\\"),
                '"' => text.Append("\\\""),
                '\n' => text.Append("\\n"),
                _ => text.Append(c),
            };
        }
    }
}
