using System.Text.Json;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary>Waits until an instance is in the state that was asked for, and says each state on the way.</summary>
internal static class InstanceWait
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    public static async Task<int> ForAsync(Session session, JsonElement instance, string until, CancellationToken ct)
    {
        var id = instance.Text("id");
        if (!session.IsWaiting)
        {
            Write(session, instance);
            return ExitCodes.Ok;
        }

        var name = instance.Text("name");
        var started = session.Host.Clock.GetTimestamp();
        var last = "";
        while (true)
        {
            var state = instance.Text("run_state");
            var took = session.Host.Clock.GetElapsedTime(started);
            if (state != last)
            {
                session.Note($"  {state}  {took.TotalSeconds:0.0}s");
                last = state;
            }

            if (state == until)
            {
                session.Note($"instance {name} is {state}");
                Write(session, instance);
                return ExitCodes.Ok;
            }

            if (state == "failed")
            {
                session.Note($"instance {name} failed; look at it: gantry instance show {name}");
                Write(session, instance);
                return ExitCodes.Failed;
            }

            if (took > session.Timeout)
            {
                session.Note($"gave up after {took.TotalSeconds:0} s: instance {name} is {state}, not {until}; it goes on");
                Write(session, instance);
                return ExitCodes.StillGoing;
            }

            await Task.Delay(s_look, session.Host.Clock, ct).ConfigureAwait(false);
            instance = await AgainAsync(session, id, ct).ConfigureAwait(false) ?? instance;
        }
    }

    // Null when the node is away for a moment: waiting goes on.
    private static async Task<JsonElement?> AgainAsync(Session session, string id, CancellationToken ct)
    {
        try
        {
            return (await session.Client.GetAsync($"{InstanceCommands.Path}/{id}", ct).ConfigureAwait(false)).Body;
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

    private static void Write(Session session, JsonElement instance)
    {
        if (session.Format is OutputFormat.Table && !session.Host.IsTerminal)
        {
            session.Host.Out.WriteLine(instance.Text("id"));
            return;
        }

        Table.WriteObject(session, instance, "name", InstanceCommands.Columns(session));
    }
}
