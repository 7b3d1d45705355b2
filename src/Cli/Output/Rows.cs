using System.Globalization;
using System.Text.Json;

namespace Gantry.Cli;

/// <summary>Sifts, orders and cuts rows as the flags of lists say.</summary>
internal static class Rows
{
    /// <summary>What a table shows at most unless asked: a screen for people has an end. Programs get everything.</summary>
    public const int TableRowsMax = 1_000;

    private const string Descending = ":desc";

    /// <summary>Rows wanted at most; null for all.</summary>
    public static int? Most(Session session) => session.Limit
        ?? (session.IsAll || session.Format is not (OutputFormat.Table or OutputFormat.Wide) ? null : TableRowsMax);

    public static IReadOnlyList<JsonElement> Arrange(Session session, IReadOnlyList<JsonElement> rows, IReadOnlyList<Column> columns)
    {
        if (session.Filter is { } filter)
        {
            rows = RowFilter.Parse(filter, rows, columns).Of(rows);
        }

        if (session.SortBy is { } order)
        {
            rows = Sorted(rows, columns, order);
        }

        if (Most(session) is not { } most || rows.Count <= most)
        {
            return rows;
        }

        if (session.Limit is null)
        {
            session.Note($"the first {most} of more; --all shows every row");
        }

        return [.. rows.Take(most)];
    }

    private static List<JsonElement> Sorted(IReadOnlyList<JsonElement> rows, IReadOnlyList<Column> columns, string order)
    {
        var isDown = order.EndsWith(Descending, StringComparison.OrdinalIgnoreCase);
        var field = RowField.Find(isDown ? order[..^Descending.Length] : order, "--sort-by", rows, columns);
        var sorted = rows.Order(Comparer<JsonElement>.Create((a, b) => Compare(field.Key(a), field.Key(b)))).ToList();
        if (isDown != field.IsAge)
        {
            sorted.Reverse();
        }

        return sorted;
    }

    // Numbers by size, anything else by its letters; what is missing comes last.
    private static int Compare(string? a, string? b)
    {
        if (a is null || b is null)
        {
            return (a is null).CompareTo(b is null);
        }

        return TryNumber(a, out var x) && TryNumber(b, out var y) ? x.CompareTo(y) : string.CompareOrdinal(a, b);
    }

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text.TrimEnd('%'), NumberStyles.Float, CultureInfo.InvariantCulture, out number);
}
