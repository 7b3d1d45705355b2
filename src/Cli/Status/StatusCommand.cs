using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gantry.Cli;

/// <summary><c>status</c>: the whole system on one screen; exit 0 or 9.</summary>
internal static class StatusCommand
{
    private const int NeedsShown = 20;

    // Devices explain themselves at length; the command beside it, and JSON, have all of it.
    private const int ReasonShown = 96;

    public static Command Make(CommandMaker make) => make.Verb(
        "status",
        "The whole system on one screen; exit 9 when something needs you. Example: gantry --context demo status | gantry status -o json",
        async (session, ct) =>
        {
            var racks = await session.ListAllAsync(RackCommands.Path, ct).ConfigureAwait(false);
            var lines = new List<StatusLine>
            {
                await HardwareStatus.SledsAsync(session, ct).ConfigureAwait(false),
                await HardwareStatus.SwitchesAsync(session, ct).ConfigureAwait(false),
            };
            foreach (var rack in racks)
            {
                lines.Add(await HardwareStatus.QuorumAsync(session, rack, racks.Count > 1, ct).ConfigureAwait(false));
            }

            lines.Add(await WorkStatus.GroupsAsync(session, ct).ConfigureAwait(false));
            lines.Add(await WorkStatus.InstancesAsync(session, ct).ConfigureAwait(false));
            lines.Add(await WorkStatus.OperationsAsync(session, ct).ConfigureAwait(false));
            lines.AddRange(await EngineStatus.LinesAsync(session, ct).ConfigureAwait(false));
            Write(session, racks, lines);
            return lines.TrueForAll(l => l.Needs.Count == 0) && racks.Count > 0 ? ExitCodes.Ok : ExitCodes.Difference;
        });

    private static void Write(Session session, List<JsonElement> racks, List<StatusLine> lines)
    {
        List<StatusNeed> needs = [.. lines.SelectMany(l => l.Needs)];
        var word = racks.Count == 0 ? "NO RACK" : needs.Count == 0 ? "OK" : "DEGRADED";
        var since = needs.Min(n => n.Since);
        if (session.Format is OutputFormat.Json or OutputFormat.Yaml)
        {
            Table.WriteObject(session, AsJson(word, since, lines), "state", []);
            return;
        }

        var names = racks.Count == 0 ? JsonText.None : string.Join(", ", racks.Select(r => Ids.Short(r.Text("id"))));
        var age = since is { } at ? $"  since {Durations.Age(session.Host.Clock.GetUtcNow() - at)}" : "";
        session.Host.Out.WriteLine($"RACK {names}  {Colours.Paint(session, word)}{age}");
        var width = lines.Where(l => l.Detail.Length > 0).Select(l => l.Text.Length).DefaultIfEmpty(0).Max();
        foreach (var line in lines)
        {
            session.Host.Out.WriteLine($"  {line.Subject,-11}  {(line.Detail.Length == 0 ? Short(line.Text) : line.Text.PadRight(width))}  {Short(line.Detail)}".TrimEnd());
        }

        WriteNeeds(session, needs);
    }

    private static void WriteNeeds(Session session, List<StatusNeed> needs)
    {
        if (needs.Count == 0)
        {
            return;
        }

        session.Host.Out.WriteLine("Needs you:");
        var shown = needs.Take(NeedsShown).ToList();
        var width = shown.Max(n => Short(n.What).Length);
        for (var i = 0; i < shown.Count; i++)
        {
            session.Host.Out.WriteLine($"  {i + 1}. {Short(shown[i].What).PadRight(width)}  {shown[i].Next}");
        }

        if (needs.Count > NeedsShown)
        {
            session.Host.Out.WriteLine($"  and {needs.Count - NeedsShown} more: gantry status -o json");
        }
    }

    private static string Short(string text) => text.Length <= ReasonShown ? text : $"{text.AsSpan(0, ReasonShown - 1)}…";

    private static JsonElement AsJson(string word, DateTimeOffset? since, List<StatusLine> lines) => JsonSerializer.SerializeToElement(
        new JsonObject
        {
            ["state"] = word.ToLowerInvariant(),
            ["since"] = since?.UtcDateTime.ToString("O"),
            ["lines"] = new JsonArray([.. lines.Select(l => (JsonNode)new JsonObject { ["subject"] = l.Subject, ["text"] = l.Text, ["detail"] = l.Detail })]),
            ["needs"] = new JsonArray([.. lines.SelectMany(l => l.Needs).Select(n => (JsonNode)new JsonObject
            {
                ["what"] = n.What, ["next"] = n.Next, ["since"] = n.Since?.UtcDateTime.ToString("O"),
            })]),
        },
        CliJson.Default.JsonNode);
}
