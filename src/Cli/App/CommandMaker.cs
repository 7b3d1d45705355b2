using System.CommandLine;

namespace Gantry.Cli;

/// <summary>Makes commands that run in a <see cref="Session"/>.</summary>
internal sealed class CommandMaker(CliHost host, GlobalOptions options)
{
    public CliHost Host { get; } = host;

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
    public Command Verb(string name, string description, Func<Session, CancellationToken, Task<int>> run, params Symbol[] symbols)
    {
        var verb = new Command(name, description);
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
            return await run(session, ct).ConfigureAwait(false);
        });
        return verb;
    }

    private static string[] AliasesOf(string name) => name switch
    {
        "list" => ["ls"],
        "show" => ["get", "view"],
        _ => [],
    };
}
