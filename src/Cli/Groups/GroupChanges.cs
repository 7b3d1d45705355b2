using System.CommandLine;
using System.Text.Json.Nodes;

namespace Gantry.Cli;

/// <summary><c>group create</c>, <c>update</c>, <c>delete</c>: groups that stay without members.</summary>
internal static class GroupChanges
{
    public static Command Create(CommandMaker make)
    {
        var name = new Argument<string>("name") { Description = "Name of the new group." };
        var address = new Option<string?>("--address") { Description = "Multicast address; the first free one of the pool when left out." };
        var pool = new Option<string?>("--pool") { Description = "Pool by name or id." };
        var vpc = new Option<string?>("--vpc") { Description = "VPC by id whose network id the group takes." };
        var (description, sources, vlan, uplinks) = Common();
        return make.Verb(
            "create",
            "Makes a group that stays without members. Example: gantry group create feed --address 239.1.1.7 | gantry group create feed --pool mcast --vlan 20",
            async (s, ct) =>
            {
                var body = Body(s, description, sources, uplinks);
                body["name"] = s.Parsed.GetRequiredValue(name);
                body["description"] ??= "";
                body["multicast_ip"] = s.Parsed.GetValue(address);
                body["pool"] = s.Parsed.GetValue(pool);
                body["mvlan"] = s.Parsed.GetValue(vlan);
                body["vpc"] = s.Parsed.GetValue(vpc);
                var made = await s.Client.PostAsync(GroupCommands.Path, body, ct).ConfigureAwait(false);
                Table.WriteObject(s, made.Body, "name", GroupCommands.Columns(s));
                return ExitCodes.Ok;
            },
            name, address, pool, vpc, description, sources, vlan, uplinks);
    }

    public static Command Update(CommandMaker make, Argument<string> group)
    {
        var name = new Option<string?>("--name") { Description = "New name." };
        var (description, sources, vlan, uplinks) = Common();
        var untagged = new Option<bool>("--no-vlan") { Description = "Take the VLAN away." };
        return make.Verb(
            "update",
            "Changes a group made by create. Example: gantry group update feed --name feed-2 | gantry group update feed --uplink switch0.qsfp1",
            async (s, ct) =>
            {
                var body = Body(s, description, sources, uplinks);
                if (s.Parsed.GetValue(name) is { } renamed)
                {
                    body["name"] = renamed;
                }

                if (s.Parsed.GetValue(vlan) is not null || s.Parsed.GetValue(untagged))
                {
                    body["mvlan"] = s.Parsed.GetValue(untagged) ? null : s.Parsed.GetValue(vlan);
                }

                if (body.Count == 0)
                {
                    throw new CliException(ExitCodes.Usage, "nothing to change was named") { Next = "add --name, --description, --source, --vlan or --uplink" };
                }

                var changed = await s.Client.PutAsync(await GroupCommands.OfAsync(s, group, ct).ConfigureAwait(false), body, ct).ConfigureAwait(false);
                Table.WriteObject(s, changed.Body, "name", GroupCommands.Columns(s));
                return ExitCodes.Ok;
            },
            group, name, description, sources, vlan, untagged, uplinks);
    }

    public static Command Delete(CommandMaker make, Argument<string> group)
    {
        var force = new Option<bool>("--force") { Description = "Take its members out first." };
        return make.Verb(
            "delete",
            "Deletes a group. Example: gantry group delete feed | gantry group delete feed --force --yes",
            async (s, ct) =>
            {
                var path = await GroupCommands.OfAsync(s, group, ct).ConfigureAwait(false);
                s.Confirm($"delete group {s.Parsed.GetRequiredValue(group)}");
                await s.Client.DeleteAsync(s.Parsed.GetValue(force) ? $"{path}?force=true" : path, ct).ConfigureAwait(false);
                s.Note($"group {s.Parsed.GetRequiredValue(group)} deleted");
                return ExitCodes.Ok;
            },
            group, force);
    }

    private static (Option<string?> Description, Option<string[]> Sources, Option<int?> Vlan, Option<string[]> Uplinks) Common() => (
        new Option<string?>("--description") { Description = "Free text." },
        new Option<string[]>("--source") { Description = "Source of members that name none; may be repeated." },
        new Option<int?>("--vlan") { Description = "VLAN of packets that may enter, 2 to 4094." },
        new Option<string[]>("--uplink") { Description = "Front port such as switch0.qsfp1; may be repeated." });

    private static JsonObject Body(Session session, Option<string?> description, Option<string[]> sources, Option<string[]> uplinks)
    {
        var body = new JsonObject();
        if (session.Parsed.GetValue(description) is { } text)
        {
            body["description"] = text;
        }

        if (session.Parsed.GetValue(sources) is { Length: > 0 } given)
        {
            body["source_ips"] = new JsonArray([.. given.Select(g => (JsonNode)g)]);
        }

        if (session.Parsed.GetValue(uplinks) is { Length: > 0 } ports)
        {
            body["switch_port_uplinks"] = new JsonArray([.. ports.Select(p => (JsonNode)p)]);
        }

        return body;
    }
}
