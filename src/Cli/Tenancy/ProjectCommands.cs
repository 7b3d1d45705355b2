using System.CommandLine;
using System.Text.Json.Nodes;

namespace Gantry.Cli;

/// <summary><c>project</c>: list, show, create, delete.</summary>
internal static class ProjectCommands
{
    /// <summary>How projects are listed and found.</summary>
    public static readonly ObjectKind Kind = new("project", "/v1/projects", Columns)
    {
        IsWatchable = false, WhenEmpty = "no projects; make one: gantry project create NAME",
    };

    public static Command Make(CommandMaker make)
    {
        var project = new Argument<string>("project") { Description = "Name or id, or 4 or more of its first characters." };
        var name = new Argument<string>("name") { Description = "Lower case letters, digits and dashes." };
        var description = new Option<string>("--description") { Description = "Free text.", DefaultValueFactory = _ => "" };
        return make.Noun(
            "project",
            "Projects: what instances belong to.",
            Kind.ListVerb(make, "Projects. Example: gantry project list | gantry project list -o name"),
            Kind.ShowVerb(make, "One project. Example: gantry project show default | gantry project show default -o json", project),
            make.Verb("create", "Makes a project. Example: gantry project create web | gantry project create web --description \"shop\"", async (s, ct) =>
            {
                var body = new JsonObject { ["name"] = s.Parsed.GetRequiredValue(name), ["description"] = s.Parsed.GetValue(description) };
                Table.WriteObject(s, (await s.Client.PostAsync(Kind.ListPath, body, ct).ConfigureAwait(false)).Body, "name", Columns(s));
                return ExitCodes.Ok;
            }, name, description),
            make.Verb("delete", "Deletes an empty project. Example: gantry project delete web --yes | gantry project delete web --dry-run", async (s, ct) =>
            {
                var path = await Kind.PathOfAsync(s, s.Parsed.GetRequiredValue(project), ct).ConfigureAwait(false);
                s.Confirm($"delete project {s.Parsed.GetRequiredValue(project)}");
                await s.Client.DeleteAsync(path, ct).ConfigureAwait(false);
                s.Note($"project {s.Parsed.GetRequiredValue(project)} is deleted");
                return ExitCodes.Ok;
            }, project));
    }

    private static Column[] Columns(Session session) =>
    [
        Column.Of("NAME", "name"),
        Column.Of("DESCRIPTION", "description"),
        Column.Age(session, "AGE", "time_created"),
        Column.Id("ID", "id", isWide: true),
    ];
}
