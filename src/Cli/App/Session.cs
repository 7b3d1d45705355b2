using System.CommandLine;
using System.Text.Json;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary>One run of one command: what was parsed, whom to call, where to write.</summary>
internal sealed class Session(CliHost host, GlobalOptions options, ParseResult parsed) : IDisposable
{
    private GantryClient? _client;

    public CliHost Host { get; } = host;

    public ParseResult Parsed { get; } = parsed;

    public OutputFormat Format => OutputFormats.Parse(Parsed.GetValue(options.Output));

    public IReadOnlyList<string> Columns => Parsed.GetValue(options.Columns)?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];

    public int? Limit => Parsed.GetValue(options.Limit);

    /// <summary>Every row (lists), every object (checks).</summary>
    public bool IsAll => Parsed.GetValue(options.All);

    public string? SortBy => Parsed.GetValue(options.SortBy);

    public string? Filter => Parsed.GetValue(options.Filter);

    public bool IsWatching => Parsed.GetValue(options.Watch);

    public bool IsUtc => Parsed.GetValue(options.Utc);

    public bool IsDryRun => Parsed.GetValue(options.DryRun);

    public TimeSpan Timeout => Durations.Parse(Parsed.GetValue(options.Timeout) ?? "5m");

    public bool IsQuiet => Parsed.GetValue(options.Quiet);

    public bool HasColour => Host.IsTerminal && !Parsed.GetValue(options.NoColor) &&
        string.IsNullOrEmpty(Host.Environment("NO_COLOR")) && Host.Environment("TERM") != "dumb";

    /// <summary>Wait for the end: on a terminal unless <c>--no-wait</c>, elsewhere only with <c>--wait</c>.</summary>
    public bool IsWaiting => !Parsed.GetValue(options.NoWait) && (Parsed.GetValue(options.Wait) || Host.IsTerminal);

    public ContextEntry Context => field ??= Contexts.Resolve(Host, Parsed.GetValue(options.Context));

    public GantryClient Client => _client ??= new GantryClient(
        new GantryClientOptions { Address = Context.Address, Token = Context.Token, Timeout = TimeSpan.FromSeconds(100), IsDryRun = IsDryRun },
        Host.Random,
        handler: null,
        trace: Trace);

    /// <summary>A table or one like it: names instead of ids are worth a call more.</summary>
    public bool IsForPeople => Format is OutputFormat.Table or OutputFormat.Wide or OutputFormat.Tsv;

    public NameBook Names => field ??= new NameBook(this);

    public Placement Placement => field ??= new Placement(this);

    public QuorumMarks QuorumMarks => field ??= new QuorumMarks(this);

    /// <summary>Told of every call with <c>-v</c>.</summary>
    public Action<string>? Trace => Parsed.GetValue(options.Verbose) ? Host.Error.WriteLine : null;

    /// <summary>A line for people; scripts do not see it.</summary>
    public void Note(string text)
    {
        if (!IsQuiet)
        {
            Host.Error.WriteLine(text);
        }
    }

    /// <summary>A list as far as it will be shown: what sorts or sifts needs all of it.</summary>
    public async Task<List<JsonElement>> ListAsync(string path, CancellationToken ct)
    {
        var enough = SortBy is null && Filter is null ? Rows.Most(this) : null;
        var all = new List<JsonElement>();
        await foreach (var item in Client.ListAsync(path, ct).ConfigureAwait(false))
        {
            all.Add(item);
            if (all.Count > enough)
            {
                break;
            }
        }

        return all;
    }

    /// <summary>The whole list whatever <c>--limit</c> says: to find one object in it.</summary>
    public async Task<List<JsonElement>> ListAllAsync(string path, CancellationToken ct)
    {
        var all = new List<JsonElement>();
        await foreach (var item in Client.ListAsync(path, ct).ConfigureAwait(false))
        {
            all.Add(item);
        }

        return all;
    }

    /// <summary>Asks before something that disrupts, after showing what it does; without a person there it must have been said by <c>--yes</c>.</summary>
    public void Confirm(string question, params IReadOnlyList<string> effects) => Confirmation.Ask(this, question, effects, Parsed.GetValue(options.Yes));

    /// <summary>Asks for the object's own name before something that has no way back; <c>--yes</c> is not enough.</summary>
    public void ConfirmName(string question, string name, params IReadOnlyList<string> effects) =>
        Confirmation.AskName(this, question, name, effects, Parsed.GetValue(options.Confirm));

    /// <summary>The context that was named for this very run.</summary>
    public string? NamedContext => Parsed.GetValue(options.Context);

    public void Dispose() => _client?.Dispose();
}
