using System.CommandLine;
using System.Text.Json;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary>Verbs that look at a quorum.</summary>
internal static class QuorumLooks
{
    public static Command Status(CommandMaker make)
    {
        var rack = QuorumRack.Option();
        var sled = new Option<string?>("--sled") { Description = "What this member's node says of itself." };
        return make.Verb("status", "The quorum now and the change under way. Example: gantry quorum status | gantry quorum status --sled BRM42220003", async (s, ct) =>
        {
            var path = await QuorumRack.PathAsync(s, rack, ct).ConfigureAwait(false);
            return s.Parsed.GetValue(sled) is { } word
                ? await NodeAsync(s, path, word, ct).ConfigureAwait(false)
                : await StatusAsync(s, path, ct).ConfigureAwait(false);
        }, rack, sled);
    }

    public static Command Show(CommandMaker make)
    {
        var rack = QuorumRack.Option();
        var epoch = new Argument<string>("epoch") { Description = "A number, latest, or current.", DefaultValueFactory = _ => "latest" };
        return make.Verb("show", "One configuration in detail. Example: gantry quorum show | gantry quorum show 2 -o json", async (s, ct) =>
        {
            var path = await QuorumRack.PathAsync(s, rack, ct).ConfigureAwait(false);
            var which = s.Parsed.GetRequiredValue(epoch) is var word and not ("latest" or "current") ? $"/{Uri.EscapeDataString(word)}" : "";
            var record = (await s.Client.GetAsync($"{path}/sleds{which}?view=detail", ct).ConfigureAwait(false)).Body;
            if (record.ValueKind is not JsonValueKind.Object)
            {
                throw new CliException(ExitCodes.NotFound, $"there is no epoch {s.Parsed.GetRequiredValue(epoch)}") { Next = "gantry quorum history" };
            }

            WriteRecord(s, record);
            return ExitCodes.Ok;
        }, epoch, rack);
    }

    public static Command History(CommandMaker make)
    {
        var rack = QuorumRack.Option();
        return make.Verb("history", "Every epoch there was. Example: gantry quorum history | gantry quorum history -o wide", async (s, ct) =>
        {
            var path = await QuorumRack.PathAsync(s, rack, ct).ConfigureAwait(false);
            var all = await s.ListAsync($"{path}/membership/history", ct).ConfigureAwait(false);
            Table.WriteList(s, all, HistoryColumns(), "epoch", "no configuration yet: a quorum is formed at rack setup");
            return ExitCodes.Ok;
        }, rack);
    }

    public static Command Alarms(CommandMaker make)
    {
        var rack = QuorumRack.Option();
        return make.Verb("alarms", "Broken invariants that members' nodes report; exit 9 when there are any. Example: gantry quorum alarms", async (s, ct) =>
        {
            var path = await QuorumRack.PathAsync(s, rack, ct).ConfigureAwait(false);
            var nodes = (await s.Client.GetAsync($"{path}/membership/nodes", ct).ConfigureAwait(false)).Body.Items("nodes").ToList();
            foreach (var silent in nodes.Where(n => n.TextOrNull("error") is not null))
            {
                s.Note($"{silent.Text("serial_number")} could not be asked: {silent.Text("error")}");
            }

            var alarms = nodes.SelectMany(n => n.Items("alarms").Select(a => (Serial: n.Text("serial_number"), Alarm: a))).ToList();
            foreach (var (serial, alarm) in alarms)
            {
                s.Host.Out.WriteLine($"{serial}  {alarm.Text("name")}  {alarm.Text("detail")}");
            }

            if (alarms.Count == 0)
            {
                s.Note("no alarms");
            }

            return alarms.Count == 0 ? ExitCodes.Ok : ExitCodes.Difference;
        }, rack);
    }

    /// <summary>A change's answer: the epoch for scripts, one line more for people.</summary>
    public static void WriteMembership(Session session, JsonElement membership)
    {
        if (session.Format is OutputFormat.Table && !session.Host.IsTerminal)
        {
            session.Host.Out.WriteLine(membership.Text("version"));
            return;
        }

        Table.WriteObject(session, membership, "version", [
            Column.Of("EPOCH", "version"),
            Column.Of("STATE", "state"),
            new("MEMBERS", m => $"{m.Items("members").Count()}"),
            new("UNACKNOWLEDGED", m => string.Join(',', m.Items("unacknowledged_members").Select(x => x.Text("serial_number"))) is { Length: > 0 } some ? some : JsonText.None),
        ]);
    }

    private static async Task<int> StatusAsync(Session session, string rack, CancellationToken ct)
    {
        JsonElement progress;
        try
        {
            progress = (await session.Client.GetAsync($"{rack}/membership/progress", ct).ConfigureAwait(false)).Body;
        }
        catch (GantryException e) when (e.Problem.Status is 404)
        {
            throw new CliException(ExitCodes.NotFound, "the rack has no trust quorum configuration")
            {
                Next = "one is formed at rack setup with 3 sleds or more; a rack of the older scheme: gantry quorum upgrade-lrtq --dry-run",
            };
        }

        if (session.Format is not OutputFormat.Table and not OutputFormat.Wide)
        {
            Table.WriteObject(session, progress, "epoch", [Column.Of("EPOCH", "epoch"), Column.Of("STATE", "state")]);
            return ExitCodes.Ok;
        }

        session.Host.Out.WriteLine(QuorumScreen.Summary(progress));
        var texts = progress.Items("driver.PerRackStatus.statuses").Select(JsonText.Plain).ToList();
        var errors = progress.Items("driver.PerRackStatus.errors").Select(JsonText.Plain).ToList();
        if (progress.Text("phase") is "prepare" or "commit")
        {
            foreach (var line in QuorumScreen.Lines(progress, session.Host.Clock.GetUtcNow()))
            {
                session.Host.Out.WriteLine(line);
            }
        }

        foreach (var text in texts)
        {
            session.Host.Out.Write(text);
        }

        foreach (var error in errors)
        {
            session.Host.Out.WriteLine($"error: {error}");
        }

        if (texts.Count + errors.Count == 0)
        {
            session.Host.Out.WriteLine("No active reconfigurations");
        }

        return errors.Count == 0 ? ExitCodes.Ok : ExitCodes.Difference;
    }

    private static async Task<int> NodeAsync(Session session, string rack, string word, CancellationToken ct)
    {
        var nodes = (await session.Client.GetAsync($"{rack}/membership/nodes", ct).ConfigureAwait(false)).Body.Items("nodes").ToList();
        var node = Finder.One("sled", word, nodes, "serial_number");
        if (session.Format is not OutputFormat.Table and not OutputFormat.Wide)
        {
            Table.WriteObject(session, node, "serial_number", [Column.Of("SERIAL", "serial_number")]);
            return ExitCodes.Ok;
        }

        if (node.TextOrNull("error") is { } error)
        {
            throw new CliException(ExitCodes.Unreachable, $"{node.Text("serial_number")} could not be asked: {error}") { Next = "gantry sled show" };
        }

        var to = session.Host.Out;
        to.WriteLine("connected peers:");
        foreach (var peer in node.Items("connected_peers"))
        {
            to.WriteLine($"  {peer.Text("part_number")}:{peer.Text("serial_number")}");
        }

        to.WriteLine("alarms:");
        foreach (var alarm in node.Items("alarms").Select(a => a.Text("detail")).DefaultIfEmpty("<none>"))
        {
            to.WriteLine($"  {alarm}");
        }

        to.WriteLine("persistent state:");
        to.WriteLine($"  has lrtq share: {node.Text("has_lrtq_share")}");
        to.WriteLine($"  configs: {node.Text("configs")}");
        to.WriteLine($"  shares: {node.Text("shares")}");
        to.WriteLine($"  commits: {node.Text("commits")}");
        to.WriteLine($"  expunged: {(node.Member("expunged") is { } e ? $"epoch {e.Text("epoch")}, from {e.Text("from.serial_number")}" : "no")}");
        to.WriteLine($"proxied requests: {node.Text("proxied_requests")}");
        return ExitCodes.Ok;
    }

    private static void WriteRecord(Session session, JsonElement record)
    {
        if (session.Format is not OutputFormat.Table and not OutputFormat.Wide)
        {
            Table.WriteObject(session, record, "epoch", [Column.Of("EPOCH", "epoch")]);
            return;
        }

        Table.WriteObject(session, record, "epoch", [
            Column.Of("EPOCH", "epoch"),
            Column.Of("STATE", "state"),
            Column.Of("LAST-COMMITTED", "last_committed_epoch"),
            Column.Of("K", "threshold"),
            Column.Of("Z", "commit_crash_tolerance"),
            Column.Of("COORDINATOR", "coordinator.serial_number"),
            Column.Of("CREATED", "time_created"),
            Column.Of("COMMITTING", "time_committing"),
            Column.Of("COMMITTED", "time_committed"),
            Column.Of("ABORTED", "time_aborted"),
            Column.Of("ABORT-REASON", "abort_reason"),
        ]);
        session.Host.Out.WriteLine();
        var members = record.Member("members") is { ValueKind: JsonValueKind.Object } all ? all.EnumerateObject().ToList() : [];
        Table.Write(
            session,
            ["MEMBER", "STATE", "DIGEST", "PREPARED", "COMMITTED"],
            [.. members.Select(m => new[]
            {
                m.Name, m.Value.Text("state"), Short(m.Value.Text("share_digest")), m.Value.Text("time_prepared"), m.Value.Text("time_committed"),
            })]);
    }

    private static string Short(string digest) => digest.Length > 16 ? $"{digest[..8]}…{digest[^8..]}" : digest;

    private static Column[] HistoryColumns() =>
    [
        Column.Of("EPOCH", "epoch"),
        new("LAST_COMMITTED_EPOCH", r => r.TextOrNull("last_committed_epoch") ?? "n/a"),
        new("STATE", r => Pascal(r.Text("state"))),
        Column.Of("THRESHOLD", "threshold"),
        Column.Of("COMMIT_CRASH_TOLERANCE", "commit_crash_tolerance"),
        new("COORDINATOR_HARDWARE_BASEBOARD_ID", r => $"{r.Text("coordinator.part_number")}:{r.Text("coordinator.serial_number")}", IsWide: true),
        Time("TIME_CREATED", "time_created", isWide: false),
        Time("TIME_COMMITTING", "time_committing", isWide: true),
        Time("TIME_COMMITTED", "time_committed", isWide: true),
        Time("TIME_ABORTED", "time_aborted", isWide: true),
        new("ABORT_REASON", r => r.TextOrNull("abort_reason") ?? "", IsWide: true),
    ];

    private static Column Time(string head, string path, bool isWide) => new(
        head,
        r => DateTimeOffset.TryParse(r.TextOrNull(path), System.Globalization.CultureInfo.InvariantCulture, out var time)
            ? time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture)
            : "",
        isWide);

    private static string Pascal(string state) =>
        string.Concat(state.Split('_').Select(w => w.Length == 0 ? w : char.ToUpperInvariant(w[0]) + w[1..]));
}
