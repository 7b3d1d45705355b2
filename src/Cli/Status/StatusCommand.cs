using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary><c>status</c>: the whole system on one screen; exit 0 or 9.</summary>
internal static class StatusCommand
{
    public static Command Make(CommandMaker make) => make.Verb(
        "status",
        "The whole system on one screen; exit 9 when something needs you. Example: gantry --context demo status | gantry status -o json",
        async (session, ct) =>
        {
            var lines = new List<StatusLine>
            {
                await SledsAsync(session, ct).ConfigureAwait(false),
                await SwitchesAsync(session, ct).ConfigureAwait(false),
                await GroupsAsync(session, ct).ConfigureAwait(false),
                await InstancesAsync(session, ct).ConfigureAwait(false),
                await ClusterAsync(session, ct).ConfigureAwait(false),
            };
            var racks = await session.ListAllAsync(RackCommands.Path, ct).ConfigureAwait(false);
            Write(session, racks, lines);
            return lines.TrueForAll(l => l.Needs.Count == 0) && racks.Count > 0 ? ExitCodes.Ok : ExitCodes.Difference;
        });

    private static async Task<StatusLine> SledsAsync(Session session, CancellationToken ct)
    {
        var sleds = await session.ListAllAsync(SledCommands.Path, ct).ConfigureAwait(false);
        var bad = sleds.Where(s => SledCommands.Health(session, s) != "healthy").ToList();
        return new StatusLine("sleds", $"{sleds.Count - bad.Count}/{sleds.Count} healthy", [.. bad.Select(s =>
            ($"sled {s.Text("baseboard.serial")} {SledCommands.Health(session, s)}", $"gantry sled show {s.Text("baseboard.serial")}"))]);
    }

    private static async Task<StatusLine> SwitchesAsync(Session session, CancellationToken ct)
    {
        var switches = await session.ListAllAsync(SwitchCommands.Path, ct).ConfigureAwait(false);
        var silent = switches.Where(s => s.Member("time_collected") is null).ToList();
        return new StatusLine("switches", $"{switches.Count - silent.Count}/{switches.Count} seen", [.. silent.Select(s =>
            ($"switch{s.Text("slot")} never answered at {s.Text("address")}", $"gantry switch show {s.Text("slot")}"))]);
    }

    private static async Task<StatusLine> GroupsAsync(Session session, CancellationToken ct)
    {
        var groups = await session.ListAllAsync(GroupCommands.Path, ct).ConfigureAwait(false);
        var behind = groups.Where(g => g.Text("state") != "Active").ToList();
        return new StatusLine("groups", $"{groups.Count - behind.Count}/{groups.Count} active", [.. behind.Select(g =>
            ($"group {g.Text("name")} is {g.Text("state")}", $"gantry group tree {g.Text("name")}"))]);
    }

    private static async Task<StatusLine> InstancesAsync(Session session, CancellationToken ct)
    {
        var path = $"{InstanceCommands.Path}?project={Uri.EscapeDataString(session.Context.Project)}";
        var instances = await session.ListAllAsync(path, ct).ConfigureAwait(false);
        var counts = instances.GroupBy(i => i.Text("run_state")).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Count()} {g.Key}");
        return new StatusLine(
            "instances",
            instances.Count == 0 ? $"none in project {session.Context.Project}" : string.Join(", ", counts),
            [.. instances.Where(i => i.Text("run_state") == "failed").Select(i =>
                ($"instance {i.Text("name")} failed", $"gantry instance show {i.Text("name")}"))]);
    }

    // The health of the node that is asked, which is what the others see of it; any node says how the whole stands.
    private static async Task<StatusLine> ClusterAsync(Session session, CancellationToken ct)
    {
        try
        {
            var health = (await session.Client.GetAsync("/health/ready", ct).ConfigureAwait(false)).Body;
            var text = health.Items("checks").FirstOrDefault(c => c.Text("name") == "cluster").Text("message") ?? JsonText.None;
            var isCut = text.Contains("does not reach", StringComparison.Ordinal);
            return new StatusLine("cluster", text, isCut ? [("an edge between two nodes is cut", "gantry cluster show")] : []);
        }
        catch (GantryException)
        {
            return new StatusLine("cluster", "the node that was asked is not ready", [("the node that was asked is not ready", "gantry cluster show")]);
        }
    }

    private static void Write(Session session, List<JsonElement> racks, List<StatusLine> lines)
    {
        var needs = lines.SelectMany(l => l.Needs).ToList();
        var word = racks.Count == 0 ? "NO RACK" : needs.Count == 0 ? "OK" : "DEGRADED";
        if (session.Format is OutputFormat.Json or OutputFormat.Yaml)
        {
            Table.WriteObject(session, AsJson(word, lines), "state", []);
            return;
        }

        session.Host.Out.WriteLine($"RACK {(racks.Count == 0 ? JsonText.None : Ids.Short(racks[0].Text("id")))}  {word}");
        foreach (var line in lines)
        {
            session.Host.Out.WriteLine($"  {line.Subject,-10}  {line.Text}");
        }

        if (needs.Count > 0)
        {
            session.Host.Out.WriteLine("Needs you:");
            var width = needs.Max(n => n.What.Length);
            for (var i = 0; i < needs.Count; i++)
            {
                session.Host.Out.WriteLine($"  {i + 1}. {needs[i].What.PadRight(width)}  {needs[i].Next}");
            }
        }
    }

    private static JsonElement AsJson(string word, List<StatusLine> lines) => JsonSerializer.SerializeToElement(
        new JsonObject
        {
            ["state"] = word.ToLowerInvariant(),
            ["lines"] = new JsonArray([.. lines.Select(l => (JsonNode)new JsonObject { ["subject"] = l.Subject, ["text"] = l.Text })]),
            ["needs"] = new JsonArray([.. lines.SelectMany(l => l.Needs).Select(n => (JsonNode)new JsonObject { ["what"] = n.What, ["next"] = n.Next })]),
        },
        CliJson.Default.JsonNode);

    private sealed record StatusLine(string Subject, string Text, List<(string What, string Next)> Needs);
}
