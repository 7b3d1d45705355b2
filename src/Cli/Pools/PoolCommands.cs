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
            Kind.ListVerb(make, "Pools. Example: gantry pool list -o json | gantry pool list --sort-by name:desc"),
            Kind.ShowVerb(make, "One pool. Example: gantry pool show mcast | gantry pool show mcast -o yaml", pool),
            Create(make),
            Update(make, pool),
            make.Verb("delete", "Deletes an empty pool. Example: gantry pool delete mcast --yes | gantry pool delete mcast --dry-run", async (s, ct) =>
            {
                var path = await OfAsync(s, pool, ct).ConfigureAwait(false);
                s.Confirm($"delete pool {s.Parsed.GetRequiredValue(pool)}");
                await s.Client.DeleteAsync(path, ct).ConfigureAwait(false);
                s.Note($"pool {s.Parsed.GetRequiredValue(pool)} is deleted");
                return ExitCodes.Ok;
            }, pool),
            PoolRangeCommands.Make(make, pool),
            make.Verb("link", "Lets a silo use it. Example: gantry pool link mcast --silo default | gantry pool link mcast --default", async (s, ct) =>
            {
                var body = new JsonObject { ["silo"] = s.Parsed.GetValue(silo), ["is_default"] = s.Parsed.GetValue(isDefault) };
                await s.Client.PostAsync($"{await OfAsync(s, pool, ct).ConfigureAwait(false)}/silos", body, ct).ConfigureAwait(false);
                s.Note($"silo {s.Parsed.GetValue(silo)} may use pool {s.Parsed.GetRequiredValue(pool)}");
                return ExitCodes.Ok;
            }, pool, silo, isDefault),
            make.Verb("unlink", "Takes it back. Example: gantry pool unlink mcast | gantry pool unlink mcast --silo lab", async (s, ct) =>
            {
                var path = await OfAsync(s, pool, ct).ConfigureAwait(false);
                await s.Client.DeleteAsync($"{path}/silos/{Uri.EscapeDataString(s.Parsed.GetValue(silo) ?? "")}", ct).ConfigureAwait(false);
                s.Note($"silo {s.Parsed.GetValue(silo)} may not use pool {s.Parsed.GetRequiredValue(pool)} any more");
                return ExitCodes.Ok;
            }, pool, silo));
    }

    /// <summary>How pools are listed and found.</summary>
    public static readonly ObjectKind Kind = new("pool", Path, Columns)
    {
        WhenEmpty = "no pools; make one: gantry pool create NAME --type multicast",
    };

    /// <summary>The path of the pool that was named.</summary>
    public static Task<string> OfAsync(Session session, Argument<string> pool, CancellationToken ct) =>
        Kind.PathOfAsync(session, session.Parsed.GetRequiredValue(pool), ct);

    private static Column[] Columns(Session session) =>
    [
        Column.Of("NAME", "name"),
        Column.Of("TYPE", "pool_type"),
        Column.Of("VERSION", "ip_version"),
        Column.Of("DESCRIPTION", "description"),
        Column.Age(session, "AGE", "time_created"),
        Column.Id("ID", "id", isWide: true),
        Column.Of("VLAN", "mvlan", isWide: true),
    ];

    private static Command Create(CommandMaker make)
    {
        var name = new Argument<string>("name") { Description = "Lower case letters, digits and dashes." };
        var type = new Option<string>("--type") { Description = "multicast or unicast.", DefaultValueFactory = _ => "multicast" };
        var version = new Option<string>("--ip-version") { Description = "v4 or v6.", DefaultValueFactory = _ => "v4" };
        var description = new Option<string>("--description") { Description = "Free text.", DefaultValueFactory = _ => "" };
        var (vlan, uplinks) = Network();
        type.AcceptOnlyFromAmong("multicast", "unicast");
        version.AcceptOnlyFromAmong("v4", "v6");
        return make.Verb(
            "create",
            "Makes a pool. Example: gantry pool create mcast --type multicast --ip-version v4 | gantry pool create web --type unicast",
            async (s, ct) =>
            {
                var body = new JsonObject
                {
                    ["name"] = s.Parsed.GetRequiredValue(name),
                    ["description"] = s.Parsed.GetValue(description),
                    ["pool_type"] = s.Parsed.GetValue(type),
                    ["ip_version"] = s.Parsed.GetValue(version),
                };
                AddNetwork(s, body, vlan, uplinks);
                Table.WriteObject(s, (await s.Client.PostAsync(Path, body, ct).ConfigureAwait(false)).Body, "name", Columns(s));
                return ExitCodes.Ok;
            },
            name, type, version, description, vlan, uplinks);
    }

    private static (Option<int?> Vlan, Option<string[]> Uplinks) Network() => (
        new Option<int?>("--vlan") { Description = "VLAN of packets for the pool's groups, 0 to 4094." },
        new Option<string[]>("--uplink") { Description = "Front port such as switch0.qsfp1; may be repeated." });

    private static void AddNetwork(Session session, JsonObject body, Option<int?> vlan, Option<string[]> uplinks)
    {
        if (session.Parsed.GetValue(vlan) is { } id)
        {
            body["mvlan"] = id;
        }

        if (session.Parsed.GetValue(uplinks) is { Length: > 0 } ports)
        {
            body["switch_port_uplinks"] = new JsonArray([.. ports.Select(p => (JsonNode?)p)]);
        }
    }

    private static Command Update(CommandMaker make, Argument<string> pool)
    {
        var name = new Option<string?>("--name") { Description = "A new name." };
        var description = new Option<string?>("--description") { Description = "A new text." };
        var (vlan, uplinks) = Network();
        return make.Verb(
            "update",
            "Renames or describes a pool. Example: gantry pool update mcast --name mcast-2 | gantry pool update mcast --description \"lab\"",
            async (s, ct) =>
            {
                var body = new JsonObject();
                foreach (var (member, option) in new[] { ("name", name), ("description", description) })
                {
                    if (s.Parsed.GetValue(option) is { } text)
                    {
                        body[member] = text;
                    }
                }

                AddNetwork(s, body, vlan, uplinks);
                if (body.Count == 0)
                {
                    throw new CliException(ExitCodes.Usage, "nothing to change was named") { Next = "add --name, --description, --vlan or --uplink" };
                }

                var path = await OfAsync(s, pool, ct).ConfigureAwait(false);
                Table.WriteObject(s, (await s.Client.PutAsync(path, body, ct).ConfigureAwait(false)).Body, "name", Columns(s));
                return ExitCodes.Ok;
            },
            pool, name, description, vlan, uplinks);
    }
}
