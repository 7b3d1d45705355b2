using System.Text.Json;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary>Waits for long work and says what it waits for, each blocker once.</summary>
internal static class OperationWait
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);

    public static async Task<int> ForAsync(Session session, JsonElement started, CancellationToken ct)
    {
        var operation = started.GetProperty("operation");
        var id = operation.Text("id");
        if (!session.IsWaiting)
        {
            session.Host.Out.WriteLine(id);
            return ExitCodes.Ok;
        }

        var began = session.Host.Clock.GetTimestamp();
        var told = "";
        while (true)
        {
            var now = $"{operation.Text("step")}{string.Concat(Blockers(operation).Select(b => $"\n    waits for: {b}"))}";
            if (now != told)
            {
                session.Note($"  {now}");
                told = now;
            }

            switch (operation.Text("state"))
            {
                case "succeeded":
                    session.Note($"{operation.Text("kind")} of {operation.Text("target")} is done");
                    return ExitCodes.Ok;
                case "failed":
                    session.Note($"{operation.Text("kind")} of {operation.Text("target")} failed: {operation.TextOrNull("error")}");
                    return ExitCodes.Failed;
                default:
                    break;
            }

            if (session.Host.Clock.GetElapsedTime(began) > session.Timeout)
            {
                session.Note($"gave up waiting; it goes on. Look at it: gantry api GET /v1/operations/{id}");
                session.Host.Out.WriteLine(id);
                return ExitCodes.StillGoing;
            }

            await Task.Delay(s_look, session.Host.Clock, ct).ConfigureAwait(false);
            operation = await AgainAsync(session, id, ct).ConfigureAwait(false) ?? operation;
        }
    }

    private static IEnumerable<string> Blockers(JsonElement operation) =>
        operation.TryGetProperty("blockers", out var all) ? all.EnumerateArray().Select(b => b.GetString() ?? "") : [];

    // Null when the node is away for a moment: waiting goes on.
    private static async Task<JsonElement?> AgainAsync(Session session, string id, CancellationToken ct)
    {
        try
        {
            return (await session.Client.GetAsync($"/v1/operations/{id}", ct).ConfigureAwait(false)).Body.GetProperty("operation");
        }
        catch (GantryUnreachableException)
        {
            return null;
        }
        catch (GantryException e) when (e.Problem.Status is 429 or 503)
        {
            return null;
        }
    }
}
