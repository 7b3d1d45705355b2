using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary>Verbs that change a quorum: each shows first what it would do and survive.</summary>
internal static class QuorumChanges
{
    public static Command Add(CommandMaker make)
    {
        var sleds = new Argument<string[]>("sleds")
        {
            Description = "Serials, 4 or more of their first characters, ids, or part:serial. None: same members, new secret.", Arity = ArgumentArity.ZeroOrMore,
        };
        var rack = QuorumRack.Option();
        return make.Verb("add", "Adds sleds and makes a new secret. Example: gantry quorum add BRM42220017 | gantry quorum add BRM42220017 --dry-run", async (s, ct) =>
        {
            var path = await QuorumRack.PathAsync(s, rack, ct).ConfigureAwait(false);
            var ids = new JsonArray();
            foreach (var word in s.Parsed.GetValue(sleds) ?? [])
            {
                ids.Add(await QuorumRack.SledAsync(s, word, ct).ConfigureAwait(false));
            }

            // Nobody named is a new secret for all, which a forgotten word must not bring about.
            return await ChangeAsync(
                s, path, "add", new JsonObject { ["sled_ids"] = ids },
                ids.Count > 0 ? null : () => s.Confirm("a new secret for the same members, no sled being named,"), ct).ConfigureAwait(false);
        }, sleds, rack);
    }

    public static Command Remove(CommandMaker make)
    {
        var sled = new Argument<string>("sled") { Description = "Serial, 4 or more of its first characters, id, or part:serial." };
        var rack = QuorumRack.Option();
        return make.Verb("remove", "Removes a sled from the quorum. Example: gantry quorum remove BRM42220017 --confirm BRM42220017", async (s, ct) =>
        {
            var path = await QuorumRack.PathAsync(s, rack, ct).ConfigureAwait(false);
            var id = await QuorumRack.SledAsync(s, s.Parsed.GetRequiredValue(sled), ct).ConfigureAwait(false);
            var serial = (string?)id["serial_number"] ?? "";
            return await ChangeAsync(
                s, path, "remove", id,
                () => s.ConfirmName($"removing sled {serial} from the quorum", serial, [$"sled {serial} cannot unlock after its next restart; it comes back only after a factory reset"]),
                ct).ConfigureAwait(false);
        }, sled, rack);
    }

    public static Command Recover(CommandMaker make)
    {
        var rack = QuorumRack.Option();
        return make.Verb("recover", "Gives up what is preparing and proposes the same members again. Example: gantry quorum recover --confirm 4", async (s, ct) =>
        {
            var path = await QuorumRack.PathAsync(s, rack, ct).ConfigureAwait(false);
            var now = await s.Client.GetAsync($"{path}/membership", ct).ConfigureAwait(false);
            var epoch = now.Body.Text("version");
            return await ChangeAsync(
                s, path, "recover", null,
                () => s.ConfirmName($"recovering epoch {epoch}", epoch, [$"epoch {epoch} is given up and its members are asked again at the next epoch"]),
                ct,
                now.ETag).ConfigureAwait(false);
        }, rack);
    }

    public static Command Upgrade(CommandMaker make)
    {
        var rack = QuorumRack.Option();
        return make.Verb("upgrade-lrtq", "Upgrades a rack from the older scheme. Example: gantry quorum upgrade-lrtq --dry-run", async (s, ct) =>
        {
            var path = await QuorumRack.PathAsync(s, rack, ct).ConfigureAwait(false);
            return await ChangeAsync(
                s, path, "lrtq-upgrade", null, () => s.Confirm("upgrade the rack from LRTQ"), ct).ConfigureAwait(false);
        }, rack);
    }

    public static Command Abort(CommandMaker make)
    {
        var rack = QuorumRack.Option();
        return make.Verb("abort", "Gives up what is preparing; the former epoch stays in force. Example: gantry quorum abort --yes", async (s, ct) =>
        {
            var path = await QuorumRack.PathAsync(s, rack, ct).ConfigureAwait(false);
            var seen = await s.Client.GetAsync($"{path}/membership/progress", ct).ConfigureAwait(false);
            var now = seen.Body;
            s.Note($"epoch {now.Text("epoch")} is {now.Text("state")}; if it is given up: {now.Text("if_stopped")}");
            s.Confirm($"abort epoch {now.Text("epoch")}");
            var answer = await s.Client.CallAsync(HttpMethod.Post, $"{path}/membership/abort", null, seen.ETag, ct).ConfigureAwait(false);
            QuorumLooks.WriteMembership(s, answer.Body);
            return ExitCodes.Ok;
        }, rack);
    }

    // The tag is of what the plan and the question are about: whoever is asked confirms that, and not what came after it.
    internal static async Task<int> ChangeAsync(
        Session session, string rack, string verb, JsonNode? body, Action? confirm, CancellationToken ct, string? seen = null)
    {
        var path = $"{rack}/membership/{verb}";
        var tag = seen ?? await TagAsync(session, rack, ct).ConfigureAwait(false);
        var detail = (await PlanAsync(session, path, body?.DeepClone(), ct).ConfigureAwait(false)).Member("detail") ?? default;
        if (session.IsDryRun)
        {
            WritePlan(session, detail, session.Host.Out.WriteLine);
            session.Note("dry run: nothing was done");
            return ExitCodes.Ok;
        }

        WritePlan(session, detail, session.Note);
        confirm?.Invoke();
        var answer = await session.Client.CallAsync(HttpMethod.Post, path, body, tag, ct).ConfigureAwait(false);
        var membership = answer.Body.Member("membership") ?? answer.Body;
        var epoch = membership.Number("version") ?? 0;
        if (!session.IsWaiting)
        {
            QuorumLooks.WriteMembership(session, membership);
            return ExitCodes.Ok;
        }

        var end = await QuorumCeremony.FollowAsync(session, rack, epoch, ct).ConfigureAwait(false);
        QuorumLooks.WriteMembership(session, (await session.Client.GetAsync($"{rack}/membership?version={epoch}", ct).ConfigureAwait(false)).Body);
        return end;
    }

    // Every change is tried first: its plan is what the question is asked about.
    private static async Task<JsonElement> PlanAsync(Session session, string path, JsonNode? body, CancellationToken ct)
    {
        try
        {
            return (await session.Client.PostAsync(session.IsDryRun ? path : $"{path}?dry_run=true", body, ct).ConfigureAwait(false)).Body;
        }
        catch (DryRunException e)
        {
            return e.Answer.Body;
        }
    }

    private static async Task<string> TagAsync(Session session, string rack, CancellationToken ct)
    {
        try
        {
            return (await session.Client.GetAsync($"{rack}/membership", ct).ConfigureAwait(false)).ETag ?? "*";
        }
        catch (GantryException e) when (e.Problem.Status == 404)
        {
            return "\"g0\"";
        }
    }

    private static void WritePlan(Session session, JsonElement plan, Action<string> write)
    {
        if (session.Format is OutputFormat.Json && plan.ValueKind is JsonValueKind.Object)
        {
            write(JsonSerializer.Serialize(plan, CliJson.Indented.JsonElement));
            return;
        }

        var to = plan.Member("to") ?? default;
        var from = plan.Member("from");
        write(from is { } f
            ? $"epoch {f.Text("epoch")} ({f.Text("members")} members, K={f.Text("threshold")} Z={f.Text("commit_crash_tolerance")}) → "
                + $"epoch {to.Text("epoch")} ({to.Text("members")} members, K={to.Text("threshold")} Z={to.Text("commit_crash_tolerance")})"
            : $"epoch {to.Text("epoch")} ({to.Text("members")} members, K={to.Text("threshold")} Z={to.Text("commit_crash_tolerance")})");
        foreach (var line in plan.Items("survives"))
        {
            write($"  {JsonText.Plain(line)}");
        }
    }
}
