using System.Text.Json;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary>Lines of <c>status</c> about the nodes: what the node that is asked says of the cluster, its reconcilers and its entities.</summary>
internal static class EngineStatus
{
    public static async Task<List<StatusLine>> LinesAsync(Session session, CancellationToken ct)
    {
        JsonElement health;
        try
        {
            health = (await session.Client.GetAsync("/health/ready", ct).ConfigureAwait(false)).Body;
        }
        catch (GantryException)
        {
            const string NotReady = "the node that was asked is not ready";
            return [new StatusLine("cluster", NotReady, [new StatusNeed(NotReady, "gantry cluster show")])];
        }

        var cluster = SaidOf(health, "cluster");
        var lines = new List<StatusLine>
        {
            new("cluster", cluster, cluster.Contains("does not reach", StringComparison.Ordinal)
                ? [new StatusNeed("an edge between two nodes is cut", "gantry cluster show")]
                : []),
        };

        // Both are said only when there is something to say: that all is well is the usual case.
        AddIfOdd(lines, "reconcilers", SaidOf(health, "reconcilers"), "all keys converge", "gantry reconciler list");
        AddIfOdd(lines, "entities", SaidOf(health, "entities"), "none is quarantined", "gantry entity quarantined");
        return lines;
    }

    private static void AddIfOdd(List<StatusLine> lines, string subject, string says, string usual, string next)
    {
        if (says != usual && says != JsonText.None)
        {
            lines.Add(new StatusLine(subject, says, [new StatusNeed(says, next)]));
        }
    }

    private static string SaidOf(JsonElement health, string check) =>
        health.Items("checks").FirstOrDefault(c => c.Text("name") == check).Text("message");
}
