using System.CommandLine;
using System.Text.Json;

namespace Gantry.Cli;

/// <summary><c>group show</c>: what a group is, how many of its members are joined, and for each switch that lags what it waits for.</summary>
internal static class GroupScreen
{
    public static Command Make(CommandMaker make, Argument<string> group) => make.Verb(
        "show",
        "One group. Example: gantry group show telemetry-a | gantry group show 239.1.1.1 -o yaml",
        async (session, ct) =>
        {
            var path = await GroupCommands.OfAsync(session, group, ct).ConfigureAwait(false);
            var found = (await session.Client.GetAsync(path, ct).ConfigureAwait(false)).Body;
            if (!session.IsForPeople)
            {
                Table.WriteObject(session, found, GroupCommands.Kind.NameOf, []);
                return ExitCodes.Ok;
            }

            await GroupCommands.Kind.ReadBesideAsync(session, ct).ConfigureAwait(false);
            await session.Names.ReadAsync(Named.Switches, ct).ConfigureAwait(false);
            var tree = (await session.Client.GetAsync($"{path}/tree", ct).ConfigureAwait(false)).Body;
            var members = await session.ListAllAsync($"{path}/members", ct).ConfigureAwait(false);
            Table.WriteObject(session, found, GroupCommands.Kind.NameOf, Columns(session, tree, members));
            return ExitCodes.Ok;
        },
        group);

    private static Column[] Columns(Session session, JsonElement tree, List<JsonElement> members) =>
    [
        .. GroupCommands.Columns(session),
        new("MODE", _ => tree.Text("source_ips") == JsonText.None ? "ASM" : "SSM"),
        new("UNDERLAY", _ => tree.Text("underlay_ip")),
        new("GEN", _ => tree.Text("generation")),
        new("MEMBERS", _ => Counted(members)),
        new("CONVERGED", group => Converged(session, group)),
    ];

    private static string Counted(List<JsonElement> members) => members.Count == 0
        ? "none"
        : string.Join(", ", members.GroupBy(m => m.Text("state")).OrderByDescending(g => g.Count()).Select(g => $"{g.Count()} {g.Key}"));

    // Every switch that lags, with what it says itself: a wait names its blockers, all of them.
    private static string Converged(Session session, JsonElement group)
    {
        List<JsonElement> open = [.. group.Items("conditions").Where(c => c.Text("status") == "false")];
        return open.Count == 0
            ? group.Text("converged")
            : "no: " + string.Join("; ", open.Select(c => $"{session.Names.Say(c.Text("switch"))} {c.Text("message")}{Since(session, c)}"));
    }

    private static string Since(Session session, JsonElement condition) => (condition.Time("lagging_since") ?? condition.Time("since")) is { } since
        ? $" (for {Durations.Age(session.Host.Clock.GetUtcNow() - since)})"
        : "";
}
