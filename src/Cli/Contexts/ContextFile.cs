using System.Text;

namespace Gantry.Cli;

/// <summary>
/// <c>~/.config/gantry/config.toml</c>: the small part of TOML that contexts need (tables <c>[contexts.name]</c>, quoted strings).
/// </summary>
internal sealed record ContextFile(string? Current, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Entries)
{
    private const string Prefix = "contexts.";

    public static ContextFile Load(string path) =>
        File.Exists(path) ? Parse(File.ReadAllLines(path), path) : new ContextFile(null, new Dictionary<string, IReadOnlyDictionary<string, string>>());

    public static ContextFile Parse(IEnumerable<string> lines, string path)
    {
        string? current = null;
        var entries = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        Dictionary<string, string>? section = null;
        var number = 0;
        foreach (var raw in lines)
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (line[0] == '[' && line[^1] == ']')
            {
                var name = line[1..^1];
                section = new Dictionary<string, string>(StringComparer.Ordinal);
                if (!name.StartsWith(Prefix, StringComparison.Ordinal) || !entries.TryAdd(name[Prefix.Length..], section))
                {
                    throw Bad(path, number, $"[{name}] is no new table of contexts");
                }

                continue;
            }

            var equals = line.IndexOf('=', StringComparison.Ordinal);
            var value = equals < 0 ? "" : line[(equals + 1)..].Trim();
            if (equals > 0 && value is "true" or "false" && section is not null)
            {
                section[line[..equals].Trim()] = value;
                continue;
            }

            if (equals < 1 || value.Length < 2 || value[0] != '"' || value[^1] != '"')
            {
                throw Bad(path, number, "want key = \"value\"");
            }

            var key = line[..equals].Trim();
            var text = value[1..^1].Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
            if (section is not null)
            {
                section[key] = text;
            }
            else if (key == "current")
            {
                current = text;
            }
        }

        return new ContextFile(current, entries);
    }

    public void Save(string path)
    {
        var text = new StringBuilder();
        if (Current is not null)
        {
            text.AppendLine($"current = {Quote(Current)}");
        }

        foreach (var (name, entry) in Entries.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            text.AppendLine().AppendLine($"[{Prefix}{name}]");
            foreach (var (key, value) in entry.OrderBy(e => e.Key, StringComparer.Ordinal))
            {
                text.AppendLine($"{key} = {(key == "protected" ? value : Quote(value))}");
            }
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // the path has a folder: it is the user's or a test's file
        var temporary = path + ".new";
        File.WriteAllText(temporary, text.ToString());
        File.Move(temporary, path, overwrite: true);
    }

    private static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static CliException Bad(string path, int line, string why) =>
        new(ExitCodes.Usage, $"{path} line {line} cannot be read") { Why = [why], Next = "correct the line, or remove the file and add contexts again" };
}
