using System.Text.Json;

namespace Gantry.Cli;

/// <summary>Prints events as they come: a table whose heads are written once, or an object a line.</summary>
internal sealed class EventRows(Session session, Column[] columns)
{
    private readonly List<Column> _shown = Table.Choose(session, columns);

    // What was told as the latest few may be told once more as the first of what comes.
    private readonly HashSet<(string, string, string)> _first = [];
    private int[]? _widths;
    private int _written;

    /// <summary>True when as many as <c>--limit</c> were printed.</summary>
    public bool Write(IEnumerable<JsonElement> events)
    {
        var isFirst = _widths is null;
        List<JsonElement> fresh = [.. events.Where(e => isFirst ? _first.Add(KeyOf(e)) : !_first.Contains(KeyOf(e)))];
        fresh = session.Filter is { } filter ? [.. fresh.Where(e => RowFilter.Parse(filter, fresh, columns).Accepts(e))] : fresh;
        fresh = [.. fresh.Take((session.Limit ?? int.MaxValue) - _written)];
        switch (session.Format)
        {
            case OutputFormat.Json or OutputFormat.Yaml:
                fresh.ForEach(e => session.Host.Out.WriteLine(JsonSerializer.Serialize(e, CliJson.Default.JsonElement)));
                _widths ??= [];
                break;
            case OutputFormat.Name:
                fresh.ForEach(e => session.Host.Out.WriteLine(e.Text("what")));
                _widths ??= [];
                break;
            default:
                WriteTable([.. fresh.Select(e => Table.Cells(session, e, _shown))]);
                break;
        }

        _written += fresh.Count;
        return session.Limit is { } most && _written >= most;
    }

    private void WriteTable(IReadOnlyList<string[]> cells)
    {
        if (_widths is null)
        {
            _widths = Table.Write(session, [.. _shown.Select(c => c.Head)], cells);
            return;
        }

        foreach (var row in cells)
        {
            Table.WriteRow(session, row, _widths);
        }
    }

    private static (string, string, string) KeyOf(JsonElement happened) => (happened.Text("kind"), happened.Text("object"), happened.Text("sequence"));
}
