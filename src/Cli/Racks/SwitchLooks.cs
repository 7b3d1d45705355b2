using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gantry.Cli;

/// <summary><c>switch ports</c>, <c>tables</c>, <c>counters</c>, <c>diff</c> and <c>reconcile</c>: one switch as it is now.</summary>
internal static class SwitchLooks
{
    public static IEnumerable<Command> Make(CommandMaker make, Argument<string> name)
    {
        yield return make.Verb(
            "ports", "Its ports, read now: what is plugged in, how many groups go there. Example: gantry switch ports 0 | gantry switch ports 1 --filter groups!=0",
            async (s, ct) =>
            {
                var (_, seen) = await LookAsync(s, name, "ports", ct).ConfigureAwait(false);
                Table.WriteList(s, [.. seen.Items("ports")], s_ports, "port", "the switch has no ports");
                return ExitCodes.Ok;
            }, name);
        var groups = new Option<bool>("--groups") { Description = "The groups in them instead, those of others too." };
        yield return make.Verb(
            "tables", "How full its tables are, read now. Example: gantry switch tables 0 | gantry switch tables 0 --groups -o json",
            async (s, ct) =>
            {
                var (_, seen) = await LookAsync(s, name, "tables", ct).ConfigureAwait(false);
                var isGroups = s.Parsed.GetValue(groups);
                Table.WriteList(
                    s, [.. seen.Items(isGroups ? "groups" : "tables")], isGroups ? s_groups : s_tables, isGroups ? "address" : "table",
                    "the switch holds no groups; what it should hold: gantry group list");
                return ExitCodes.Ok;
            }, name, groups);
        yield return make.Verb(
            "counters", "How it answers, and how its reconciler fares. Example: gantry switch counters 0 | gantry switch counters 1 -o json",
            async (s, ct) =>
            {
                var one = await SwitchCommands.FindAsync(s, s.Parsed.GetRequiredValue(name), ct).ConfigureAwait(false);
                var counters = (await s.Client.GetAsync($"{SwitchCommands.Path}/{one.Text("id")}/counters", ct).ConfigureAwait(false)).Body;
                Table.WriteObject(s, counters, "slot", Counters(s));
                return ExitCodes.Ok;
            }, name);
        yield return make.Verb(
            "diff", "Reads it and compares all of it with what it should hold. Exit 0 or 9. Example: gantry switch diff 0 | gantry switch diff 1 -o json",
            (s, ct) => DiffAsync(s, name, ct), name);
        var write = new Option<bool>("--write") { Description = "Unlocks it: switches are only looked at until told otherwise." };
        yield return make.Verb(
            "reconcile", "Looks at it at once and repairs what differs. Example: gantry switch reconcile 0 --write | gantry switch reconcile 1 --dry-run",
            (s, ct) => ReconcileAsync(s, name, write, ct), name, write);
    }

    private static readonly Column[] s_ports =
    [
        Column.Of("PORT", "port"), Column.Of("CUBBY", "cubby"), Column.Of("SLED", "sled_serial"), Column.Of("GROUPS", "groups"), Column.Id("SLED-ID", "sled_id", isWide: true),
    ];

    private static readonly Column[] s_tables =
    [
        Column.Of("TABLE", "table"), Column.Of("USED", "used"), Column.Of("SIZE", "size"),
        new("FILL", t => t.Number("size") is > 0 and var size ? $"{100 * (t.Number("used") ?? 0) / size}%" : JsonText.None),
    ];

    private static readonly Column[] s_groups =
    [
        Column.Of("ADDRESS", "address"), Column.Of("KIND", "kind"), Column.Of("GOES-TO", "underlay"), Column.Of("PORTS", "ports"), Column.Of("SOURCES", "source_ips"),
        Column.Of("VLAN", "mvlan"), Column.Of("OWNER", "tag"),
    ];

    private static readonly Column[] s_differences =
    [
        Column.Of("GROUP", "group"), Column.Of("ADDRESS", "address"), Column.Of("KIND", "kind"), Column.Of("WHAT", "what"), Column.Of("NAME", "name"),
        Column.Of("WANTED", "wanted"), Column.Of("FOUND", "found"),
    ];

    private static Column[] Counters(Session session) =>
    [
        Column.Of("SLOT", "slot"), Column.Of("STATE", "state"), Column.Age(session, "SINCE", "since"), Column.Of("LAST-ERROR", "last_error"),
        Column.Of("QUEUE", "queue_depth"), Column.Of("REBIRTHS", "rebirths"), Column.Of("GROUPS", "groups_verified"), Column.Of("MEMBERS", "members_processed"),
        Column.Of("DRIFTING", "groups_drifting"), Column.Of("ERRORS", "errors"), Column.Age(session, "VERIFIED", "verified_at"),
        new("NEXT", c => c.Time("next_attempt") is { } next ? $"in {Durations.Age(Later(next - session.Host.Clock.GetUtcNow()))}" : "now"),
    ];

    private static TimeSpan Later(TimeSpan wait) => wait < TimeSpan.Zero ? TimeSpan.Zero : wait;

    // A switch that could not be read has no rows to show, and an empty table would say that it is empty.
    private static async Task<(string Slot, JsonElement Seen)> LookAsync(Session session, Argument<string> name, string what, CancellationToken ct)
    {
        var one = await SwitchCommands.FindAsync(session, session.Parsed.GetRequiredValue(name), ct).ConfigureAwait(false);
        var seen = (await session.Client.GetAsync($"{SwitchCommands.Path}/{one.Text("id")}/{what}", ct).ConfigureAwait(false)).Body;
        var slot = one.Text("slot");
        return seen.TextOrNull("error") is not { } why
            ? (slot, seen)
            : throw new CliException(ExitCodes.Unreachable, $"switch {slot} at {one.Text("address")} could not be read")
            {
                Why = [why], Next = $"gantry switch counters {slot} tells since when",
            };
    }

    private static async Task<int> DiffAsync(Session session, Argument<string> name, CancellationToken ct)
    {
        var (slot, seen) = await LookAsync(session, name, "diff", ct).ConfigureAwait(false);
        var rows = seen.Items("groups").SelectMany(g => g.Items("differences").Select(d => RowOf(g, d))).ToList();
        Table.WriteList(session, rows, s_differences, "name", $"switch {slot} holds what it should");
        if (rows.Count == 0)
        {
            return ExitCodes.Ok;
        }

        session.Note($"{seen.Items("groups").Count()} groups differ; it is repaired by itself, or now: gantry switch reconcile {slot} --write");
        return ExitCodes.Difference;
    }

    private static JsonElement RowOf(JsonElement group, JsonElement difference) => JsonSerializer.SerializeToElement(
        new JsonObject
        {
            ["group"] = group.Text("name"),
            ["address"] = group.Text("multicast_ip"),
            ["kind"] = difference.Text("kind"),
            ["what"] = difference.Text("what"),
            ["name"] = difference.Text("name"),
            ["wanted"] = difference.TextOrNull("wanted"),
            ["found"] = difference.TextOrNull("found"),
        },
        CliJson.Default.JsonNode);

    private static async Task<int> ReconcileAsync(Session session, Argument<string> name, Option<bool> write, CancellationToken ct)
    {
        var one = await SwitchCommands.FindAsync(session, session.Parsed.GetRequiredValue(name), ct).ConfigureAwait(false);
        var slot = one.Text("slot");
        if (!session.IsDryRun && !session.Parsed.GetValue(write))
        {
            throw new CliException(ExitCodes.Usage, "switch reconcile changes something and is locked")
            {
                Why = ["nothing was done"], Next = $"look with gantry switch diff {slot}, then add --write",
            };
        }

        await session.Client.PostAsync($"{SwitchCommands.Path}/{one.Text("id")}/reconcile", null, ct).ConfigureAwait(false);
        session.Note($"switch {slot} is looked at now; how it went: gantry switch counters {slot}");
        return ExitCodes.Ok;
    }
}
