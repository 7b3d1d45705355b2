using System.CommandLine;
using System.Text.Json;

namespace Gantry.Cli;

/// <summary>A kind of object as the command line knows it: where it is listed, what finds one, what a table of it shows.</summary>
/// <param name="Word">The noun.</param>
/// <param name="ListPath">Path of its list.</param>
/// <param name="Columns">Columns of a table.</param>
internal sealed record ObjectKind(string Word, string ListPath, Func<Session, Column[]> Columns)
{
    /// <summary>The member by which people call it.</summary>
    public string NameOf { get; init; } = "name";

    /// <summary>Members that a word is compared with.</summary>
    public string[] Keys { get; init; } = ["name", "id"];

    /// <summary>Said instead of an empty table, with the next command.</summary>
    public required string WhenEmpty { get; init; }

    /// <summary>Its kind in the event stream, when that differs from the word; see <see cref="IsWatchable"/>.</summary>
    public string? WatchKind { get; init; }

    /// <summary>Whether the event stream carries it.</summary>
    public bool IsWatchable { get; init; } = true;

    /// <summary><c>--project</c>, where the list is one of a project; not given, the context's counts.</summary>
    public Option<string?>? Scope { get; init; }

    /// <summary>The list's path with its project.</summary>
    public string ListPathOf(Session session) => Scope is null
        ? ListPath
        : $"{ListPath}?project={Uri.EscapeDataString(session.Parsed.GetValue(Scope) ?? session.Context.Project)}";

    /// <summary>Reads what the columns show beside the object itself; null when they show nothing else.</summary>
    public Func<Session, CancellationToken, Task>? Beside { get; init; }

    /// <summary>Order of a list; null leaves the API's.</summary>
    public Func<IEnumerable<JsonElement>, IEnumerable<JsonElement>>? Order { get; init; }

    /// <summary><c>list</c>, with <c>--watch</c> when the event stream carries the kind.</summary>
    public Command ListVerb(CommandMaker make, string description)
    {
        Symbol[] symbols = Scope is null ? [] : [Scope];
        return IsWatchable ? make.WatchableVerb("list", description, ListAsync, symbols) : make.Verb("list", description, ListAsync, symbols);
    }

    /// <summary><c>watch</c>: the list with <c>--watch</c>, of one object when it is named.</summary>
    public Command WatchVerb(CommandMaker make, string description)
    {
        var one = new Argument<string?>(Word) { Description = "Only this one.", DefaultValueFactory = _ => null };
        Symbol[] symbols = Scope is null ? [one] : [one, Scope];
        return make.WatchableVerb("watch", description, (s, ct) => WatchAsync(s, s.Parsed.GetValue(one), ct), symbols);
    }

    /// <summary><c>show</c> of an object that has a path of its own below the list's.</summary>
    public Command ShowVerb(CommandMaker make, string description, Argument<string> argument)
    {
        Symbol[] symbols = Scope is null ? [argument] : [argument, Scope];
        return make.Verb("show", description, async (s, ct) =>
        {
            var path = await PathOfAsync(s, s.Parsed.GetRequiredValue(argument), ct).ConfigureAwait(false);
            var found = (await s.Client.GetAsync(path, ct).ConfigureAwait(false)).Body;
            await ReadBesideAsync(s, ct).ConfigureAwait(false);
            Table.WriteObject(s, found, NameOf, Columns(s));
            return ExitCodes.Ok;
        }, symbols);
    }

    /// <summary>The path of the object that a person named.</summary>
    public async Task<string> PathOfAsync(Session session, string word, CancellationToken ct) =>
        $"{ListPath}/{await IdOfAsync(session, word, ct).ConfigureAwait(false)}";

    /// <summary>The id of the object that a person named: an id is taken as it is, anything else is looked for.</summary>
    public async Task<string> IdOfAsync(Session session, string word, CancellationToken ct) => Guid.TryParse(word, out _)
        ? Uri.EscapeDataString(word)
        : Finder.One(Word, word, await session.ListAllAsync(ListPathOf(session), ct).ConfigureAwait(false), Keys).Text("id");

    /// <summary>Reads what the columns show beside the object itself.</summary>
    public Task ReadBesideAsync(Session session, CancellationToken ct) => Beside?.Invoke(session, ct) ?? Task.CompletedTask;

    private async Task<int> ListAsync(Session session, CancellationToken ct)
    {
        if (session.IsWatching)
        {
            return await WatchAsync(session, null, ct).ConfigureAwait(false);
        }

        var path = ListPathOf(session);
        var all = Order is null ? await session.ListAsync(path, ct).ConfigureAwait(false) : await session.ListAllAsync(path, ct).ConfigureAwait(false);
        await (all.Count > 0 ? ReadBesideAsync(session, ct) : Task.CompletedTask).ConfigureAwait(false);
        Table.WriteList(session, Order is null ? all : [.. Order(all)], Columns(session), NameOf, WhenEmpty);
        return ExitCodes.Ok;
    }

    private async Task<int> WatchAsync(Session session, string? only, CancellationToken ct)
    {
        await ReadBesideAsync(session, ct).ConfigureAwait(false);
        var project = Scope is null ? null : await ProjectIdAsync(session, Scope, ct).ConfigureAwait(false);
        return await ListWatch.RunAsync(
            session,
            this,
            row => (project is null || row.Text("project_id") == project)
                && (only is null || Keys.Any(k => string.Equals(row.TextOrNull(k), only, StringComparison.OrdinalIgnoreCase))),
            ct).ConfigureAwait(false);
    }

    private static async Task<string> ProjectIdAsync(Session session, Option<string?> scope, CancellationToken ct)
    {
        var word = Uri.EscapeDataString(session.Parsed.GetValue(scope) ?? session.Context.Project);
        return (await session.Client.GetAsync($"/v1/projects/{word}", ct).ConfigureAwait(false)).Body.Text("id");
    }
}
