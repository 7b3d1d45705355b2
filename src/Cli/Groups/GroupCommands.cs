using System.CommandLine;
using System.Text.Json.Nodes;

namespace Gantry.Cli;

/// <summary><c>group</c>: list, show, members, join, leave, tree, verify, watch.</summary>
internal static class GroupCommands
{
    public const string Path = "/v1/multicast-groups";

    public static Command Make(CommandMaker make)
    {
        var group = new Argument<string>("group") { Description = "Name, address or id, or 4 or more of its first characters." };
        return make.Noun(
            "group",
            "Multicast groups. A group comes with its first member and goes with its last.",
            Kind.ListVerb(make, "Groups. Example: gantry group list -o wide | gantry group list --filter state=Active --watch"),
            GroupScreen.Make(make, group),
            make.Verb("members", "Members of a group. Example: gantry group members telemetry-a | gantry group members telemetry-a --sort-by state", async (s, ct) =>
            {
                var path = await OfAsync(s, group, ct).ConfigureAwait(false);
                var members = await s.ListAsync($"{path}/members", ct).ConfigureAwait(false);
                await s.Names.ReadAsync(Named.Instances, ct).ConfigureAwait(false);
                Table.WriteList(s, members, MemberColumns(s), "id", "no members; add one: gantry group join GROUP --instance NAME");
                return ExitCodes.Ok;
            }, group),
            GroupChanges.Create(make),
            GroupChanges.Update(make, group),
            GroupChanges.Delete(make, group),
            Join(make),
            Leave(make),
            GroupTree.Make(make, group),
            GroupVerify.Make(make),
            Kind.WatchVerb(make, "Follows groups. Example: gantry group watch telemetry-a | gantry group watch -o json"));
    }

    /// <summary>How groups are listed and found.</summary>
    public static readonly ObjectKind Kind = new("group", Path, Columns)
    {
        Keys = ["name", "id", "multicast_ip"],
        Beside = (s, ct) => s.Names.ReadAsync(Named.Pools, ct),
        WhenEmpty = "no groups; a first member makes one: gantry group join GROUP --instance NAME",
    };

    /// <summary>The path of the group that was named.</summary>
    public static Task<string> OfAsync(Session session, Argument<string> group, CancellationToken ct) =>
        Kind.PathOfAsync(session, session.Parsed.GetRequiredValue(group), ct);

    public static Column[] Columns(Session session) =>
    [
        Column.Of("NAME", "name"),
        Column.Of("ADDRESS", "multicast_ip"),
        new("SOURCES", g => g.Text("has_any_source_member") == "yes" ? "any" : g.Text("source_ips")),
        Column.Of("STATE", "state"),
        Column.Age(session, "AGE", "time_created"),
        Column.Id("ID", "id", isWide: true),
        session.Names.Column("POOL", "ip_pool_id", isWide: true),
    ];

    public static Column[] MemberColumns(Session session) =>
    [
        session.Names.Column("INSTANCE", "instance_id"),
        Column.Of("ADDRESS", "multicast_ip"),
        Column.Of("SOURCES", "source_ips"),
        Column.Of("STATE", "state"),
        Column.Age(session, "AGE", "time_created"),
        Column.Id("ID", "id", isWide: true),
    ];

    private static Option<string> Instance() => new("--instance", "-i") { Description = "Instance by name or id.", Required = true };

    private static Command Join(CommandMaker make)
    {
        var group = new Argument<string>("group") { Description = "Name, address or id; made when it does not exist." };
        var instance = Instance();
        var project = InstanceCommands.Project();
        var sources = new Option<string[]>("--source") { Description = "Source address; may be repeated. SSM groups need one." };
        var version = new Option<string?>("--ip-version") { Description = "v4 or v6, where a name alone leaves it open." };
        version.AcceptOnlyFromAmong("v4", "v6");
        return make.Verb(
            "join",
            "Makes an instance a member. Example: gantry group join 232.1.1.7 --instance web-1 --source 10.0.4.12 | gantry group join video-wall -i feed-1",
            async (s, ct) =>
            {
                var path = await InstanceCommands.PathOfAsync(s, s.Parsed.GetRequiredValue(instance), project, ct).ConfigureAwait(false);
                var body = new JsonObject
                {
                    ["source_ips"] = s.Parsed.GetValue(sources) is { Length: > 0 } given ? new JsonArray([.. given.Select(a => (JsonNode)a)]) : null,
                    ["ip_version"] = s.Parsed.GetValue(version),
                };
                var member = await s.Client.PutAsync(
                    $"{path}/multicast-groups/{Uri.EscapeDataString(s.Parsed.GetRequiredValue(group))}", body, ct).ConfigureAwait(false);
                await s.Names.ReadAsync(Named.Instances, ct).ConfigureAwait(false);
                Table.WriteObject(s, member.Body, "id", MemberColumns(s));
                return ExitCodes.Ok;
            },
            group, instance, project, sources, version);
    }

    private static Command Leave(CommandMaker make)
    {
        var group = new Argument<string>("group") { Description = "Name, address or id." };
        var instance = Instance();
        var project = InstanceCommands.Project();
        return make.Verb(
            "leave",
            "Ends a membership. Example: gantry group leave 232.1.1.7 --instance web-1 | gantry group leave video-wall -i feed-1",
            async (s, ct) =>
            {
                var path = await InstanceCommands.PathOfAsync(s, s.Parsed.GetRequiredValue(instance), project, ct).ConfigureAwait(false);
                await s.Client.DeleteAsync($"{path}/multicast-groups/{Uri.EscapeDataString(s.Parsed.GetRequiredValue(group))}", ct).ConfigureAwait(false);
                s.Note($"instance {s.Parsed.GetRequiredValue(instance)} left {s.Parsed.GetRequiredValue(group)}");
                return ExitCodes.Ok;
            },
            group, instance, project);
    }
}
