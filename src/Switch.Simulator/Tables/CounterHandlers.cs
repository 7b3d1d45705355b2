using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Gantry.Switch.Simulator;

/// <summary>Counters of the pipeline (switch-dpd 3.8).</summary>
internal static class CounterHandlers
{
    private static readonly string[] Names =
    [
        "Service", "Ingress", "Egress", "Packet", "Drop_Port", "Drop_Reason", "Egress_Drop_Port", "Egress_Drop_Reason", "Unicast", "Multicast",
        "Multicast_External", "Multicast_Link_Local", "Multicast_Underlay", "Multicast_Drop",
    ];

    public static SimAnswer List(SimCall call) => new(200, new JsonArray([.. Names.Select(n => (JsonNode)n)]));

    public static SimAnswer Get(SimCall call)
    {
        call.BoolQuery("force_sync");
        var labels = call.State.Counters.GetValueOrDefault(Find(call)) ?? ImmutableSortedDictionary<string, long>.Empty;
        return new SimAnswer(200, new JsonArray([.. labels.Select(l => new JsonObject
        {
            ["keys"] = new JsonObject { ["label"] = l.Key },
            ["data"] = new JsonObject { ["pkts"] = l.Value, ["bytes"] = null },
        })]));
    }

    public static SimAnswer Reset(SimCall call)
    {
        call.State = call.State with { Counters = call.State.Counters.Remove(Find(call)) };
        return SimAnswer.NoContent;
    }

    private static string Find(SimCall call) =>
        Names.FirstOrDefault(n => n.Equals(call.Parameter(0), StringComparison.OrdinalIgnoreCase)) ?? throw DaemonException.Missing();
}
