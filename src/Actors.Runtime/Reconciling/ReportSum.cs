using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Sums the reports of a reconciler's keys (engine 7): numbers add up, objects are summed member by member, lists follow each other up to a
/// bound, a switch is on when any is, and of texts the last counts. Pure.
/// </summary>
internal static class ReportSum
{
    private const int ItemsMax = 100;
    private const int DepthMax = 8;

    public static string Of(IEnumerable<JsonElement> reports)
    {
        JsonNode? sum = new JsonObject();
        foreach (var report in reports)
        {
            sum = Add(sum, JsonNode.Parse(report.GetRawText()), 0);
        }

        return sum?.ToJsonString() ?? "{}";
    }

    private static JsonNode? Add(JsonNode? a, JsonNode? b, int depth)
    {
        switch (a, b)
        {
            case (JsonObject left, JsonObject right) when depth < DepthMax:
                foreach (var (name, value) in right.ToList())
                {
                    left[name] = left.TryGetPropertyValue(name, out var present)
                        ? Add(present?.DeepClone(), value?.DeepClone(), depth + 1)
                        : value?.DeepClone();
                }

                return left;
            case (JsonArray left, JsonArray right):
                foreach (var item in right.Take(ItemsMax - Math.Min(ItemsMax, left.Count)).ToList())
                {
                    left.Add(item?.DeepClone());
                }

                return left;
            case (JsonValue left, JsonValue right) when left.TryGetValue(out long x) && right.TryGetValue(out long y):
                return x + y;
            case (JsonValue left, JsonValue right) when left.TryGetValue(out double x) && right.TryGetValue(out double y):
                return x + y;
            case (JsonValue left, JsonValue right) when left.TryGetValue(out bool x) && right.TryGetValue(out bool y):
                return x || y;
            default:
                return b;
        }
    }
}
