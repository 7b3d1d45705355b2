using System.Collections;

namespace Gantry.Hocon;

/// <summary>Settings in environment variables: <c>GANTRY__STORAGE__PATH</c> is <c>gantry.storage.path</c>.</summary>
public static class HoconEnvironment
{
    private const string Prefix = "GANTRY__";

    /// <summary>The variables of this process.</summary>
    public static IReadOnlyDictionary<string, string> OfProcess() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", StringComparer.Ordinal);

    internal static HoconLayer Layer(IReadOnlyDictionary<string, string> environment)
    {
        var names = environment.Keys.Where(k => k.StartsWith(Prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToDictionary(PathOf, k => k, StringComparer.Ordinal);
        return HoconLayer.OfValues(
            names.Select(n => KeyValuePair.Create(n.Key, environment[n.Value])),
            path => $"environment variable {names[path]}");
    }

    // Setting names are lower snake case, so a single underscore is part of a name.
    private static string PathOf(string variable) => variable.Replace("__", ".", StringComparison.Ordinal).ToLowerInvariant();
}
