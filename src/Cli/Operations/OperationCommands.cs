using System.CommandLine;
using System.Text.Json;

namespace Gantry.Cli;

/// <summary><c>op</c>: long work, as list, show, wait, cancel.</summary>
internal static class OperationCommands
{
    public const string Path = "/v1/operations";
    private const string FirstBlocker = "BLOCKER";

    public static Command Make(CommandMaker make)
    {
        var id = new Argument<string>("operation") { Description = "Id, or 4 or more of its first characters." };
        var noun = make.Noun(
            "op",
            "Long work: drains, removals, migrations, changes of the quorum.",
            Kind.ListVerb(make, "Long work of the last 30 days, newest first. Example: gantry op list | gantry op list --filter state=running"),
            make.Verb("show", "One operation, with what it waits for. Example: gantry op show 3f2a | gantry op show 3f2a -o yaml", async (s, ct) =>
            {
                var operation = await FindAsync(s, s.Parsed.GetRequiredValue(id), ct).ConfigureAwait(false);
                await Kind.ReadBesideAsync(s, ct).ConfigureAwait(false);
                Table.WriteObject(s, operation, "id", [.. Columns(s).Where(c => c.Head != FirstBlocker), s.Names.Column("BLOCKERS", "blockers"), s.Names.Column("ERROR", "error")]);
                return ExitCodes.Ok;
            }, id),
            make.Verb(
                "wait", "Waits for its end: exit 0 done, 8 failed or given up, 7 not over in --timeout. Example: gantry op wait 3f2a --timeout 10m | gantry op wait 3f2a -q",
                async (s, ct) => await OperationWait.UntilEndAsync(
                    s, await FindAsync(s, s.Parsed.GetRequiredValue(id), ct).ConfigureAwait(false), ct).ConfigureAwait(false), id),
            make.Verb(
                "cancel", "Gives it up, where it can be. Example: gantry op cancel 3f2a --yes | gantry op cancel 3f2a --dry-run",
                (s, ct) => CancelAsync(s, s.Parsed.GetRequiredValue(id), ct), id));
        noun.Aliases.Add(Kind.Word); // the API's word for it
        return noun;
    }

    private static readonly ObjectKind Kind = new("operation", Path, Columns)
    {
        NameOf = "id", Keys = ["id"], IsWatchable = false, WhenEmpty = "no long work in the last 30 days",
        Beside = (s, ct) => s.Names.ReadAsync(Named.Sleds | Named.Instances, ct),
    };

    private static async Task<JsonElement> FindAsync(Session session, string word, CancellationToken ct)
    {
        var path = await Kind.PathOfAsync(session, word, ct).ConfigureAwait(false);
        return (await session.Client.GetAsync(path, ct).ConfigureAwait(false)).Body.GetProperty("operation");
    }

    private static async Task<int> CancelAsync(Session session, string word, CancellationToken ct)
    {
        var operation = await FindAsync(session, word, ct).ConfigureAwait(false);
        await session.Names.ReadAsync(Named.Sleds | Named.Instances, ct).ConfigureAwait(false);
        if (operation.Text("state") is "queued" or "running") // else the answer is no, and nobody has to be asked before
        {
            session.Confirm($"give up {OperationWait.Said(session, operation)}");
        }

        var path = $"{Path}/{operation.Text("id")}/cancel";
        var answer = (await session.Client.PostAsync(path, null, ct).ConfigureAwait(false)).Body.GetProperty("operation");
        session.Note($"{OperationWait.Said(session, answer)} is {answer.Text("state")}");
        return ExitCodes.Ok;
    }

    private static Column[] Columns(Session session) =>
    [
        Column.Id("ID", "id"),
        Column.Of("KIND", "kind"),
        session.Names.Column("TARGET", "target"),
        Column.Of("STATE", "state"),
        new("STEP", o => o.Text("step") == JsonText.None ? JsonText.None : $"{o.Text("step")} ({o.Text("step_number")}/{o.Text("steps_total")})"),
        Column.Age(session, "SINCE", "updated"),
        Column.Age(session, "AGE", "started"),
        new(FirstBlocker, o => session.Names.Say(o.Items("blockers").Select(JsonText.Plain).FirstOrDefault() ?? JsonText.None), IsWide: true),
    ];
}
