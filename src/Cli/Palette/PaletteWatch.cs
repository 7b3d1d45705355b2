using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gantry.Cli;

/// <summary>
/// <c>--watch</c> of a served command: its rows, then those that changed. The event stream carries objects of the rack and not of the engine,
/// so the node is asked again each second, as long as somebody watches.
/// </summary>
internal sealed class PaletteWatch(Session session, IReadOnlyList<Column> columns, int? most)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly List<Column> _shown = Table.Choose(session, columns);
    private IReadOnlyList<JsonElement>? _known;
    private int _keyColumns = 1;
    private int[] _widths = [];
    private int _written;

    private bool IsJson => session.Format is OutputFormat.Json or OutputFormat.Yaml;

    // Rows that begin with a time are a log: each is new, and an old one that leaves the window is not gone.
    private bool IsLog => columns[0].IsAge;

    /// <summary>Runs until <c>--limit</c> rows were printed, or for ever.</summary>
    public async Task<int> RunAsync(Func<CancellationToken, Task<IReadOnlyList<JsonElement>>> look, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                if (Take(await look(ct).ConfigureAwait(false)))
                {
                    return ExitCodes.Ok;
                }
            }
            catch (Client.GantryUnreachableException e) when (_known is not null)
            {
                session.Note($"{e.Message}; trying again");
            }

            await Task.Delay(s_pause, session.Host.Clock, ct).ConfigureAwait(false);
        }
    }

    // True when enough was printed.
    private bool Take(IReadOnlyList<JsonElement> rows)
    {
        var arranged = Rows.Arrange(session, rows, columns);
        Widen(arranged);
        if (_known is null)
        {
            WriteFirst(arranged);
        }
        else
        {
            var before = Keyed(_known);
            foreach (var row in arranged)
            {
                var isOld = before.Remove(KeyOf(row), out var old);
                if (!isOld || Mark(old) != Mark(row))
                {
                    Write(isOld ? "changed" : "added", row);
                }
            }

            IEnumerable<JsonElement> left = IsLog ? [] : before.Values;
            foreach (var gone in left)
            {
                WriteGone(gone);
            }
        }

        _known = arranged;
        return _written >= most;
    }

    // What tells rows apart: the first column, or as many as it takes (a claim is its space and its value).
    private void Widen(IReadOnlyList<JsonElement> rows)
    {
        while (!IsLog && _keyColumns < columns.Count && rows.Select(KeyOf).Distinct(StringComparer.Ordinal).Count() < rows.Count)
        {
            _keyColumns++;
        }
    }

    private Dictionary<string, JsonElement> Keyed(IReadOnlyList<JsonElement> rows)
    {
        var keyed = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            keyed[KeyOf(row)] = row;
        }

        return keyed;
    }

    private string KeyOf(JsonElement row) => IsLog ? row.GetRawText() : string.Join("  ", columns.Take(_keyColumns).Select(c => Whole(c, row)));

    // Ages move by themselves and are no change.
    private string Mark(JsonElement row) => string.Join('\t', columns.Where(c => !c.IsAge).Select(c => Whole(c, row)));

    private static string Whole(Column column, JsonElement row) => column.WholeCell is { } whole ? whole(row) : column.Cell(row);

    private void WriteFirst(IReadOnlyList<JsonElement> rows)
    {
        if (IsJson || session.Format is OutputFormat.Name)
        {
            rows.ToList().ForEach(r => Write("snapshot", r));
            return;
        }

        if (rows.Count == 0)
        {
            session.Note("nothing yet; waiting");
        }

        _widths = Table.Write(session, [.. _shown.Select(c => c.Head)], [.. rows.Select(r => Table.Cells(session, r, _shown))]);
        _written += rows.Count;
    }

    private void Write(string type, JsonElement row)
    {
        _written++;
        switch (session.Format)
        {
            case OutputFormat.Json or OutputFormat.Yaml:
                session.Host.Out.WriteLine(JsonSerializer.Serialize(
                    new JsonObject { ["type"] = type, ["object"] = JsonNode.Parse(row.GetRawText()) }, CliJson.Default.JsonNode));
                break;
            case OutputFormat.Name:
                session.Host.Out.WriteLine(Whole(columns[0], row));
                break;
            default:
                Table.WriteRow(session, Table.Cells(session, row, _shown), _widths);
                break;
        }
    }

    private void WriteGone(JsonElement row)
    {
        if (IsJson)
        {
            Write("removed", row);
            return;
        }

        _written++;
        session.Host.Out.WriteLine($"{KeyOf(row)}  removed");
    }
}
