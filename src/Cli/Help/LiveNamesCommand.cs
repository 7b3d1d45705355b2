using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary>
/// What completion scripts call for names that only the API knows. It answers within its budget or not at all, and never with an error: a key
/// press is no place for one.
/// </summary>
internal static class LiveNamesCommand
{
    /// <summary>The hidden verb.</summary>
    public const string Name = "complete-names";

    private const int NamesMax = 500;

    private static readonly TimeSpan s_budget = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan s_cacheLife = TimeSpan.FromSeconds(5);

    public static Command Make(CommandMaker make)
    {
        var noun = new Argument<string>("noun") { Description = "What to name." };
        var verb = make.Verb(Name, "Names for completion scripts.", (s, ct) => RunAsync(s, s.Parsed.GetRequiredValue(noun), ct), noun);
        verb.Hidden = true;
        return verb;
    }

    /// <summary>The kinds whose names are offered, by the word of an argument or of an option.</summary>
    public static bool IsKnown(string word) => word == "context" || KindOf(word) is not null;

    private static ObjectKind? KindOf(string word) => word switch
    {
        "rack" => RackCommands.Kind,
        "sled" => SledCommands.Kind,
        "switch" => SwitchCommands.Kind,
        "group" => GroupCommands.Kind,
        "pool" => PoolCommands.Kind,
        "instance" => InstanceCommands.Kind(InstanceCommands.Project()),
        "project" => ProjectCommands.Kind,
        "silo" => SiloCommands.Kind,
        _ => null,
    };

    private static async Task<int> RunAsync(Session session, string word, CancellationToken ct)
    {
        try
        {
            foreach (var name in word == "context" ? ContextFile.Load(session.Host.ConfigPath).Entries.Keys : await NamesAsync(session, word, ct).ConfigureAwait(false))
            {
                session.Host.Out.WriteLine(name);
            }
        }
        catch (Exception e) when (e is GantryException or GantryUnreachableException or CliException or IOException or UnauthorizedAccessException
            || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            // Completion offers nothing then.
        }

        return ExitCodes.Ok;
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(Session session, string word, CancellationToken ct)
    {
        if (KindOf(word) is not { } kind)
        {
            return [];
        }

        var cache = CachePath(session, word);
        if (File.Exists(cache) && session.Host.Clock.GetUtcNow().UtcDateTime - File.GetLastWriteTimeUtc(cache) < s_cacheLife)
        {
            return await File.ReadAllLinesAsync(cache, ct).ConfigureAwait(false);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(s_budget);
        var path = word == "instance" ? $"{kind.ListPath}?project={Uri.EscapeDataString(session.Context.Project)}" : kind.ListPath;
        var names = new List<string>();
        await foreach (var one in session.Client.ListAsync(path, limit.Token).ConfigureAwait(false))
        {
            names.Add(one.Text(word == "switch" ? "slot" : kind.NameOf));
            if (names.Count == NamesMax)
            {
                break;
            }
        }

        names.Sort(StringComparer.Ordinal);
        Directory.CreateDirectory(Path.GetDirectoryName(cache)!); // made of a folder and a name
        await File.WriteAllLinesAsync(cache, names, ct).ConfigureAwait(false);
        return names;
    }

    // Names of one server and one caller are no names of another.
    private static string CachePath(Session session, string word)
    {
        var whose = $"{session.Context.Address} {session.Context.Token} {session.Context.Project}";
        var mark = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(whose)))[..16];
        return Path.Combine(Path.GetDirectoryName(session.Host.ConfigPath) ?? "", "names", $"{mark}-{word}");
    }
}
