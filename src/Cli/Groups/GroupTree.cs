using System.CommandLine;
using System.Text.Json;

namespace Gantry.Cli;

/// <summary><c>group tree</c>: external address, underlay, switches, ports, sleds, instances.</summary>
internal static class GroupTree
{
    public static Command Make(CommandMaker make, Argument<string> group) => make.Verb(
        "tree",
        "How a group is programmed. Example: gantry group tree telemetry-a | gantry group tree 239.1.1.1 -o json",
        async (session, ct) =>
        {
            var path = await GroupCommands.OfAsync(session, group, ct).ConfigureAwait(false);
            var seen = (await session.Client.GetAsync($"{path}/tree", ct).ConfigureAwait(false)).Body;
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
            DrawPorts(session, seen, isLast ? "   " : "│  ");
            foreach (var difference in switches[i].Items("differences"))
            {
                session.Host.Out.WriteLine($"{(isLast ? "   " : "│  ")}! {GroupVerify.Said(difference)}");
            }
        }

        var uplinks = seen.Items("uplinks").Select(JsonText.Plain).ToList();
        if (uplinks.Count > 0)
        {
            session.Host.Out.WriteLine($"front ports: {string.Join(", ", uplinks)}");
        }

        var waiting = seen.Items("waiting").Select(JsonText.Plain).ToList();
        if (waiting.Count > 0)
        {
            session.Host.Out.WriteLine($"not running: {string.Join(", ", waiting)}");
        }
    }

    private static void DrawPorts(Session session, JsonElement seen, string indent)
    {
        var ports = seen.Items("ports").ToList();
        var width = ports.Count == 0 ? 0 : ports.Max(p => p.Text("port").Length);
        for (var i = 0; i < ports.Count; i++)
        {
            var port = ports[i];
            var instances = string.Join(", ", port.Items("instances").Select(JsonText.Plain));
            var branch = i == ports.Count - 1 ? "└─" : "├─";
            session.Host.Out.WriteLine($"{indent}{branch} {port.Text("port").PadRight(width)}  {port.Text("sled_serial")}  {instances}".TrimEnd());
        }
    }

    private static string StandOf(Session session, JsonElement one)
    {
        var generation = $"gen {one.Number("applied_generation")}  ";
        if (one.TextOrNull("lagging_since") is not { } since)
        {
            return generation + (one.Text("reason") == "UpToDate" ? Colours.Paint(session, "in sync") : $"{one.Text("reason")}: {one.Text("message")}");
        }

        var behind = one.Number("wanted_generation") - one.Number("applied_generation");
        var age = DateTimeOffset.TryParse(since, out var time) ? Durations.Age(session.Host.Clock.GetUtcNow() - time) : since;
        var next = one.TextOrNull("next_attempt") is { } due && DateTimeOffset.TryParse(due, out var at) && at > session.Host.Clock.GetUtcNow()
            ? $", next look in {Durations.Age(at - session.Host.Clock.GetUtcNow())}"
            : "";
        return $"{generation}{behind} behind for {age}{next}{(one.TextOrNull("error") is { } error ? $": {error}" : "")}";
    }
}
