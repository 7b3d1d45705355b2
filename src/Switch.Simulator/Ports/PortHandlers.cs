using System.Text.Json.Nodes;

namespace Gantry.Switch.Simulator;

/// <summary>Physical ports and their modules. No simulated port holds a module.</summary>
internal static class PortHandlers
{
    public static SimAnswer List(SimCall call) => new(200, new JsonArray([.. PortName.All.Select(p => (JsonNode)p.ToString())]));

    public static SimAnswer Get(SimCall call)
    {
        var port = call.Port(0);
        var shown = new JsonObject { ["port_id"] = port.ToString() };
        if (port.Kind == PortKind.Qsfp)
        {
            shown["management_mode"] = "automatic";
            shown["transceiver"] = null;
        }

        return new SimAnswer(200, shown);
    }

    public static SimAnswer Channels(SimCall call) => new(200, new JsonArray([.. PortName.All.Select(p => new JsonObject
    {
        ["port_id"] = p.ToString(),
        ["connector"] = ConnectorOf(p),
        ["channels"] = new JsonArray([.. Enumerable.Range(0, 4)
            .Where(lane => !call.State.Links.ContainsKey(new Lane(p, lane)))
            .Select(lane => (JsonNode)lane)]),
    })]));

    public static SimAnswer Transceivers(SimCall call) => new(200, new JsonObject());

    public static SimAnswer Transceiver(SimCall call) => call.Port(0) is { Kind: PortKind.Qsfp }
        ? throw DaemonException.Missing()
        : throw DaemonException.Invalid("not a QSFP port");

    public static string ConnectorOf(PortName port) => port.Kind switch
    {
        PortKind.Internal => "CPU",
        PortKind.Rear => $"{port.Number + 1}",
        _ => $"{port.Number + 33}",
    };
}
