using System.Text.Json.Nodes;

namespace Gantry.Switch.Simulator;

/// <summary>Dumps of the chip's tables, for people and tests.</summary>
internal static class TableHandlers
{
    public static SimAnswer List(SimCall call) => new(200, new JsonArray([.. TableNames.All.Select(t => (JsonNode)t.Name)]));

    public static SimAnswer Dump(SimCall call)
    {
        if (call.Version.IsAtLeast(9))
        {
            call.BoolQuery("from_hardware");
        }

        var table = Find(call);
        return new SimAnswer(200, new JsonObject
        {
            ["name"] = table.Name,
            ["size"] = table.Size,
            ["entries"] = new JsonArray([.. table.Entries.Values.Select(e => new JsonObject
            {
                ["keys"] = Map(e.Keys),
                ["action"] = e.Action,
                ["action_args"] = Map(e.Args),
            })]),
        });
    }

    public static SimAnswer Counters(SimCall call)
    {
        call.BoolQuery("force_sync");
        return new SimAnswer(200, new JsonArray([.. Find(call).Entries.Values.Select(e => new JsonObject
        {
            ["keys"] = Map(e.Keys),
            ["data"] = new JsonObject { ["pkts"] = 0, ["bytes"] = 0 },
        })]));
    }

    private static ChipTable Find(SimCall call) => call.State.Tables.GetValueOrDefault(call.Parameter(0)) ?? throw DaemonException.Missing();

    private static JsonObject Map(IEnumerable<(string Name, string Value)> fields) =>
        new(fields.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)f.Value)));
}
