using System.CommandLine;

namespace Gantry.Cli;

/// <summary>
/// <c>gantry shell</c>, and <c>gantry cluster</c> alone on a terminal: line after line until <c>exit</c>. What can be typed is what the command
/// line knows, the nouns that the node serves included. Without a terminal it runs the lines it is given and ends with the last failure.
/// </summary>
internal sealed class PromptLoop
{
    private readonly CliHost _host;
    private readonly string? _context;
    private readonly RootCommand _root;
    private readonly LineEditor _editor;

    private PromptLoop(CliHost host, string? context, RootCommand root)
    {
        _host = host;
        _context = context;
        _root = root;
        _editor = new LineEditor(host.ReadKey ?? (() => default), host.Error, line => PromptCompletion.Of(root, line));
    }

    /// <summary>The verb <c>gantry shell</c>.</summary>
    public static Command Make(CommandMaker make) => make.Verb(
        "shell",
        "A prompt with history and completion over every command, those of the node included. Example: gantry shell | gantry shell --context rack1",
        RunAsync);

    /// <summary>A bare <c>gantry cluster</c> by a person is a wish for the prompt.</summary>
    public static bool IsWanted(ParseResult parsed, CliHost host) =>
        host.IsTerminal && parsed.UnmatchedTokens.Count == 0 && parsed.CommandResult.Command is { Name: "cluster", Subcommands.Count: > 0 };

    public static async Task<int> RunAsync(Session session, CancellationToken ct)
    {
        var options = new GlobalOptions();
        var root = CommandTree.Build(session.Host, options, out var make);
        await ServedPalette.AddAsync(root, make, session, ServedPalette.Usual[0], ct).ConfigureAwait(false);
        var served = root.Subcommands.Where(c => c.Description == ServedPalette.Served).ToList();
        session.Note(
            $"context {session.Context.Name}: {session.Context.AdminAddress} serves {served.Sum(c => c.Subcommands.Count)} commands under {string.Join(", ", served.Select(c => c.Name).Order(StringComparer.Ordinal))}");
        session.Note($"{(session.Host.ReadKey is null ? "a line that ends in ?" : "Tab")} shows what may follow; help NOUN, history, exit");
        return await new PromptLoop(session.Host, session.NamedContext, root).RunAsync(ct).ConfigureAwait(false);
    }

    private async Task<int> RunAsync(CancellationToken ct)
    {
        var last = ExitCodes.Ok;
        while (!ct.IsCancellationRequested && Read() is { } line)
        {
            if (line.EndsWith('?'))
            {
                _host.Out.WriteLine(string.Join("  ", PromptCompletion.Of(_root, line[..^1]).Choices));
                continue;
            }

            switch (PromptWords.Of(line))
            {
                case []:
                    break;
                case ["exit" or "quit"]:
                    return last;
                case ["history"]:
                    _editor.History.ToList().ForEach(_host.Out.WriteLine);
                    break;
                case ["shell"] or ["cluster"]:
                    _host.Error.WriteLine("this is the prompt; exit leaves it");
                    break;
                case ["help", .. var about]:
                    await GantryApp.RunAsync([.. about, "--help"], _host, ct).ConfigureAwait(false);
                    break;
                case var words:
                    last = await OneAsync(words, ct).ConfigureAwait(false) is var code && code != ExitCodes.Ok ? code : last;
                    break;
            }
        }

        return last;
    }

    // Ctrl-C ends the one command, not the prompt.
    private async Task<int> OneAsync(IReadOnlyList<string> words, CancellationToken ct)
    {
        using var one = CancellationTokenSource.CreateLinkedTokenSource(_host.Interrupts?.Invoke() ?? ct, ct);
        string[] context = _context is null || words.Contains("--context") ? [] : ["--context", _context];
        return await GantryApp.RunAsync([.. words, .. context], _host, one.Token).ConfigureAwait(false);
    }

    private string? Read()
    {
        if (_host.ReadKey is not null)
        {
            return _editor.Read("gantry> ");
        }

        if (_host.IsTerminal)
        {
            _host.Error.Write("gantry> ");
        }

        var line = _host.In.ReadLine()?.Trim();
        _editor.Remember(line ?? "");
        return line;
    }
}
