using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gantry.Switch.Simulator;

/// <summary>Settings of a port as one document: full replacement of its links, all or nothing (switch-dpd 2.5).</summary>
internal static class PortSettingsHandlers
{
    public static SimAnswer Get(SimCall call) => new(200, Show(call.State, call.Port(0)));

    public static SimAnswer Apply(SimCall call)
    {
        var port = call.Port(0);
        var tag = call.OptionalQuery("tag") ?? "";
        var wanted = Read(call.Body().Object("links"), port);
        call.State = Without(call.State, port, keep: wanted.Select(w => w.Lane).ToHashSet());
        foreach (var (lane, link, addresses) in wanted)
        {
            call.State = Put(call, lane, link, addresses, tag);
        }

        return new SimAnswer(200, Show(call.State, port));
    }

    public static SimAnswer Clear(SimCall call)
    {
        var port = call.Port(0);
        call.State = Without(call.State, port, keep: new HashSet<Lane>());
        return new SimAnswer(200, Show(call.State, port));
    }

    private static List<(Lane Lane, SimLink Link, Ip[] Addresses)> Read(JsonElement links, PortName port)
    {
        List<(Lane, SimLink, Ip[])> read = [];
        foreach (var member in links.EnumerateObject())
        {
            if (!int.TryParse(member.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 3)
            {
                throw DaemonException.InvalidData($"lane {member.Name} does not exist");
            }

            var (_, link) = LinkHandlers.ReadLink(member.Value.Object("params"), port);
            var addresses = member.Value.Array("addrs").Select(a =>
                a.ValueKind == JsonValueKind.String && Ip.TryParse(a.GetString(), out var ip) ? ip : throw JsonRead.Wrong("addrs", "IP addresses"));
            read.Add((new Lane(port, number), link with { IsEnabled = true }, [.. addresses.Distinct()]));
        }

        return read;
    }

    private static SwitchState Without(SwitchState state, PortName port, IReadOnlySet<Lane> keep) => state.Links.Keys
        .Where(l => l.Port == port && !keep.Contains(l))
        .Aggregate(state, LinkHandlers.Unplug);

    private static SwitchState Put(SimCall call, Lane lane, SimLink link, Ip[] addresses, string tag)
    {
        var state = call.State;
        state = state.Links.TryGetValue(lane, out var old)
            ? state with { Links = state.Links.SetItem(lane, link with { Mac = old.Mac }) }
            : LinkHandlers.Plug(state, lane, link, call.Request.Faults);
        var stale = state.Addresses.Where(a => a.Value.Lane == lane && !addresses.Contains(a.Key)).Select(a => a.Key);
        var kept = state.Addresses.RemoveRange(stale);
        foreach (var address in addresses)
        {
            if (kept.TryGetValue(address, out var holder) && holder.Lane != lane)
            {
                throw DaemonException.Conflict($"address {address} is already assigned");
            }

            kept = kept.SetItem(address, new SimAddress(lane, tag));
        }

        return state with { Addresses = kept };
    }

    private static JsonObject Show(SwitchState state, PortName port) => new()
    {
        ["links"] = new JsonObject(state.Links.Where(l => l.Key.Port == port).Select(l => KeyValuePair.Create(
            $"{l.Key.Link}", (JsonNode?)new JsonObject
            {
                ["params"] = new JsonObject
                {
                    ["speed"] = l.Value.Speed,
                    ["lane"] = l.Key.Link,
                    ["fec"] = l.Value.Fec,
                    ["autoneg"] = l.Value.IsAutoneg,
                    ["kr"] = l.Value.IsKr,
                    ["tx_eq"] = null,
                    ["allow_ddm_traffic"] = false,
                },
                ["addrs"] = new JsonArray([.. state.Addresses.Where(a => a.Value.Lane == l.Key).Select(a => (JsonNode)a.Key.ToString())]),
            }))),
    };
}
