using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Gantry.Cli;

/// <summary>Help that fits a screen: at most 24 lines, with two examples (operator-experience 2.5).</summary>
internal sealed class HelpScreen(CommandMaker make) : SynchronousCommandLineAction
{
    /// <summary>Lines of a help at most.</summary>
    public const int LinesMax = 24;

    private const int FlagWidth = 22;

    private static readonly (string Topic, string[] Nouns)[] s_topics =
    [
        ("look", ["status", "rack", "sled", "switch", "vmm", "op", "event", "bundle"]),
        ("run", ["instance", "group", "pool", "ip", "quorum", "project", "silo"]),
        ("as whom", ["context", "login", "logout", "whoami"]),
        ("learn", ["shell", "explain", "api", "completion", "version"]),
    ];

    public static void Install(RootCommand root, CommandMaker make)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            option.Action = new HelpScreen(make);
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        var command = parseResult.CommandResult.Command;
        var lines = command switch
        {
            RootCommand root => OfRoot(root),
            { Subcommands.Count: > 0 } noun => OfNoun(noun),
            _ => OfVerb(command),
        };
        foreach (var line in lines)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(line.TrimEnd());
        }

        return ExitCodes.Ok;
    }

    /// <summary>Two examples: those that the command names, and its first one as JSON when it names one only.</summary>
    public IReadOnlyList<string> ExamplesOf(Command command)
    {
        var named = command.Subcommands.Count > 0
            ? [.. command.Subcommands.SelectMany(c => ExamplesOf(c).Take(1))]
            : make.Examples.GetValueOrDefault(command) ?? [];
        var first = named.Count > 0 ? named[0] : $"{PathOf(command)}{string.Concat(command.Arguments.Select(a => $" {a.Name.ToUpperInvariant()}"))}";
        return named.Count > 1 ? [.. named.Take(2)] : [first, first.Contains(" -o ", StringComparison.Ordinal) ? $"{first} --utc" : $"{first} -o json"];
    }

    private static IEnumerable<string> OfRoot(RootCommand root)
    {
        var nouns = root.Subcommands.Where(c => !c.Hidden).Select(c => c.Name).ToList();
        yield return $"{root.Description}  Usage: gantry NOUN VERB [NAME] [flags]";
        foreach (var (topic, known) in s_topics)
        {
            yield return $"  {topic,-8} {string.Join(", ", known.Where(nouns.Contains))}";
        }

        var others = nouns.Except(s_topics.SelectMany(t => t.Nouns), StringComparer.Ordinal).ToList();
        yield return $"  {"engine",-8} {string.Join(", ", ServedPalette.Usual)} (served by nodes)";
        if (others.Count > 0)
        {
            yield return $"  {"more",-8} {string.Join(", ", others)}";
        }

        yield return "Flags of every command (gantry NOUN VERB --help lists its own):";
        var flags = root.Options.Where(o => o is not HelpOption and not VersionOption).ToList();
        foreach (var flag in flags.Where(f => f.Name is "--output" or "--columns" or "--sort-by" or "--filter" or "--watch" or "--wait" or "--dry-run" or "--yes" or "--context"))
        {
            yield return Flag(flag);
        }

        yield return $"  also {string.Join(' ', flags.Select(f => f.Name).Where(n => n is "--limit" or "--all" or "--utc" or "--timeout" or "--no-wait" or "--confirm" or "--no-color" or "--quiet" or "--verbose"))}";
        yield return "Examples:";
        yield return "  gantry status";
        yield return "  gantry instance list --filter state=running --sort-by name -o wide";
        yield return "Exit codes: 0 done, 2 usage, 3 not found, 4 refused, 5 not allowed, 6 unreachable, 7 still going, 8 failed, 9 differs.";
    }

    private IEnumerable<string> OfNoun(Command noun)
    {
        yield return $"{PathOf(noun)}: {noun.Description}";
        var verbs = noun.Subcommands.Where(c => !c.Hidden).ToList();
        var width = verbs.Max(v => v.Name.Length);
        foreach (var verb in verbs)
        {
            yield return $"  {verb.Name.PadRight(width)}  {verb.Description}";
        }

        foreach (var line in Examples(noun))
        {
            yield return line;
        }
    }

    private IEnumerable<string> OfVerb(Command verb)
    {
        yield return verb.Description ?? "";
        yield return $"Usage: {PathOf(verb)}{string.Concat(verb.Arguments.Select(Placeholder))}{(verb.Options.Count > 0 ? " [flags]" : "")}";
        foreach (var argument in verb.Arguments)
        {
            yield return $"  {argument.Name.ToUpperInvariant(),-FlagWidth}  {argument.Description}";
        }

        foreach (var option in verb.Options.Where(o => !o.Hidden))
        {
            yield return Flag(option);
        }

        foreach (var line in Examples(verb))
        {
            yield return line;
        }

        yield return "Flags of every command: gantry --help";
    }

    private IEnumerable<string> Examples(Command command) => ExamplesOf(command).Select(e => $"  {e}").Prepend("Examples:");

    private static string Flag(Option option)
    {
        var names = string.Join(", ", option.Aliases.Append(option.Name).OrderBy(n => n.Length));
        var note = option.Required ? " Needed." : "";
        return $"  {names,-FlagWidth}  {option.Description}{note}";
    }

    private static string Placeholder(Argument argument) =>
        argument.Arity.MinimumNumberOfValues == 0 ? $" [{argument.Name.ToUpperInvariant()}]" : $" {argument.Name.ToUpperInvariant()}";

    /// <summary>Its words, beginning with the program's.</summary>
    public static string PathOf(Command command)
    {
        var names = new List<string>();
        for (Symbol? symbol = command; symbol is not null; symbol = symbol.Parents.FirstOrDefault())
        {
            names.Insert(0, symbol is RootCommand ? "gantry" : symbol.Name);
        }

        return string.Join(' ', names);
    }
}
