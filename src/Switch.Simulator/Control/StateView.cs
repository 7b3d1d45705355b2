using System.Text.Json.Nodes;

namespace Gantry.Switch.Simulator;

/// <summary>The whole state as JSON, for GET /control/state.</summary>
internal static class StateView
{
    public static JsonObject Of(SwitchState state) => new()
    {
        ["mode"] = state.Mode == SwitchMode.Faithful ? "faithful" : "strict",
        ["slot"] = state.Slot,
        ["started"] = state.Started.ToString("O"),
        ["restarts"] = state.Restarts,
        ["groups"] = new JsonArray([.. state.Groups.Values.Select(GroupAnswers.Mixed)]),
        ["refs"] = Map(state.Refs, r => r.Key.ToString(), r => r.Value.ToString()),
        ["replication"] = Map(state.Pre, p => $"{p.Key}", p => new JsonArray([.. p.Value.Select(l => (JsonNode)l.ToString())])),
        ["tables"] = Map(state.Tables, t => t.Value.Name, t => Table(t.Value)),
        ["links"] = Map(state.Links, l => l.Key.ToString(), l => new JsonObject { ["speed"] = l.Value.Speed, ["up"] = l.Value.IsUp }),
        ["addresses"] = Map(state.Addresses, a => a.Key.ToString(), a => a.Value.Lane.ToString()),
        ["loopbacks"] = Map(state.Loopbacks, l => l.Key.ToString(), l => l.Value),
        ["nat"] = Map(state.Nat, n => n.Key.ToString(), n => new JsonArray(
            [.. n.Value.Select(m => (JsonNode)$"{m.Low}-{m.High} {m.Target.Internal}")])),
        ["routes"] = Map(state.Routes, r => r.Key.ToString(), r => new JsonArray(
            [.. r.Value.Select(t => (JsonNode)$"{t.Target} {t.Lane}{(t.Vlan is { } vlan ? $" vlan {vlan}" : "")}")])),
        ["attached_subnets"] = Map(state.AttachedSubnets, s => s.Key.ToString(), s => s.Value.Internal.ToString()),
        ["counters"] = Map(state.Counters, c => c.Key, c => Map(c.Value, l => l.Key, l => l.Value)),
    };

    public static JsonArray Of(IEnumerable<SeenRequest> requests) => new([.. requests.Select(r => new JsonObject
    {
        ["method"] = r.Method,
        ["path"] = r.Path,
        ["status"] = r.Status,
    })]);

    private static JsonObject Table(ChipTable table) => new()
    {
        ["size"] = table.Size,
        ["occupancy"] = table.Entries.Count,
        ["inserts"] = table.Inserts,
        ["deletes"] = table.Deletes,
        ["updates"] = table.Updates,
        ["collisions"] = table.Collisions,
        ["exhaustions"] = table.Exhaustions,
        ["update_misses"] = table.UpdateMisses,
        ["delete_misses"] = table.DeleteMisses,
        ["entries"] = new JsonArray([.. table.Entries.Values.Select(e => (JsonNode)
            $"{string.Join(' ', e.Keys.Select(k => $"{k.Name}={k.Value}"))} -> {e.Action}({string.Join(' ', e.Args.Select(a => $"{a.Name}={a.Value}"))})")]),
    };

    private static JsonObject Map<T>(IEnumerable<T> items, Func<T, string> key, Func<T, JsonNode?> value) =>
        new(items.Select(i => KeyValuePair.Create(key(i), value(i))));
}
