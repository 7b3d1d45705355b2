using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gantry.Cli;

/// <summary><c>instance migrate</c> and <c>instance events</c>.</summary>
internal static class InstanceMigrate
{
    public static Command Make(CommandMaker make, Argument<string> name, Option<string?> project)
    {
        var to = new Option<string>("--to") { Description = "Sled by serial or id, or 4 or more of its first characters.", Required = true };
        return make.Verb(
            "migrate",
            "Moves a running instance to another sled. Example: gantry instance migrate web-1 --to BRM42220018 | gantry instance migrate web-1 --to BRM4222 --no-wait",
            async (session, ct) =>
            {
                var path = await InstanceCommands.PathOfAsync(session, session.Parsed.GetRequiredValue(name), project, ct).ConfigureAwait(false);
                var sled = await SledCommands.FindAsync(session, session.Parsed.GetRequiredValue(to), ct).ConfigureAwait(false);
                var body = new JsonObject { ["dst_sled_id"] = sled.Text("id") };
                var started = (await session.Client.PostAsync($"{path}/migrate", body, ct).ConfigureAwait(false)).Body;
                var end = await OperationWait.ForAsync(session, started, ct).ConfigureAwait(false);
                return end == ExitCodes.Ok && session.IsWaiting
                    ? await InstanceWait.ForAsync(session, (await session.Client.GetAsync(path, ct).ConfigureAwait(false)).Body, "running", ct)
                        .ConfigureAwait(false)
                    : end;
            },
            name, to, project);
    }

    public static Command MakeEvents(CommandMaker make, Argument<string> name, Option<string?> project) => make.Verb(
        "events",
        "What it went through, with the rings of its sled and the pulls. Example: gantry instance events web-1 | gantry instance events web-1 -o json",
        async (session, ct) =>
        {
            var path = await InstanceCommands.PathOfAsync(session, session.Parsed.GetRequiredValue(name), project, ct).ConfigureAwait(false);
            var page = (await session.Client.GetAsync($"{path}/events", ct).ConfigureAwait(false)).Body;
            List<JsonElement> events = [.. page.GetProperty("items").EnumerateArray()];
            await session.Names.ReadAsync(Named.Sleds, ct).ConfigureAwait(false);
            Table.WriteList(session, events, Columns(session), "what", "nothing happened yet");
            return ExitCodes.Ok;
        },
        name, project);

    private static Column[] Columns(Session session) =>
    [
        Column.Age(session, "AGE", "time"),
        Column.Of("WHAT", "what"),
        session.Names.Column("DETAIL", "detail"),
        Column.Id("VMM", "vmm_id"),
        Column.Of("TIME", "time", isWide: true),
    ];
}
