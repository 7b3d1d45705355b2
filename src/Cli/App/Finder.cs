using System.Text.Json;

namespace Gantry.Cli;

/// <summary>Finds the one object that a person means: by id, name or serial, or by an unambiguous beginning of 4 or more characters.</summary>
internal static class Finder
{
    private const int PrefixMin = 4;

    public static JsonElement One(string what, string word, IReadOnlyList<JsonElement> all, params string[] keys)
    {
        var exact = all.Where(o => keys.Any(k => string.Equals(o.TextOrNull(k), word, StringComparison.OrdinalIgnoreCase))).ToList();
        var found = exact.Count > 0 || word.Length < PrefixMin
            ? exact
            : [.. all.Where(o => keys.Any(k => o.TextOrNull(k)?.StartsWith(word, StringComparison.OrdinalIgnoreCase) ?? false))];
        return found.Count switch
        {
            1 => found[0],
            0 => throw new CliException(ExitCodes.NotFound, $"there is no {what} \"{word}\"")
            {
                Code = "ObjectNotFound",
                Why = Nearest.Lines(word, all.SelectMany(o => keys.Select(k => o.TextOrNull(k) ?? ""))),
                Next = $"gantry {what} list",
            },
            _ => throw new CliException(ExitCodes.Usage, $"\"{word}\" begins {found.Count} {what}s")
            {
                Why = [.. found.Select(o => string.Join("  ", keys.Select(k => o.Text(k)))).Order(StringComparer.Ordinal).Take(5)],
                Next = "write more of it",
            },
        };
    }
}
