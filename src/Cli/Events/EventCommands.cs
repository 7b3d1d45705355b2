using System.CommandLine;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary><c>event</c>: what happened, and what happens.</summary>
internal static class EventCommands
{
    private const string Path = "/v1/events";
    private const int WaitMs = 20_000;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    public static Command Make(CommandMaker make)
    {
        var kind = new Option<string?>("--kind") { Description = "Only those of objects of a kind, as sled or multicast-group." };
        var one = new Option<string?>("--object") { Description = "Only those of one object, by name or id." };
        var routine = new Option<bool>("--routine") { Description = "Also each look at a device that found it there." };
        return make.Noun(
            "event",
            "What happened: every change of every object, by whom and why.",
            make.Verb(
                "list", "The latest, oldest first. Example: gantry event list --limit 20 | gantry event list --kind sled -o json",
                (s, ct) => ListAsync(s, kind, one, routine, ct), kind, one, routine),
            make.Verb(
                "watch", "The latest few, then what comes, until Ctrl-C. Example: gantry event watch | gantry event watch --kind instance -o json",
                (s, ct) => WatchAsync(s, kind, one, routine, ct), kind, one, routine));
    }

    private static async Task<int> ListAsync(Session session, Option<string?> kind, Option<string?> one, Option<bool> routine, CancellationToken ct)
    {
        await session.Names.ReadAsync(Named.All, ct).ConfigureAwait(false);
        var limit = session.IsAll ? 1_000 : Math.Clamp(session.Limit ?? 100, 1, 1_000);
        var narrowed = await NarrowedAsync(session, kind, one, routine, ct).ConfigureAwait(false);
        var answer = (await session.Client.GetAsync($"{Path}?limit={limit}{narrowed}", ct).ConfigureAwait(false)).Body;
        Table.WriteList(session, [.. answer.Items("items")], Columns(session), "what", "no such event among the newest 1,000 of the journal");
        if (answer.Number("routine_left_out") is { } leftOut)
        {
            session.Note($"{leftOut} routine looks at devices are not shown; with --routine they are");
        }

        return ExitCodes.Ok;
    }

    private static async Task<int> WatchAsync(Session session, Option<string?> kind, Option<string?> one, Option<bool> routine, CancellationToken ct)
    {
        await session.Names.ReadAsync(Named.All, ct).ConfigureAwait(false);
        var narrowed = await NarrowedAsync(session, kind, one, routine, ct).ConfigureAwait(false);
        var rows = new EventRows(session, Columns(session));
        string? after = null;
        while (true)
        {
            var path = after is null ? $"{Path}?limit=10{narrowed}" : $"{Path}?limit=1000&wait_ms={WaitMs}&after={Uri.EscapeDataString(after)}{narrowed}";
            try
            {
                var answer = (await session.Client.GetAsync(path, ct).ConfigureAwait(false)).Body;
                after = answer.Text("resume");
                await session.Names.LearnAsync(answer.Items("items").Select(e => e.Text("object")), ct).ConfigureAwait(false);
                if (rows.Write(answer.Items("items")))
                {
                    return ExitCodes.Ok;
                }

                continue;
            }
            catch (GantryException e) when (e.Problem.Status == 410)
            {
                session.Note("-- gap: too much happened meanwhile; what is missing is not shown --");
                after = null;
            }
            catch (GantryUnreachableException e) when (after is not null)
            {
                session.Note($"{e.Message}; trying again");
            }
            catch (GantryException e) when (after is not null && e.Problem.Status is 429 or 503)
            {
                session.Note($"{e.Message}; trying again");
            }

            await Task.Delay(s_pause, session.Host.Clock, ct).ConfigureAwait(false);
        }
    }

    private static async Task<string> NarrowedAsync(Session session, Option<string?> kind, Option<string?> one, Option<bool> routine, CancellationToken ct) =>
        (session.Parsed.GetValue(routine) ? "" : "&routine=false")
        + (session.Parsed.GetValue(kind) is { } word ? $"&kind={Uri.EscapeDataString(word)}" : "")
        + (session.Parsed.GetValue(one) is { } id ? $"&object={Uri.EscapeDataString(await session.Names.IdOfAsync(id, ct).ConfigureAwait(false))}" : "");

    private static Column[] Columns(Session session) =>
    [
        Column.Age(session, "AGE", "time"),
        Column.Of("KIND", "kind"),
        session.Names.Column("OBJECT", "object"),
        Column.Of("WHAT", "what"),
        session.Names.Column("CALLER", "caller"),
        Column.Of("SEQUENCE", "sequence", isWide: true),
        Column.Of("CAUSE", "cause", isWide: true),
    ];
}
