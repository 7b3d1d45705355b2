using System.CommandLine;
using System.Text.Json.Nodes;

namespace Gantry.Cli;

/// <summary><c>pool</c>: list, show, create, delete, range, link, unlink.</summary>
internal static class PoolCommands
{
    public const string Path = "/v1/system/ip-pools";

    public static Command Make(CommandMaker make)
    {
        var pool = new Argument<string>("pool") { Description = "Name or id, or 4 or more of its first characters." };
        var silo = new Option<string>("--silo") { Description = "Silo by name or id.", DefaultValueFactory = _ => "default" };
        var isDefault = new Option<bool>("--default") { Description = "Make it the silo's default for its kind." };
        return make.Noun(
            "pool",
            "IP pools.",
            make.Verb("list", "Pools. Example: gantry pool list -o json", async (s, ct) =>
            {
                Table.WriteList(s, await s.ListAsync(Path, ct).ConfigureAwait(false), Columns(s), "name", "no pools; make one: gantry pool create NAME --type multicast");
                return ExitCodes.Ok;
            }),
            make.Verb("show", "One pool.", async (s, ct) =>
            {
                Table.WriteObject(s, (await s.Client.GetAsync(await OfAsync(s, pool, ct).ConfigureAwait(false), ct).ConfigureAwait(false)).Body, "name", Columns(s));
                return ExitCodes.Ok;
            }, pool),
            Create(make),
            make.Verb("delete", "Deletes an empty pool. Example: gantry pool delete mcast --yes", async (s, ct) =>
            {
                var path = await OfAsync(s, pool, ct).ConfigureAwait(false);
                s.Confirm($"delete pool {s.Parsed.GetRequiredValue(pool)}");
                await s.Client.DeleteAsync(path, ct).ConfigureAwait(false);
                return ExitCodes.Ok;
            }, pool),
            PoolRangeCommands.Make(make, pool),
            make.Verb("link", "Lets a silo use it. Example: gantry pool link mcast --silo default", async (s, ct) =>
            {
                var body = new JsonObject { ["silo"] = s.Parsed.GetValue(silo), ["is_default"] = s.Parsed.GetValue(isDefault) };
                await s.Client.PostAsync($"{await OfAsync(s, pool, ct).ConfigureAwait(false)}/silos", body, ct).ConfigureAwait(false);
                s.Note($"silo {s.Parsed.GetValue(silo)} may use pool {s.Parsed.GetRequiredValue(pool)}");
                return ExitCodes.Ok;
            }, pool, silo, isDefault),
            make.Verb("unlink", "Takes it back. Example: gantry pool unlink mcast --silo default", async (s, ct) =>
            {
                var path = await OfAsync(s, pool, ct).ConfigureAwait(false);
                await s.Client.DeleteAsync($"{path}/silos/{Uri.EscapeDataString(s.Parsed.GetValue(silo) ?? "")}", ct).ConfigureAwait(false);
                return ExitCodes.Ok;
            }, pool, silo));
    }

    /// <summary>The path of the pool that was named.</summary>
    public static async Task<string> OfAsync(Session session, Argument<string> pool, CancellationToken ct) =>
        $"{Path}/{await Finder.SegmentAsync(session, "pool", session.Parsed.GetRequiredValue(pool), Path, ct).ConfigureAwait(false)}";

    private static Column[] Columns(Session session) =>
    [
        Column.Of("NAME", "name"),
        Column.Of("TYPE", "pool_type"),
        Column.Of("VERSION", "ip_version"),
        Column.Of("DESCRIPTION", "description"),
        Column.Age(session, "AGE", "time_created"),
        Column.Id("ID", "id", isWide: true),
    ];

    private static Command Create(CommandMaker make)
    {
        var name = new Argument<string>("name") { Description = "Lower case letters, digits and dashes." };
        var type = new Option<string>("--type") { Description = "multicast or unicast.", DefaultValueFactory = _ => "multicast" };
        var version = new Option<string>("--ip-version") { Description = "v4 or v6.", DefaultValueFactory = _ => "v4" };
        var description = new Option<string>("--description") { Description = "Free text.", DefaultValueFactory = _ => "" };
        type.AcceptOnlyFromAmong("multicast", "unicast");
        version.AcceptOnlyFromAmong("v4", "v6");
        return make.Verb(
            "create",
            "Makes a pool. Example: gantry pool create mcast --type multicast --ip-version v4",
            async (s, ct) =>
            {
                var body = new JsonObject
                {
                    ["name"] = s.Parsed.GetRequiredValue(name),
                    ["description"] = s.Parsed.GetValue(description),
                    ["pool_type"] = s.Parsed.GetValue(type),
                    ["ip_version"] = s.Parsed.GetValue(version),
                };
                Table.WriteObject(s, (await s.Client.PostAsync(Path, body, ct).ConfigureAwait(false)).Body, "name", Columns(s));
                return ExitCodes.Ok;
            },
            name, type, version, description);
    }
}
