using System.CommandLine;

namespace Gantry.Cli;

/// <summary><c>instance</c>: list, show, create, start, stop, reboot, migrate, events, delete.</summary>
internal static class InstanceCommands
{
    public const string Path = "/v1/instances";

    public static Command Make(CommandMaker make)
    {
        var name = new Argument<string>("instance") { Description = "Name or id, or 4 or more of its first characters." };
        var project = Project();
        var kind = Kind(project);
        return make.Noun(
            "instance",
            "Instances: the logical machines that users asked for.",
            kind.ListVerb(make, "Instances of a project. Example: gantry instance list --project web | gantry instance list --filter state=running --watch"),
            kind.ShowVerb(make, "One instance. Example: gantry instance show web-1 | gantry instance show web-1 -o yaml", name),
            InstanceCreate.Make(make, project),
            Action(make, "start", "Starts it. Example: gantry instance start web-1 --wait=2m | gantry instance start web-1 --no-wait", "running", name, project),
            Action(make, "stop", "Stops it. Example: gantry instance stop web-1 | gantry instance stop web-1 --wait", "stopped", name, project),
            Action(make, "reboot", "Reboots it. Example: gantry instance reboot web-1 | gantry instance reboot web-1 --wait", "running", name, project),
            InstanceMigrate.Make(make, name, project),
            InstanceMigrate.MakeEvents(make, name, project),
            make.Verb(
                "delete", "Deletes a stopped instance for good. Example: gantry instance delete web-1 --yes | gantry instance delete web-1 --dry-run",
                (s, ct) => DeleteAsync(s, s.Parsed.GetRequiredValue(name), project, ct), name, project));
    }

    public static Option<string?> Project() => new("--project") { Description = "Project by name or id; else that of the context." };

    /// <summary>How instances are listed and found.</summary>
    public static ObjectKind Kind(Option<string?> project) => new("instance", Path, Columns)
    {
        Scope = project,
        Beside = async (s, ct) =>
        {
            await s.Names.ReadAsync(Named.Sleds | Named.Projects, ct).ConfigureAwait(false);
            await s.Placement.ReadAsync(ct).ConfigureAwait(false);
        },
        WhenEmpty = "no instances; make one: gantry instance create NAME --cpus 2 --memory 4GiB",
    };

    public static string ProjectOf(Session session, Option<string?> project) =>
        Uri.EscapeDataString(session.Parsed.GetValue(project) ?? session.Context.Project);

    /// <summary>The path of an instance that a person named.</summary>
    public static Task<string> PathOfAsync(Session session, string word, Option<string?> project, CancellationToken ct) =>
        Kind(project).PathOfAsync(session, word, ct);

    /// <summary>Its id.</summary>
    public static Task<string> IdOfAsync(Session session, string word, Option<string?> project, CancellationToken ct) =>
        Kind(project).IdOfAsync(session, word, ct);

    public static Column[] Columns(Session session) =>
    [
        Column.Of("NAME", "name"),
        Column.Of("STATE", "run_state"),
        new("SLED", i => session.Placement.SledOf(i.Text("id"))),
        Column.Of("CPUS", "ncpus"),
        new("MEMORY", i => i.Number("memory") is { } bytes ? Sizes.Show(bytes) : JsonText.None),
        Column.Age(session, "SINCE", "time_run_state_updated"),
        Column.Age(session, "AGE", "time_created"),
        Column.Id("ID", "id", isWide: true),
        Column.Of("HOSTNAME", "hostname", isWide: true),
        session.Names.Column("PROJECT", "project_id", isWide: true),
    ];

    private static Command Action(
        CommandMaker make, string verb, string description, string until, Argument<string> name, Option<string?> project) =>
        make.Verb(
            verb,
            description,
            async (session, ct) =>
            {
                var path = await PathOfAsync(session, session.Parsed.GetRequiredValue(name), project, ct).ConfigureAwait(false);
                var asked = (await session.Client.PostAsync($"{path}/{verb}", null, ct).ConfigureAwait(false)).Body;
                return await InstanceWait.ForAsync(session, asked, until, ct).ConfigureAwait(false);
            },
            name,
            project);

    private static async Task<int> DeleteAsync(Session session, string word, Option<string?> project, CancellationToken ct)
    {
        var path = await PathOfAsync(session, word, project, ct).ConfigureAwait(false);
        session.Confirm($"delete instance {word}");
        await session.Client.DeleteAsync(path, ct).ConfigureAwait(false);
        session.Note($"instance {word} is deleted");
        return ExitCodes.Ok;
    }
}
