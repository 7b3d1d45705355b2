namespace Gantry.Cli;

/// <summary>The nearest three words to a misspelt one.</summary>
internal static class Nearest
{
    public static IReadOnlyList<string> Lines(string word, IEnumerable<string> known)
    {
        var nearest = To(word, known);
        return nearest.Count == 0 ? [] : [$"did you mean {string.Join(", ", nearest)}?"];
    }

    public static IReadOnlyList<string> To(string word, IEnumerable<string> known) =>
    [
        .. known
            .Where(k => k.Length > 0)
            .Distinct(StringComparer.Ordinal)
            .Select(k => (Word: k, Distance: k.StartsWith(word, StringComparison.OrdinalIgnoreCase) ? 1 : Distance(word, k)))
            .Where(k => k.Distance <= Math.Max(3, word.Length / 2))
            .OrderBy(k => k.Distance)
            .ThenBy(k => k.Word, StringComparer.Ordinal)
            .Take(3)
            .Select(k => k.Word),
    ];

    /// <summary>Edits (insert, delete, replace, swap of neighbours) from one word to another.</summary>
    public static int Distance(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                table[i, j] = i == 0 || j == 0 ? i + j : Math.Min(
                    Math.Min(table[i - 1, j] + 1, table[i, j - 1] + 1),
                    table[i - 1, j - 1] + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
                }
            }
        }

        return table[a.Length, b.Length];
    }
}
