using System.CommandLine;
using System.Text.Json.Nodes;

namespace Gantry.Cli;

/// <summary><c>instance create</c>.</summary>
internal static class InstanceCreate
{
    public static Command Make(CommandMaker make, Option<string?> project)
    {
        var name = new Argument<string>("name") { Description = "Lower case letters, digits and dashes." };
        var cpus = new Option<int>("--cpus") { Description = "vCPUs.", DefaultValueFactory = _ => 2 };
        var memory = new Option<string>("--memory") { Description = "For example 8GiB.", DefaultValueFactory = _ => "4GiB" };
        var hostname = new Option<string?>("--hostname") { Description = "Host name; else the name." };
        var description = new Option<string>("--description") { Description = "Free text.", DefaultValueFactory = _ => "" };
        var groups = new Option<string[]>("--group") { Description = "Multicast group to join; may be repeated." };
        var noStart = new Option<bool>("--no-start") { Description = "Leave it stopped." };
        return make.Verb(
            "create",
            "Makes an instance. Example: gantry instance create web-9 --cpus 4 --memory 8GiB --wait | gantry instance create web-9 --no-start",
            async (session, ct) =>
            {
                var isStarted = !session.Parsed.GetValue(noStart);
                var body = new JsonObject
                {
                    ["name"] = session.Parsed.GetRequiredValue(name),
                    ["description"] = session.Parsed.GetValue(description),
                    ["ncpus"] = session.Parsed.GetValue(cpus),
                    ["memory"] = Sizes.Parse(session.Parsed.GetValue(memory) ?? ""),
                    ["hostname"] = session.Parsed.GetValue(hostname) ?? session.Parsed.GetRequiredValue(name),
                    ["start"] = isStarted,
                };
                if (session.Parsed.GetValue(groups) is { Length: > 0 } wanted)
                {
                    body["multicast_groups"] = new JsonArray([.. wanted.Select(g => (JsonNode)new JsonObject { ["group"] = g })]);
                }

                var path = $"{InstanceCommands.Path}?project={InstanceCommands.ProjectOf(session, project)}";
                var made = (await session.Client.PostAsync(path, body, ct).ConfigureAwait(false)).Body;
                if (isStarted && made.Text("run_state") == "stopped")
                {
                    // The API answers after the start: it failed, and only a start of its own says why.
                    session.Note($"instance {made.Text("name")} is made, and could not be started");
                    made = (await session.Client.PostAsync($"{InstanceCommands.Path}/{made.Text("id")}/start", null, ct).ConfigureAwait(false)).Body;
                }

                return await InstanceWait.ForAsync(session, made, isStarted ? "running" : "stopped", ct).ConfigureAwait(false);
            },
            name, project, cpus, memory, hostname, description, groups, noStart);
    }
}
