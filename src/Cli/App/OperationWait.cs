using System.Text.Json;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary>Waits for long work and says what it waits for, each blocker once.</summary>
internal static class OperationWait
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    // News come at once; this is only how often the connection is made anew. It is well within the client's patience.
    private const long WaitMs = 20_000;

    /// <summary>Waits when the session waits, else says the operation's id.</summary>
    public static async Task<int> ForAsync(Session session, JsonElement started, CancellationToken ct)
    {
        var operation = started.GetProperty("operation");
        if (session.IsWaiting)
        {
            return await UntilEndAsync(session, operation, ct).ConfigureAwait(false);
        }

        session.Host.Out.WriteLine(operation.Text("id"));
        return ExitCodes.Ok;
    }

    /// <summary>Waits for the end, at the longest for <c>--timeout</c>.</summary>
    public static async Task<int> UntilEndAsync(Session session, JsonElement operation, CancellationToken ct)
    {
        await session.Names.ReadAsync(Named.Sleds | Named.Instances, ct).ConfigureAwait(false);
        var id = operation.Text("id");
        var began = session.Host.Clock.GetTimestamp();
        var told = "";
        while (true)
        {
            var now = $"{session.Names.Say(operation.Text("step"))}{string.Concat(Blockers(operation).Select(b => $"\n    waits for: {session.Names.Say(b)}"))}";
            if (now != told)
            {
                session.Note($"  {now}");
                told = now;
            }

            if (CodeAtEnd(session, operation) is { } code)
            {
                return code;
            }

            var left = session.Timeout - session.Host.Clock.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
            {
                session.Note($"gave up waiting; it goes on. Come back to it: gantry op wait {id}");
                session.Host.Out.WriteLine(id);
                return ExitCodes.StillGoing;
            }

            try
            {
                operation = await AgainAsync(session, id, (long)Math.Min(WaitMs, left.TotalMilliseconds), ct).ConfigureAwait(false) ?? operation;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                session.Note($"it goes on; come back to it: gantry op wait {id}");
                throw;
            }
        }
    }

    /// <summary>What it does to what.</summary>
    public static string Said(Session session, JsonElement operation) => $"{operation.Text("kind")} of {session.Names.Say(operation.Text("target"))}";

    // Null while it goes on.
    private static int? CodeAtEnd(Session session, JsonElement operation)
    {
        var what = Said(session, operation);
        switch (operation.Text("state"))
        {
            case "succeeded":
                session.Note($"{what} is done");
                return ExitCodes.Ok;
            case "failed":
                session.Note($"{what} failed: {session.Names.Say(operation.TextOrNull("error") ?? "no reason was kept")}");
                return ExitCodes.Failed;
            case "cancelled":
                session.Note($"{what} was given up");
                return ExitCodes.Failed;
            default:
                return null;
        }
    }

    private static IEnumerable<string> Blockers(JsonElement operation) =>
        operation.TryGetProperty("blockers", out var all) ? all.EnumerateArray().Select(b => b.GetString() ?? "") : [];

    // Null when the node is away for a moment: waiting goes on.
    private static async Task<JsonElement?> AgainAsync(Session session, string id, long waitMs, CancellationToken ct)
    {
        try
        {
            return (await session.Client.GetAsync($"{OperationCommands.Path}/{id}?wait_ms={waitMs}", ct).ConfigureAwait(false)).Body.GetProperty("operation");
        }
        catch (GantryUnreachableException)
        {
            // Asked again below.
        }
        catch (GantryException e) when (e.Problem.Status is 429 or 503)
        {
            // Asked again below.
        }

        await Task.Delay(s_pause, session.Host.Clock, ct).ConfigureAwait(false);
        return null;
    }
}
