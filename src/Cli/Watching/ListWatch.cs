using System.Text.Json;
using System.Text.Json.Nodes;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary>
/// Prints a list, then changed rows as they come, from the event stream that the console uses too; a lost stream is resumed, and what was
/// missed for good is marked.
/// </summary>
internal sealed class ListWatch
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly Session _session;
    private readonly ObjectKind _kind;
    private readonly IReadOnlyList<Column> _columns;
    private readonly List<Column> _shown;
    private readonly Func<JsonElement, bool> _isWanted;
    private readonly Dictionary<string, JsonElement> _known = new(StringComparer.Ordinal);
    private List<JsonElement>? _snapshot = [];
    private int[] _widths = [];
    private int _written;

    private ListWatch(Session session, ObjectKind kind, Func<JsonElement, bool> isWanted)
    {
        _session = session;
        _kind = kind;
        _columns = kind.Columns(session);
        _shown = Table.Choose(session, _columns);
        _isWanted = isWanted;
    }

    private bool IsJson => _session.Format is OutputFormat.Json or OutputFormat.Yaml;

    /// <summary>Runs until <c>--limit</c> rows were printed, or for ever.</summary>
    public static async Task<int> RunAsync(Session session, ObjectKind kind, Func<JsonElement, bool> isWanted, CancellationToken ct)
    {
        var watch = new ListWatch(session, kind, isWanted);
        string? resume = null;
        while (true)
        {
            try
            {
                await foreach (var note in session.Client.WatchAsync(kind.WatchKind ?? kind.Word, resume, ct).ConfigureAwait(false))
                {
                    resume = note.Resume ?? resume;
                    if (watch.Take(note))
                    {
                        return ExitCodes.Ok;
                    }
                }

                session.Note("the stream ended; going on from where it was");
            }
            catch (GantryException e) when (e.Problem.Status == 410)
            {
                session.Note("-- gap: the stream was away for too long; what happened meanwhile is not shown --");
                resume = null;
                watch._snapshot = [];
            }
            catch (GantryUnreachableException e) when (resume is not null)
            {
                session.Note($"{e.Message}; trying again");
            }

            await Task.Delay(s_pause, session.Host.Clock, ct).ConfigureAwait(false);
        }
    }

    // True when enough was printed.
    private bool Take(WatchNote note)
    {
        if (note.Type == "synced" && _snapshot is { } rows)
        {
            _snapshot = null;
            WriteSnapshot(rows);
        }
        else if (note is { Type: "snapshot", Object: { } first } && _snapshot is not null)
        {
            _known[note.Id ?? ""] = first;
            if (_isWanted(first))
            {
                _snapshot.Add(first);
            }
        }
        else if (note is { Type: "added" or "changed" or "removed", Id: { } id })
        {
            WriteChange(note, id);
        }

        return _session.Limit is { } most && _written >= most;
    }

    private void WriteSnapshot(List<JsonElement> rows)
    {
        if (IsJson)
        {
            rows.ForEach(r => WriteJson("snapshot", r));
            return;
        }

        var ordered = _kind.Order?.Invoke(rows) ?? rows.OrderBy(r => r.Text(_kind.NameOf), StringComparer.Ordinal);
        var arranged = Rows.Arrange(_session, [.. ordered], _columns);
        if (arranged.Count == 0)
        {
            _session.Note($"no {_kind.Word} yet; waiting");
        }

        if (_session.Format is OutputFormat.Name)
        {
            arranged.ToList().ForEach(r => _session.Host.Out.WriteLine(r.Text(_kind.NameOf)));
            _written += arranged.Count;
            return;
        }

        _widths = Table.Write(_session, [.. _shown.Select(c => c.Head)], [.. arranged.Select(r => Table.Cells(_session, r, _shown))]);
        _written += arranged.Count;
    }

    private void WriteChange(WatchNote note, string id)
    {
        var isGone = note.Type == "removed";
        if ((note.Object ?? (_known.TryGetValue(id, out var before) ? before : null)) is not { } row || !IsShown(row))
        {
            return;
        }

        if (isGone)
        {
            _known.Remove(id);
        }
        else
        {
            _known[id] = row;
        }

        if (IsJson)
        {
            WriteJson(note.Type, row);
            return;
        }

        if (_session.Format is OutputFormat.Name)
        {
            _session.Host.Out.WriteLine(row.Text(_kind.NameOf));
            _written++;
            return;
        }

        Table.WriteRow(_session, isGone ? [row.Text(_kind.NameOf), "removed"] : Table.Cells(_session, row, _shown), _widths);
        _written++;
    }

    private bool IsShown(JsonElement row) =>
        _isWanted(row) && (_session.Filter is not { } filter || RowFilter.Parse(filter, [row], _columns).Accepts(row));

    private void WriteJson(string type, JsonElement row)
    {
        _session.Host.Out.WriteLine(JsonSerializer.Serialize(
            new JsonObject { ["type"] = type, ["object"] = JsonNode.Parse(row.GetRawText()) }, CliJson.Default.JsonNode));
        _written++;
    }
}
