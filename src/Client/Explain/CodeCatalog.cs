namespace Gantry.Client;

/// <summary>
/// What each <c>reason</c>, kind of object, state and column of a table means, for <c>gantry explain</c>: read from the embedded texts
/// <c>codes.txt</c>, <c>words.txt</c> and <c>columns.txt</c>, so that it needs no server.
/// </summary>
public static class CodeCatalog
{
    private static readonly Lazy<IReadOnlyDictionary<string, string>> s_pages = new(Load);

    /// <summary>Every code, kind, state and column that has a page.</summary>
    public static IEnumerable<string> Codes => s_pages.Value.Keys;

    /// <summary>
    /// The page of a code, kind, state or column, upper and lower case alike, or of a column of a kind as in <c>sled.cubby</c>; null when there
    /// is none.
    /// </summary>
    public static string? PageOf(string code) => code.Split('.') is [var kind, var column] && s_pages.Value.ContainsKey(kind)
        ? s_pages.Value.GetValueOrDefault(column.Replace('_', '-'))
        : s_pages.Value.GetValueOrDefault(code);

    private static IReadOnlyDictionary<string, string> Load()
    {
        var pages = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        Read(pages, "columns.txt"); // first: a kind or state of the same word says more
        Read(pages, "codes.txt");
        Read(pages, "words.txt");
        return pages;
    }

    // Form of the files: "= Code", then lines of text up to the next head.
    private static void Read(Dictionary<string, string> pages, string file)
    {
        using var stream = typeof(CodeCatalog).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"{file} is not embedded");
        using var reader = new StreamReader(stream);
        string? code = null;
        var text = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith("= ", StringComparison.Ordinal))
            {
                Keep(pages, code, text);
                code = line[2..].Trim();
                text.Clear();
            }
            else
            {
                text.Add(line);
            }
        }

        Keep(pages, code, text);
    }

    private static void Keep(Dictionary<string, string> pages, string? code, List<string> text)
    {
        if (code is not null)
        {
            pages[code] = string.Join('\n', text).Trim();
        }
    }
}
