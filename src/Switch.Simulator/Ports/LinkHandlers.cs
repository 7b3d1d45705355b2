using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gantry.Switch.Simulator;

/// <summary>Links of ports (switch-dpd 2.5). A new link is disabled until it is told otherwise.</summary>
internal static class LinkHandlers
{
    private static readonly string[] Speeds =
        ["Speed0G", "Speed1G", "Speed10G", "Speed25G", "Speed40G", "Speed50G", "Speed100G", "Speed200G", "Speed400G"];

    private static readonly string[] Fecs = ["None", "Firecode", "RS"];

    public static SimAnswer Create(SimCall call)
    {
        var port = call.Port(0);
        var (lane, link) = ReadLink(call.Body(), port);
        if (call.State.Links.ContainsKey(lane))
        {
            throw DaemonException.Busy();
        }

        call.State = Plug(call.State, lane, link, call.Request.Faults);
        return new SimAnswer(201, lane.Link);
    }

    public static SimAnswer List(SimCall call)
    {
        var port = call.Port(0);
        return Show(call.State.Links.Where(l => l.Key.Port == port));
    }

    public static SimAnswer ListAll(SimCall call)
    {
        var part = call.OptionalQuery("filter") ?? "";
        return Show(call.State.Links.Where(l => l.Key.ToString().Contains(part, StringComparison.Ordinal)));
    }

    public static SimAnswer Get(SimCall call) => new(200, Link(LaneOf(call), Find(call)));

    public static SimAnswer Delete(SimCall call)
    {
        Find(call);
        call.State = Unplug(call.State, LaneOf(call));
        return SimAnswer.NoContent;
    }

    public static SimAnswer Flag(SimCall call, Func<SimLink, bool> read) => new(200, read(Find(call)));

    public static SimAnswer SetFlag(SimCall call, Func<SimLink, bool, SimLink> set)
    {
        var on = call.Body() switch
        {
            { ValueKind: JsonValueKind.True } => true,
            { ValueKind: JsonValueKind.False } => false,
            _ => throw JsonRead.Wrong("body", "a boolean"),
        };
        return Change(call, link => set(link, on));
    }

    public static SimAnswer Mac(SimCall call) => new(200, GroupAnswers.Mac(Find(call).Mac));

    public static SimAnswer SetMac(SimCall call)
    {
        var mac = JsonRead.MacOf(call.Body());
        var changed = Change(call, link => link with { Mac = mac });
        call.State = call.State.Update(TableNames.SourceMac, SourceMac(LaneOf(call), mac));
        return changed;
    }

    public static SimAnswer Fault(SimCall call) => new(200, new JsonObject
    {
        ["fault"] = Find(call).Fault is { } fault ? new JsonObject { ["Injected"] = fault } : null,
    });

    public static SimAnswer InjectFault(SimCall call)
    {
        var text = call.Body() is { ValueKind: JsonValueKind.String } body ? body.GetString() : throw JsonRead.Wrong("body", "a string");
        return Change(call, link => link with { Fault = text });
    }

    public static SimAnswer ClearFault(SimCall call) => Change(call, link => link with { Fault = null });

    /// <summary>The lane that a path names; it need not be configured.</summary>
    public static Lane LaneOf(SimCall call) => new(call.Port(0), call.Number(1, byte.MaxValue));

    public static SimLink Find(SimCall call) => call.State.Links.GetValueOrDefault(LaneOf(call)) ?? throw DaemonException.Missing();

    public static (Lane Lane, SimLink Link) ReadLink(JsonElement body, PortName port)
    {
        var speed = body.Text("speed");
        var fec = body.OptionalText("fec");
        var number = body.OptionalNumber("lane", byte.MaxValue) ?? 0;
        if (!Speeds.Contains(speed, StringComparer.Ordinal))
        {
            throw JsonRead.Wrong("speed", "one of the speeds");
        }

        if (fec is not null && !Fecs.Contains(fec, StringComparer.Ordinal))
        {
            throw JsonRead.Wrong("fec", "one of the FEC schemes");
        }

        if (number > 3)
        {
            throw DaemonException.InvalidData("no such port");
        }

        var lane = new Lane(port, number);
        return (lane, new SimLink(speed, fec, body.OptionalBool("autoneg"), body.OptionalBool("kr")) { Mac = MacOf(lane) });
    }

    /// <summary>PORTN and SMAC follow links.</summary>
    public static SwitchState Plug(SwitchState state, Lane lane, SimLink link, ModelFaults faults)
    {
        var id = $"{lane.Port.AsicBase + lane.Link}";
        state = state with { Links = state.Links.SetItem(lane, link) };
        state = state.Add(TableNames.PortNumber, new ChipEntry(
            [("asic_port_id", id)], "set_port_number", [("port_number", $"{lane.Port.Number}")]), faults);
        return state.Add(TableNames.SourceMac, SourceMac(lane, link.Mac), faults);
    }

    public static SwitchState Unplug(SwitchState state, Lane lane)
    {
        var id = $"{lane.Port.AsicBase + lane.Link}";
        state = state with
        {
            Links = state.Links.Remove(lane),
            Addresses = state.Addresses.RemoveRange(state.Addresses.Where(a => a.Value.Lane == lane).Select(a => a.Key)),
        };
        return state.Remove(TableNames.PortNumber, id).Remove(TableNames.SourceMac, id);
    }

    private static SimAnswer Change(SimCall call, Func<SimLink, SimLink> change)
    {
        call.State = call.State with { Links = call.State.Links.SetItem(LaneOf(call), change(Find(call))) };
        return SimAnswer.NoContent;
    }

    private static ChipEntry SourceMac(Lane lane, long mac) => new(
        [("port", $"{lane.Port.AsicBase + lane.Link}")], "rewrite", [("mac", new NatTarget(default, mac, 0).MacText)]);

    private static long MacOf(Lane lane) => 0xa840_2500_0000L | (uint)(lane.Port.AsicBase + lane.Link);

    private static SimAnswer Show(IEnumerable<KeyValuePair<Lane, SimLink>> links) =>
        new(200, new JsonArray([.. links.Select(l => Link(l.Key, l.Value))]));

    private static JsonNode Link(Lane lane, SimLink link) => new JsonObject
    {
        ["port_id"] = lane.Port.ToString(),
        ["link_id"] = lane.Link,
        ["tofino_connector"] = lane.Port.Number,
        ["asic_id"] = lane.Port.AsicBase + lane.Link,
        ["presence"] = !link.IsDark,
        ["kr"] = link.IsKr,
        ["autoneg"] = link.IsAutoneg,
        ["fsm_state"] = link.IsUp ? "Up" : "Idle",
        ["speed"] = link.Speed,
        ["fec"] = link.Fec,
        ["media"] = lane.Port.Kind switch { PortKind.Internal => "CPU", PortKind.Rear => "Copper", _ => "Optical" },
        ["enabled"] = link.IsEnabled,
        ["prbs"] = "Mission",
        ["link_state"] = link switch
        {
            { Fault: { } fault } => new JsonObject { ["faulted"] = new JsonObject { ["Injected"] = fault } },
            { IsUp: true } => "up",
            _ => "down",
        },
        ["address"] = GroupAnswers.Mac(link.Mac),
        ["ipv6_enabled"] = link.IsIpv6Enabled,
    };
}
