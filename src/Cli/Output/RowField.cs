using System.Text.Json;

namespace Gantry.Cli;

/// <summary>What <c>--filter</c> and <c>--sort-by</c> name: a column by its head, or a member of the object.</summary>
internal sealed record RowField(string Name, Column? Column)
{
    public bool IsAge => Column?.IsAge ?? false;

    /// <summary>Finds it; an unknown one is answered with the nearest.</summary>
    public static RowField Find(string name, string flag, IReadOnlyList<JsonElement> rows, IReadOnlyList<Column> columns)
    {
        var column = columns.FirstOrDefault(c => Same(c.Head, name));
        if (column is null && rows.Count > 0 && !rows.Any(r => r.Member(name) is not null))
        {
            var heads = columns.Select(c => c.Head.ToLowerInvariant()).ToList();
            throw new CliException(ExitCodes.Usage, $"{flag}: there is no \"{name}\" in these rows")
            {
                Why = Nearest.Lines(name, heads.Concat(rows[0].ValueKind is JsonValueKind.Object ? rows[0].EnumerateObject().Select(m => m.Name) : [])),
                Next = $"use {string.Join(", ", heads)}, or a member that -o json shows",
            };
        }

        return new RowField(name, column);
    }

    /// <summary>What rows are ordered by.</summary>
    public string? Key(JsonElement row)
    {
        var text = Column is null ? row.TextOrNull(Name) : Column.Path is { } path ? row.TextOrNull(path) : Column.Cell(row);
        return text == JsonText.None ? null : text;
    }

    /// <summary>Every text that a filter may mean: as shown, in full, and each item of a list.</summary>
    public IEnumerable<string> Texts(JsonElement row)
    {
        if (Column is not null)
        {
            yield return Column.Cell(row);
            if (Column.WholeCell is { } whole)
            {
                yield return whole(row);
            }
        }

        var path = Column is null ? Name : Column.Path;
        if (path is not null && row.Member(path) is { } member)
        {
            yield return JsonText.Plain(member);
            if (member.ValueKind is JsonValueKind.True or JsonValueKind.False)
            {
                yield return member.GetRawText();
            }

            foreach (var item in member.ValueKind is JsonValueKind.Array ? member.EnumerateArray() : default)
            {
                yield return JsonText.Plain(item);
            }
        }
    }

    private static bool Same(string head, string name) =>
        string.Equals(head, name.Replace('_', '-'), StringComparison.OrdinalIgnoreCase);
}
