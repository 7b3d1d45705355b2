using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Gantry.Actors;

namespace Gantry.Admin;

/// <summary><c>store</c>, <c>journal</c>, <c>claim</c> and <c>view</c>: what is on disk, and whether it agrees with itself.</summary>
internal sealed class StoreCommands(IStoreAdmin store, EngineModel model) : IPaletteSource
{
    private static readonly PaletteColumn[] s_findings = [new("FINDING", "finding")];

    public IEnumerable<PaletteCommand> Commands() =>
    [
        new()
        {
            Noun = "store", Verb = "show", Help = "Who the store is and how much is in it.", IsOne = true,
            Columns = [new("KIND", "kind"), new("CLUSTER", "cluster_id"), new("SHARDS", "shards"), new("RESTORES", "restore_count"), new("ROWS", "rows")],
            RunAsync = async (_, ct) => PaletteAnswer.One(Row(await store.ShowAsync(ct).ConfigureAwait(false)), "store", ""),
        },
        new()
        {
            Noun = "store", Verb = "check", Help = "Checks the file itself: pages, indexes, fences. Exit 9 on a finding.", Columns = [.. s_findings],
            RunAsync = async (_, ct) => PaletteAnswer.Of(await store.CheckAsync(ct).ConfigureAwait(false), "pages and indexes", isDone: false),
        },
        new()
        {
            Noun = "store", Verb = "backup", Help = "Writes a whole copy on the node's machine while it goes on.",
            Arguments = [new("file", "A file that does not exist yet, on the node's machine.") { IsRequired = true }], Grade = PaletteGrade.Reversible,
            RunAsync = async (call, ct) => PaletteAnswer.Of(await store.BackupAsync(call.Text("file"), call.Order, ct).ConfigureAwait(false)),
        },
        new()
        {
            Noun = "store", Verb = "migrate", Help = "The schema steps of the store. A node applies what is missing when it starts.", IsOne = true,
            Columns = [new("STEP", "step"), new("MISSING", "missing")], RunAsync = MigrateAsync,
        },
        OfStopped(
            "restore", "Puts a backup in place and adopts it. Needs a stopped node: says how.",
            [new("file", "The backup, on the node's machine.") { IsRequired = true }],
            call => $"--from {call.Text("file")}",
            call =>
            [
                $"{call.Text("file")} is checked and becomes the store; every acknowledgement since it was written is lost",
                "what is in the folder now is kept beside it, under names that end in .before-restore",
                "every former incarnation is dead, every shard's epoch rises by 4,096, and the restore is counted",
            ]),
        OfStopped(
            "adopt", "Declares a store that came by other means to be the one that counts. Needs a stopped node: says how.",
            [],
            _ => "",
            _ => ["every former incarnation is dead, every shard's epoch rises by 4,096, and a restore is counted; no row of state changes"]),
        new()
        {
            Noun = "journal", Verb = "tail", Help = "Newest events of all entities, oldest first.", Arguments = [Args.Limit(20)],
            Columns = [new("AT", "at", IsAge: true), new("ENTITY", "entity"), new("SEQ", "sequence"), new("TAG", "tag"), new("CALLER", "caller")],
            RunAsync = async (call, ct) => PaletteAnswer.Of((await store.TailAsync(call.Number("limit", 20), ct).ConfigureAwait(false)).Select(Row)),
        },
        new()
        {
            Noun = "journal", Verb = "verify", Help = "Reads every entity's journal: no holes, readable, states fold. Exit 9 on a finding.", Columns = [.. s_findings],
            RunAsync = async (_, ct) => PaletteAnswer.Of(await store.VerifyAsync(ct).ConfigureAwait(false), "events", isDone: false),
        },
        new()
        {
            Noun = "claim", Verb = "show", Help = "Who holds a claimed value.",
            Arguments = [new("space", "Space, for example instance-name.") { IsRequired = true }, new("value", "The value.") { IsRequired = true }], IsOne = true,
            Columns = [new("SPACE", "space"), new("VALUE", "value"), new("HOLDER", "holder"), new("AGE", "at", IsAge: true)],
            RunAsync = async (call, ct) => PaletteAnswer.One(
                await store.ClaimAsync(call.Text("space"), call.Text("value"), ct).ConfigureAwait(false) is { } claim ? Row(claim) : null,
                $"claim in {call.Text("space")}",
                call.Text("value")),
        },
        new()
        {
            Noun = "claim", Verb = "list", Help = "Claims, of one space or all.", Arguments = [new("space", "Only of this space.") { IsPlaced = true }, Args.Limit(100)],
            Columns = [new("SPACE", "space"), new("VALUE", "value"), new("HOLDER", "holder"), new("AGE", "at", IsAge: true)],
            RunAsync = async (call, ct) => PaletteAnswer.Of(
                (await store.ClaimsAsync(call.TextOrNull("space"), null, call.Number("limit", 100), ct).ConfigureAwait(false)).Select(Row)),
        },
        new()
        {
            Noun = "view", Verb = "list", Help = "The read models of this node.", Columns = [new("NAME", "name"), new("COLUMNS", "columns")],
            RunAsync = (_, _) => ValueTask.FromResult(PaletteAnswer.Of(model.Views.OrderBy(v => v.Name, StringComparer.Ordinal).Select(v =>
                new JsonObject { ["name"] = v.Name, ["columns"] = new JsonArray([.. v.Columns.Select(c => JsonValue.Create(c.Name))]) }))),
        },
        new()
        {
            Noun = "view", Verb = "check", Help = "Compares every row of a view, or of all, with what the events say. Exit 9 on a finding.",
            Arguments = [View()], Columns = [.. s_findings],
            RunAsync = async (call, ct) => PaletteAnswer.Of(await store.CheckViewsAsync(call.TextOrNull("view"), ct).ConfigureAwait(false), "rows", isDone: false),
        },
        new()
        {
            Noun = "view", Verb = "rebuild", Help = "Writes the rows of a view, or of all, anew from the events.", Arguments = [View()],
            Columns = [.. s_findings], Grade = PaletteGrade.Disruptive, RunAsync = RebuildAsync,
        },
    ];

    private PaletteArgument View() => new("view", "Name as view list shows it; without it all.") { IsPlaced = true, Choices = [.. model.Views.Select(v => v.Name).Order(StringComparer.Ordinal)] };

    // What a node has open it cannot put another file under. The command is served all the same: an operator looks for it here, sees what it
    // would do, and is told the one line that does it.
    private static PaletteCommand OfStopped(
        string verb, string help, ImmutableArray<PaletteArgument> arguments, Func<PaletteCall, string> flags, Func<PaletteCall, ImmutableArray<string>> effects) => new()
    {
        Noun = "store", Verb = verb, Help = help, Arguments = arguments, Grade = PaletteGrade.Disruptive,
        RunAsync = (call, _) => ValueTask.FromResult(call.Order.IsDryRun
            ? new PaletteAnswer { Effects = effects(call) }
            : new PaletteAnswer { Why = AdminErrors.NodeMustStop($"store {verb}", $"store {verb} --path <gantry.storage.path> {flags(call)}".TrimEnd()) }),
    };

    private async ValueTask<PaletteAnswer> MigrateAsync(PaletteCall call, CancellationToken ct)
    {
        var card = await store.ShowAsync(ct).ConfigureAwait(false);
        return new PaletteAnswer
        {
            Rows = [new JsonObject { ["step"] = card.Rows.GetValueOrDefault("schema_step"), ["missing"] = 0 }],
            Effects = ["nothing to do: this node applied every step of its release before it served. Of a stopped one: Node -- store migrate --path <gantry.storage.path>"],
        };
    }

    // A dry run compares and writes nothing: what differs is what would be written.
    private async ValueTask<PaletteAnswer> RebuildAsync(PaletteCall call, CancellationToken ct)
    {
        var view = call.TextOrNull("view");
        return call.Order.IsDryRun
            ? PaletteAnswer.Of(await store.CheckViewsAsync(view, ct).ConfigureAwait(false), "rows", isDone: false) with { IsDifference = false }
            : PaletteAnswer.Of(await store.RebuildViewsAsync(view, call.Order, ct).ConfigureAwait(false), "rows", isDone: true);
    }

    private static JsonObject Row(StoreCard card) => new()
    {
        ["kind"] = card.Kind, ["cluster_id"] = card.ClusterId.ToString(), ["shards"] = card.Shards, ["restore_count"] = card.RestoreCount,
        ["rows"] = new JsonObject([.. card.Rows.Select(r => KeyValuePair.Create(r.Key, (JsonNode?)r.Value))]),
    };

    private static JsonObject Row(JournalLine line)
    {
        var row = EntityCommands.Row(line.Event);
        row["entity"] = line.Entity.ToString();
        return row;
    }

    private static JsonObject Row(ClaimLine claim) => new()
    {
        ["space"] = claim.Space, ["value"] = claim.Value, ["holder"] = claim.Holder.ToString(), ["at"] = Args.Time(claim.At),
    };
}
