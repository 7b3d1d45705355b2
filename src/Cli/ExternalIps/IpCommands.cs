using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gantry.Cli;

/// <summary><c>ip</c>: floating IPs of a project, and the external IPs of an instance.</summary>
internal static class IpCommands
{
    private const string Path = "/v1/floating-ips";

    public static Command Make(CommandMaker make)
    {
        var ip = new Argument<string>("ip") { Description = "Floating IP by name or id, or 4 or more of its first characters." };
        var project = InstanceCommands.Project();
        var kind = Kind(project);
        return make.Noun(
            "ip",
            "External IPs: floating ones, and the ephemeral one of an instance.",
            kind.ListVerb(make, "Floating IPs of a project. Example: gantry ip list | gantry ip list --project web -o json"),
            kind.ShowVerb(make, "One floating IP. Example: gantry ip show front | gantry ip show front -o yaml", ip),
            Create(make, project),
            make.Verb("delete", "Deletes a detached floating IP. Example: gantry ip delete front --yes | gantry ip delete front --dry-run", async (s, ct) =>
            {
                var path = await kind.PathOfAsync(s, s.Parsed.GetRequiredValue(ip), ct).ConfigureAwait(false);
                s.Confirm($"delete floating IP {s.Parsed.GetRequiredValue(ip)}");
                await s.Client.DeleteAsync(path, ct).ConfigureAwait(false);
                s.Note($"floating IP {s.Parsed.GetRequiredValue(ip)} is deleted");
                return ExitCodes.Ok;
            }, ip, project),
            Attach(make, ip, project),
            make.Verb("detach", "Detaches a floating IP. Example: gantry ip detach front | gantry ip detach front --project web", async (s, ct) =>
            {
                var path = await kind.PathOfAsync(s, s.Parsed.GetRequiredValue(ip), ct).ConfigureAwait(false);
                Table.WriteObject(s, (await s.Client.PostAsync($"{path}/detach", null, ct).ConfigureAwait(false)).Body, "name", Columns(s));
                return ExitCodes.Ok;
            }, ip, project),
            Ephemeral(make, project));
    }

    private static ObjectKind Kind(Option<string?> project) => new("floating ip", Path, Columns)
    {
        Scope = project,
        IsWatchable = false,
        WhenEmpty = "no floating IPs; make one: gantry ip create NAME",
    };

    private static Command Create(CommandMaker make, Option<string?> project)
    {
        var name = new Argument<string>("name") { Description = "Lower case letters, digits and dashes." };
        var address = new Option<string?>("--address") { Description = "That address; the first free one of the pool when left out." };
        var pool = Pool();
        var description = new Option<string>("--description") { Description = "Free text.", DefaultValueFactory = _ => "" };
        return make.Verb(
            "create",
            "Makes a floating IP. Example: gantry ip create front | gantry ip create front --address 203.0.113.7",
            async (s, ct) =>
            {
                var body = new JsonObject
                {
                    ["name"] = s.Parsed.GetRequiredValue(name),
                    ["description"] = s.Parsed.GetValue(description),
                    ["address_allocator"] = s.Parsed.GetValue(address) is { } wanted
                        ? new JsonObject { ["type"] = "explicit", ["ip"] = wanted }
                        : new JsonObject { ["type"] = "auto", ["pool_selector"] = Selector(s.Parsed.GetValue(pool)) },
                };
                var path = $"{Path}?project={InstanceCommands.ProjectOf(s, project)}";
                Table.WriteObject(s, (await s.Client.PostAsync(path, body, ct).ConfigureAwait(false)).Body, "name", Columns(s));
                return ExitCodes.Ok;
            },
            name, address, pool, description, project);
    }

    private static Command Attach(CommandMaker make, Argument<string> ip, Option<string?> project)
    {
        var instance = Instance();
        return make.Verb(
            "attach",
            "Attaches a floating IP. Example: gantry ip attach front web-1 | gantry ip attach front web-1 --project web",
            async (s, ct) =>
            {
                var path = await Kind(project).PathOfAsync(s, s.Parsed.GetRequiredValue(ip), ct).ConfigureAwait(false);
                var parent = await InstanceCommands.IdOfAsync(s, s.Parsed.GetRequiredValue(instance), project, ct).ConfigureAwait(false);
                var body = new JsonObject { ["kind"] = "instance", ["parent"] = parent };
                Table.WriteObject(s, (await s.Client.PostAsync($"{path}/attach", body, ct).ConfigureAwait(false)).Body, "name", Columns(s));
                return ExitCodes.Ok;
            },
            ip, instance, project);
    }

    private static Command Ephemeral(CommandMaker make, Option<string?> project)
    {
        var instance = Instance();
        var pool = Pool();
        return make.Noun(
            "instance",
            "External IPs of one instance.",
            make.Verb("list", "All of them. Example: gantry ip instance list web-1 | gantry ip instance list web-1 -o json", async (s, ct) =>
            {
                var path = await OfAsync(s, instance, project, ct).ConfigureAwait(false);
                List<JsonElement> items = [.. (await s.Client.GetAsync(path, ct).ConfigureAwait(false)).Body.GetProperty("items").EnumerateArray()];
                Table.WriteList(s, items, AttachedColumns(s), "ip", "no external IPs; attach one: gantry ip instance add NAME");
                return ExitCodes.Ok;
            }, instance, project),
            make.Verb("add", "Takes an ephemeral address from a pool. Example: gantry ip instance add web-1 | gantry ip instance add web-1 --pool six", async (s, ct) =>
            {
                var path = await OfAsync(s, instance, project, ct).ConfigureAwait(false);
                var body = new JsonObject { ["pool_selector"] = Selector(s.Parsed.GetValue(pool)) };
                Table.WriteObject(s, (await s.Client.PostAsync($"{path}/ephemeral", body, ct).ConfigureAwait(false)).Body, "ip", AttachedColumns(s));
                return ExitCodes.Ok;
            }, instance, pool, project),
            EphemeralRemove(make, instance, project));
    }

    private static Command EphemeralRemove(CommandMaker make, Argument<string> instance, Option<string?> project)
    {
        var version = new Option<string?>("--ip-version") { Description = "Which of two: v4 or v6." };
        version.AcceptOnlyFromAmong("v4", "v6");
        return make.Verb(
            "remove",
            "Gives the ephemeral address back. Example: gantry ip instance remove web-1 | gantry ip instance remove web-1 --ip-version v6",
            async (s, ct) =>
            {
                var path = await OfAsync(s, instance, project, ct).ConfigureAwait(false);
                var query = s.Parsed.GetValue(version) is { } word ? $"?ip_version={word}" : "";
                await s.Client.DeleteAsync($"{path}/ephemeral{query}", ct).ConfigureAwait(false);
                s.Note($"the ephemeral address of {s.Parsed.GetRequiredValue(instance)} is given back");
                return ExitCodes.Ok;
            },
            instance, version, project);
    }

    private static async Task<string> OfAsync(Session session, Argument<string> instance, Option<string?> project, CancellationToken ct) =>
        $"{await InstanceCommands.PathOfAsync(session, session.Parsed.GetRequiredValue(instance), project, ct).ConfigureAwait(false)}/external-ips";

    private static Argument<string> Instance() => new("instance") { Description = "Name or id, or 4 or more of its first characters." };

    private static Option<string?> Pool() => new("--pool") { Description = "Unicast pool by name or id; the silo's default when left out." };

    private static JsonObject Selector(string? pool) =>
        pool is null ? new JsonObject { ["type"] = "auto" } : new JsonObject { ["type"] = "explicit", ["pool"] = pool };

    private static Column[] Columns(Session session) =>
    [
        Column.Of("NAME", "name"),
        Column.Of("IP", "ip"),
        Column.Id("INSTANCE", "instance_id"),
        Column.Age(session, "AGE", "time_created"),
        Column.Id("ID", "id", isWide: true),
        Column.Id("POOL", "ip_pool_id", isWide: true),
    ];

    private static Column[] AttachedColumns(Session session) =>
    [
        Column.Of("IP", "ip"),
        Column.Of("KIND", "kind"),
        Column.Of("NAME", "name"),
        Column.Id("POOL", "ip_pool_id", isWide: true),
    ];
}
