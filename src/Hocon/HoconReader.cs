namespace Gantry.Hocon;

/// <summary>
/// Reads the subset of HOCON that Gantry uses: objects, lists, substitutions, includes, comments, triple quotes, concatenation.
/// Not part of it: <c>+=</c>, a value that refers to its own former self, includes inside objects or from URLs.
/// </summary>
public static class HoconReader
{
    /// <summary>Reads a text that includes nothing.</summary>
    /// <param name="text">The configuration.</param>
    /// <param name="file">Its name in messages.</param>
    /// <param name="environment">Environment variables that substitutions may name.</param>
    /// <exception cref="HoconException">The text cannot be used.</exception>
    public static HoconObject Read(string text, string file, IReadOnlyDictionary<string, string>? environment = null) =>
        Read([HoconLayer.OfText(text, file)], environment ?? new Dictionary<string, string>());

    /// <summary>Reads a file and what it includes.</summary>
    /// <exception cref="HoconException">The file cannot be read or used.</exception>
    public static HoconObject ReadFile(string path, IReadOnlyDictionary<string, string>? environment = null) =>
        Read([HoconLayer.OfFile(path)], environment ?? new Dictionary<string, string>());

    /// <summary>Reads several layers as one configuration: later ones override earlier ones, lists are replaced as a whole.</summary>
    /// <exception cref="HoconException">A layer cannot be read or used.</exception>
    public static HoconObject Read(IEnumerable<HoconLayer> layers, IReadOnlyDictionary<string, string> environment)
    {
        var root = new ObjectNode(new HoconPosition("configuration", 0, 0));
        foreach (var layer in layers)
        {
            root.Merge(layer.Root);
        }

        return new HoconResolver(root, environment).ResolveRoot();
    }
}
