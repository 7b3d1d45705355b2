namespace Gantry.Hocon;

/// <summary>One source of settings among several: a file, or values given one by one.</summary>
public sealed class HoconLayer
{
    private HoconLayer(ObjectNode root) => Root = root;

    internal ObjectNode Root { get; }

    /// <summary>A text that includes nothing.</summary>
    /// <exception cref="HoconException">The text cannot be read.</exception>
    public static HoconLayer OfText(string text, string file) => new(HoconParser.ParseFile(
        text,
        file,
        (at, name) => throw new HoconException(
            at, $"include \"{name}\"", "this text did not come from a file", "Put it into a file and include from there")));

    /// <summary>A file, with what it includes.</summary>
    /// <exception cref="HoconException">A file cannot be read.</exception>
    public static HoconLayer OfFile(string path) => new(new IncludeReader().Read(new HoconPosition(path, 0, 0), path, 0));

    /// <summary>
    /// Values by dotted path. A value that begins with <c>[</c> or <c>{</c> is read as HOCON, any other one is text as it is.
    /// </summary>
    /// <param name="values">Path and value, in order; the last of a path counts.</param>
    /// <param name="nameOf">How a path is called in messages, for example the environment variable it came from.</param>
    /// <exception cref="HoconException">A value cannot be read.</exception>
    public static HoconLayer OfValues(IEnumerable<KeyValuePair<string, string>> values, Func<string, string> nameOf)
    {
        var root = new ObjectNode(new HoconPosition("values", 0, 0));
        foreach (var (path, value) in values)
        {
            var at = new HoconPosition(nameOf(path), 0, 0);
            if (path.Split('.') is var names && (names.Length > HoconLimits.NestingMax || names.Any(n => n.Length == 0)))
            {
                throw new HoconException(at, $"\"{path}\"", "it is no path of names", "Write it like gantry.storage.path");
            }

            var isHocon = value.TrimStart() is ['[' or '{', ..];
            root.Put(names, isHocon ? HoconParser.ParseValue(value, at.File) : new TextNode(at, value, isQuoted: true), []);
        }

        return new HoconLayer(root);
    }

    private sealed class IncludeReader
    {
        private int _files;

        public ObjectNode Read(HoconPosition at, string path, int depth)
        {
            if (depth > HoconLimits.IncludeDepthMax || ++_files > HoconLimits.FilesMax)
            {
                throw new HoconException(
                    at,
                    $"include of {path}",
                    $"at most {HoconLimits.IncludeDepthMax} files deep and {HoconLimits.FilesMax} files in all are included",
                    "Check for files that include each other");
            }

            var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
            return HoconParser.ParseFile(
                ReadText(at, path), path, (where, name) => Read(where, Path.Combine(folder, name), depth + 1));
        }

        private static string ReadText(HoconPosition at, string path)
        {
            try
            {
                var length = new FileInfo(path).Length;
                return length <= HoconLimits.FileCharsMax * 4L
                    ? File.ReadAllText(path)
                    : throw new HoconException(
                        at, path, $"the file has {length} bytes", "Check that this is the configuration file that was meant");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                throw new HoconException(at, path, e.Message.TrimEnd('.'), "Check the name, and that this user may read it");
            }
        }
    }
}
