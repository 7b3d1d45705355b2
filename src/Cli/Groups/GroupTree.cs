using System.CommandLine;
using System.Text.Json;

namespace Gantry.Cli;

/// <summary><c>group tree</c>: external address, underlay, switches, ports, sleds, instances.</summary>
internal static class GroupTree
{
    public static Command Make(CommandMaker make, Argument<string> group) => make.Verb(
        "tree",
        "How a group is programmed. Example: gantry group tree telemetry-a",
        async (session, ct) =>
        {
            var path = await GroupCommands.OfAsync(session, group, ct).ConfigureAwait(false);
            var seen = (await session.Client.GetAsync($"{path}/verify", ct).ConfigureAwait(false)).Body;
            if (session.Format is OutputFormat.Json or OutputFormat.Yaml)
            {
                Table.WriteObject(session, seen, "name", []);
                return ExitCodes.Ok;
            }

            Draw(session, seen);
            return ExitCodes.Ok;
        },
        group);

    private static void Draw(Session session, JsonElement seen)
    {
        var sources = seen.Items("source_ips").Count();
        var filter = sources == 0 ? "(*,G)" : $"(S,G) ×{sources}";
        session.Host.Out.WriteLine($"{seen.Text("multicast_ip")} {filter}  →  {seen.Text("underlay_ip")}");
        var switches = seen.Items("switches").ToList();
        for (var i = 0; i < switches.Count; i++)
        {
            var isLast = i == switches.Count - 1;
            session.Host.Out.WriteLine($"{(isLast ? "└─" : "├─")} switch{switches[i].Text("slot")}  {StandOf(session, switches[i])}");
            DrawPorts(session, switches[i], isLast ? "   " : "│  ");
        }
    }

    private static void DrawPorts(Session session, JsonElement one, string indent)
    {
        var ports = one.Items("ports").ToList();
        var width = ports.Count == 0 ? 0 : ports.Max(p => p.Text("port").Length);
        for (var i = 0; i < ports.Count; i++)
        {
            var port = ports[i];
            var instances = string.Join(", ", port.Items("instances").Select(JsonText.Plain));
            var stand = port.Text("is_programmed") == "no" ? "missing" : port.Text("is_wanted") == "no" ? "left over" : "";
            var line = $"{indent}{(i == ports.Count - 1 ? "└─" : "├─")} {port.Text("port").PadRight(width)}  {port.TextOrNull("sled_serial") ?? ""}  {instances}";
            session.Host.Out.WriteLine(stand.Length == 0 ? line.TrimEnd() : $"{line}  {Colours.Paint(session, stand)}");
        }
    }

    private static string StandOf(Session session, JsonElement one)
    {
        var generation = one.Number("applied_generation") is { } number ? $"gen {number}  " : "";
        if (one.TextOrNull("error") is { } error)
        {
            return $"{generation}{Colours.Paint(session, "unreachable")}  {error}";
        }

        var differences = one.Items("differences").Count();
        return generation + (differences == 0 ? Colours.Paint(session, "in sync") : $"{differences} differences");
    }
}
