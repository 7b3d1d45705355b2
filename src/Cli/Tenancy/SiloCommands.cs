using System.CommandLine;
using System.Text.Json.Nodes;

namespace Gantry.Cli;

/// <summary><c>silo</c>: list, show, create, delete.</summary>
internal static class SiloCommands
{
    /// <summary>How silos are listed and found.</summary>
    public static readonly ObjectKind Kind = new("silo", "/v1/system/silos", Columns) { IsWatchable = false, WhenEmpty = "no silos that you may see" };

    public static Command Make(CommandMaker make)
    {
        var silo = new Argument<string>("silo") { Description = "Name or id, or 4 or more of its first characters." };
        var name = new Argument<string>("name") { Description = "Lower case letters, digits and dashes." };
        var description = new Option<string>("--description") { Description = "Free text.", DefaultValueFactory = _ => "" };
        var cpus = new Option<long>("--cpus") { Description = "vCPUs that its instances may have in all.", DefaultValueFactory = _ => 256 };
        var memory = new Option<string>("--memory") { Description = "Memory that its instances may have in all.", DefaultValueFactory = _ => "1TiB" };
        return make.Noun(
            "silo",
            "Silos: users with their projects, apart from other silos.",
            Kind.ListVerb(make, "Silos. Example: gantry silo list | gantry silo list -o json"),
            Kind.ShowVerb(make, "One silo. Example: gantry silo show default | gantry silo show default -o yaml", silo),
            make.Verb("create", "Makes a silo. Example: gantry silo create lab | gantry silo create lab --cpus 64 --memory 256GiB", async (s, ct) =>
            {
                var body = new JsonObject
                {
                    ["name"] = s.Parsed.GetRequiredValue(name),
                    ["description"] = s.Parsed.GetValue(description),
                    ["discoverable"] = true,
                    ["identity_mode"] = "local_only",
                    ["quotas"] = new JsonObject
                    {
                        ["cpus"] = s.Parsed.GetValue(cpus), ["memory"] = Sizes.Parse(s.Parsed.GetValue(memory) ?? ""), ["storage"] = 0,
                    },
                };
                Table.WriteObject(s, (await s.Client.PostAsync(Kind.ListPath, body, ct).ConfigureAwait(false)).Body, "name", Columns(s));
                return ExitCodes.Ok;
            }, name, description, cpus, memory),
            make.Verb("delete", "Deletes a silo without projects and users. Example: gantry silo delete lab --confirm lab | gantry silo delete lab --dry-run", async (s, ct) =>
            {
                var path = await Kind.PathOfAsync(s, s.Parsed.GetRequiredValue(silo), ct).ConfigureAwait(false);
                var found = (await s.Client.GetAsync(path, ct).ConfigureAwait(false)).Body;
                s.ConfirmName($"delete silo {found.Text("name")}", found.Text("name"), "its quotas, roles and links to pools go with it");
                await s.Client.DeleteAsync(path, ct).ConfigureAwait(false);
                s.Note($"silo {found.Text("name")} is deleted");
                return ExitCodes.Ok;
            }, silo));
    }

    private static Column[] Columns(Session session) =>
    [
        Column.Of("NAME", "name"),
        Column.Of("DESCRIPTION", "description"),
        Column.Age(session, "AGE", "time_created"),
        Column.Id("ID", "id", isWide: true),
    ];
}
