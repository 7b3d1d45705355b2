using System.Text.Json;

namespace Gantry.Cli;

/// <summary>Lines of <c>status</c> about groups, instances and long work.</summary>
internal static class WorkStatus
{
    // Each asks the API once more for its reason: enough to fill a screen.
    private const int ReasonsMax = 10;

    // Beyond this a step is slow, and says what it waits for.
    private static readonly TimeSpan s_stepIsSlow = TimeSpan.FromSeconds(60);

    public static async Task<StatusLine> GroupsAsync(Session session, CancellationToken ct)
    {
        var groups = await session.ListAllAsync(GroupCommands.Path, ct).ConfigureAwait(false);
        var behind = groups.Where(g => g.Member("converged") is { ValueKind: JsonValueKind.False } || g.Text("state") != "Active").ToList();
        var needs = new List<StatusNeed>();
        foreach (var group in behind)
        {
            needs.Add(needs.Count < ReasonsMax
                ? await GroupNeedAsync(session, group, ct).ConfigureAwait(false)
                : new StatusNeed($"group {group.Text("name")} is not converged", $"gantry group tree {group.Text("name")}"));
        }

        needs.AddRange(await ForeignAsync(session, ct).ConfigureAwait(false));
        return new StatusLine("groups", groups.Count == 0 ? "none" : $"{groups.Count - behind.Count}/{groups.Count} converged", needs)
        {
            Detail = HardwareStatus.Some([.. behind.Select(g => g.Text("name"))]),
        };
    }

    // What others put on a switch is left alone, so somebody has to know of it.
    private static async Task<IEnumerable<StatusNeed>> ForeignAsync(Session session, CancellationToken ct)
    {
        var seen = (await session.Client.GetAsync("/v1/system/multicast-reconciler", ct).ConfigureAwait(false)).Body;
        return seen.Member("switches") is { ValueKind: JsonValueKind.Object } switches
            ? switches.EnumerateObject().Where(s => s.Value.Number("foreign_count") > 0).Select(s => new StatusNeed(
                $"switch{s.Name.Split('-')[^1]}: {s.Value.Text("foreign_count")} entries of others, left alone: "
                    + HardwareStatus.Some([.. s.Value.Items("foreign").Select(f => $"{f.Text("group_ip")} tagged {f.Text("tag")}")]),
                "gantry reconciler show multicast_reconciler"))
            : [];
    }

    private static async Task<StatusNeed> GroupNeedAsync(Session session, JsonElement group, CancellationToken ct)
    {
        var name = group.Text("name");
        var all = (await session.Client.GetAsync($"{GroupCommands.Path}/{group.Text("id")}", ct).ConfigureAwait(false)).Body;
        List<JsonElement> open = [.. all.Items("conditions").Where(c => c.Text("status") == "false")];
        var why = open.Count == 0 ? $"is {group.Text("state")}" : string.Join("; ", open.Select(c => $"{SwitchOf(c)} {c.Text("message")}"));
        return new StatusNeed($"group {name}: {why}", $"gantry group tree {name}", open.Min(c => c.Time("lagging_since") ?? c.Time("since")));
    }

    // The key of a switch is its rack's id and its slot.
    private static string SwitchOf(JsonElement condition) => $"switch{condition.Text("switch").Split('-')[^1]}:";

    public static async Task<StatusLine> InstancesAsync(Session session, CancellationToken ct)
    {
        var all = new List<(JsonElement Instance, string Project)>();
        foreach (var project in await session.ListAllAsync("/v1/projects", ct).ConfigureAwait(false))
        {
            var path = $"{InstanceCommands.Path}?project={project.Text("id")}";
            all.AddRange((await session.ListAllAsync(path, ct).ConfigureAwait(false)).Select(i => (i, project.Text("name"))));
        }

        var counts = all.GroupBy(i => i.Instance.Text("run_state")).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => $"{g.Count()} {g.Key}");
        var needs = new List<StatusNeed>();
        foreach (var (instance, project) in all.Where(i => i.Instance.Text("run_state") == "failed"))
        {
            needs.Add(await InstanceNeedAsync(session, instance, project, needs.Count < ReasonsMax, ct).ConfigureAwait(false));
        }

        return new StatusLine("instances", all.Count == 0 ? "none" : string.Join(", ", counts), needs);
    }

    private static async Task<StatusNeed> InstanceNeedAsync(Session session, JsonElement instance, string project, bool isReasonWanted, CancellationToken ct)
    {
        var last = isReasonWanted
            ? (await session.Client.GetAsync($"{InstanceCommands.Path}/{instance.Text("id")}/events", ct).ConfigureAwait(false)).Body
                .Items("items").LastOrDefault(e => e.TextOrNull("detail") is { Length: > 0 })
            : default;
        var why = last.ValueKind is JsonValueKind.Object ? $" ({last.Text("what")}: {last.Text("detail")})" : "";
        var where = project == session.Context.Project ? "" : $" --project {project}";
        return new StatusNeed(
            $"instance {instance.Text("name")} failed{why}", $"gantry instance events {instance.Text("name")}{where}", instance.Time("time_run_state_updated"));
    }

    public static async Task<StatusLine> OperationsAsync(Session session, CancellationToken ct)
    {
        var running = (await session.ListAllAsync($"{OperationCommands.Path}?filter=state=running", ct).ConfigureAwait(false)).ToList();
        var now = session.Host.Clock.GetUtcNow();
        var slow = running.Where(o => o.Items("blockers").Any() && now - o.Time("started") > s_stepIsSlow);
        return new StatusLine("operations", running.Count == 0 ? "none running" : $"{running.Count} running", [.. slow.Select(o => new StatusNeed(
            $"{o.Text("kind")} of {o.Text("target")} waits for {HardwareStatus.Some([.. o.Items("blockers").Select(JsonText.Plain)])}",
            $"gantry op show {o.Text("id")}", o.Time("updated")))])
        {
            Detail = HardwareStatus.Some([.. running.Select(o => $"{o.Text("kind")} of {o.Text("target")}: {o.Text("step")}")]),
        };
    }
}
