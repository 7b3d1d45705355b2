using System.Text.Json;

namespace Gantry.Cli;

/// <summary>Writes rows in the form that was asked for: no borders, upper-case heads, two spaces between.</summary>
internal static class Table
{
    /// <summary>Writes a list. An empty one is a line for people, nothing for scripts.</summary>
    public static void WriteList(Session session, IReadOnlyList<JsonElement> rows, IReadOnlyList<Column> columns, string nameOf, string whenEmpty)
    {
        var all = rows;
        var isEmpty = rows.Count == 0;
        rows = Rows.Arrange(session, rows, columns);
        switch (session.Format)
        {
            case OutputFormat.Json:
                session.Host.Out.WriteLine(JsonSerializer.Serialize(rows.ToList(), CliJson.Indented.ListJsonElement));
                return;
            case OutputFormat.Yaml:
                Yaml.Write(session.Host.Out, JsonSerializer.SerializeToElement(rows.ToList(), CliJson.Default.ListJsonElement));
                return;
            case OutputFormat.Name:
                foreach (var row in rows)
                {
                    session.Host.Out.WriteLine(row.Text(nameOf));
                }

                return;
        }

        if (rows.Count == 0)
        {
            session.Note(isEmpty ? whenEmpty : RowFilter.WhyNone(session.Filter ?? "", all, columns));
            return;
        }

        var shown = Choose(session, columns);
        Write(session, [.. shown.Select(c => c.Head)], [.. rows.Select(r => Cells(session, r, shown))]);
    }

    /// <summary>What a row shows in the form that was asked for.</summary>
    public static string[] Cells(Session session, JsonElement row, IReadOnlyList<Column> shown) =>
        [.. shown.Select(c => session.Format is OutputFormat.Wide or OutputFormat.Tsv ? Whole(c, row) : c.Cell(row))];

    /// <summary>Writes one object: members as lines, or as JSON or YAML.</summary>
    public static void WriteObject(Session session, JsonElement value, string nameOf, IReadOnlyList<Column> columns)
    {
        switch (session.Format)
        {
            case OutputFormat.Json:
                session.Host.Out.WriteLine(JsonSerializer.Serialize(value, CliJson.Indented.JsonElement));
                return;
            case OutputFormat.Yaml:
                Yaml.Write(session.Host.Out, value);
                return;
            case OutputFormat.Name:
                session.Host.Out.WriteLine(value.Text(nameOf));
                return;
            case OutputFormat.Tsv:
                WriteList(session, [value], columns, nameOf, "");
                return;
        }

        var shown = Choose(session, columns, isAll: true);
        var width = shown.Max(c => c.Head.Length);
        foreach (var column in shown)
        {
            session.Host.Out.WriteLine($"{column.Head.PadRight(width)}  {Colours.Paint(session, Whole(column, value))}".TrimEnd());
        }
    }

    /// <summary>Writes heads and cells; the widths serve rows that come later.</summary>
    public static int[] Write(Session session, IReadOnlyList<string> heads, IReadOnlyList<string[]> cells)
    {
        var widths = heads.Select((head, i) => cells.Select(r => r[i].Length).Append(head.Length).Max()).ToArray();
        session.Host.Out.WriteLine(session.Format is OutputFormat.Tsv ? string.Join('\t', heads) : Line(heads, widths, cell => cell));
        foreach (var row in cells)
        {
            WriteRow(session, row, widths);
        }

        return widths;
    }

    public static void WriteRow(Session session, IReadOnlyList<string> row, int[] widths) => session.Host.Out.WriteLine(
        session.Format is OutputFormat.Tsv ? string.Join('\t', row) : Line(row, widths, cell => Colours.Paint(session, cell)));

    private static string Line(IReadOnlyList<string> row, int[] widths, Func<string, string> paint) =>
        string.Join("  ", row.Select((cell, i) => paint(cell) + new string(' ', i == row.Count - 1 ? 0 : Math.Max(0, widths[i] - cell.Length)))).TrimEnd();

    private static string Whole(Column column, JsonElement row) => column.WholeCell is { } whole ? whole(row) : column.Cell(row);

    /// <summary>The columns that are shown.</summary>
    public static List<Column> Choose(Session session, IReadOnlyList<Column> columns, bool isAll = false)
    {
        if (session.Columns.Count == 0)
        {
            return [.. columns.Where(c => isAll || !c.IsWide || session.Format is OutputFormat.Wide or OutputFormat.Tsv)];
        }

        return [.. session.Columns.Select(name =>
            columns.FirstOrDefault(c => string.Equals(c.Head, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new CliException(ExitCodes.Usage, $"there is no column \"{name}\"")
            {
                Next = $"use {string.Join(", ", columns.Select(c => c.Head))}",
            })];
    }
}
