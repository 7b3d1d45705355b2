using System.Text.Json;

namespace Gantry.Cli;

/// <summary><c>--filter state=running,name!=web*</c>: all clauses must hold; a star at the end stands for any rest.</summary>
internal sealed class RowFilter
{
    private const int ClausesMax = 16;
    private const int ValuesShown = 5;

    private readonly List<(RowField Field, string Value, bool IsWanted)> _clauses = [];

    public static RowFilter Parse(string text, IReadOnlyList<JsonElement> rows, IReadOnlyList<Column> columns)
    {
        var filter = new RowFilter();
        var parts = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length is 0 or > ClausesMax)
        {
            throw new CliException(ExitCodes.Usage, $"--filter has {parts.Length} clauses; 1 to {ClausesMax} are read");
        }

        foreach (var part in parts)
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            var isWanted = at < 1 || part[at - 1] != '!';
            var name = at < 0 ? "" : part[..(isWanted ? at : at - 1)];
            if (name.Length == 0)
            {
                throw new CliException(ExitCodes.Usage, $"--filter: \"{part}\" is no clause") { Next = "write state=running or name!=web*" };
            }

            filter._clauses.Add((RowField.Find(name, "--filter", rows, columns), part[(at + 1)..], isWanted));
        }

        return filter;
    }

    /// <summary>Said when no row is left: what the first field is in the rows that there are.</summary>
    public static string WhyNone(string text, IReadOnlyList<JsonElement> rows, IReadOnlyList<Column> columns)
    {
        var field = Parse(text, rows, columns)._clauses[0].Field;
        var values = rows.Select(r => field.Texts(r).FirstOrDefault() ?? JsonText.None).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var more = values.Count > ValuesShown ? $" and {values.Count - ValuesShown} more" : "";
        return $"none of {rows.Count} rows matches; {field.Name} is {string.Join(", ", values.Take(ValuesShown))}{more}";
    }

    public List<JsonElement> Of(IReadOnlyList<JsonElement> rows) => [.. rows.Where(Accepts)];

    public bool Accepts(JsonElement row) => _clauses.TrueForAll(c => c.Field.Texts(row).Any(t => IsLike(t, c.Value)) == c.IsWanted);

    private static bool IsLike(string text, string value) => value is [.. var start, '*' or '…']
        ? text.StartsWith(start, StringComparison.OrdinalIgnoreCase)
        : string.Equals(text, value, StringComparison.OrdinalIgnoreCase);
}
