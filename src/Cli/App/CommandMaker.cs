using System.CommandLine;

namespace Gantry.Cli;

/// <summary>Makes commands that run in a <see cref="Session"/>.</summary>
internal sealed class CommandMaker(CliHost host, GlobalOptions options)
{
    public CliHost Host { get; } = host;

    /// <summary>Examples of commands, for their help.</summary>
    public Dictionary<Command, IReadOnlyList<string>> Examples { get; } = [];

    /// <summary>A noun: a command with verbs only.</summary>
    public Command Noun(string name, string description, params Command[] verbs)
    {
        var noun = new Command(name, description);
        foreach (var verb in verbs)
        {
            noun.Subcommands.Add(verb);
        }

        return noun;
    }

    /// <summary>A verb with its arguments and options.</summary>
    /// <param name="name">The word.</param>
    /// <param name="description">What it does, then examples: <c>Text. Example: gantry a b | gantry c d</c>.</param>
    /// <param name="run">Runs it.</param>
    /// <param name="symbols">Arguments and options.</param>
    public Command Verb(string name, string description, Func<Session, CancellationToken, Task<int>> run, params Symbol[] symbols) =>
        Verb(name, description, isWatchable: false, run, symbols);

    /// <summary>A verb that knows <c>--watch</c>.</summary>
    public Command WatchableVerb(string name, string description, Func<Session, CancellationToken, Task<int>> run, params Symbol[] symbols) =>
        Verb(name, description, isWatchable: true, run, symbols);

    private Command Verb(
        string name, string description, bool isWatchable, Func<Session, CancellationToken, Task<int>> run, IReadOnlyList<Symbol> symbols)
    {
        var at = description.IndexOf("Example: ", StringComparison.Ordinal);
        var verb = new Command(name, (at < 0 ? description : description[..at]).Trim());
        Examples[verb] = at < 0 ? [] : description[(at + "Example: ".Length)..].Split(" | ");
        foreach (var alias in AliasesOf(name))
        {
            verb.Aliases.Add(alias);
        }

        foreach (var symbol in symbols)
        {
            switch (symbol)
            {
                case Argument argument:
                    verb.Arguments.Add(argument);
                    break;
                case Option option:
                    verb.Options.Add(option);
                    break;
            }
        }

        verb.SetAction(async (parsed, ct) =>
        {
            using var session = new Session(Host, options, parsed);
            if (session.IsWatching && !isWatchable)
            {
                throw new CliException(ExitCodes.Usage, $"\"{HelpScreen.PathOf(verb)}\" cannot be watched") { Next = "leave --watch away and ask again" };
            }

            return await run(session, ct).ConfigureAwait(false);
        });
        return verb;
    }

    private static string[] AliasesOf(string name) => name switch
    {
        "list" => ["ls"],
        "show" => ["get", "view"],
        "remove" => ["rm"],
        _ => [],
    };
}
