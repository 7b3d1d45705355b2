using System.Text.Json;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary>Follows a membership change to its end, redrawn in place on a terminal, line by line elsewhere.</summary>
internal static class QuorumCeremony
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(150);

    /// <summary>Waits until the epoch is settled; the epoch is data, the rest is for people.</summary>
    public static async Task<int> FollowAsync(Session session, string rack, long epoch, CancellationToken ct)
    {
        var started = session.Host.Clock.GetTimestamp();
        var drawn = 0;
        var last = "";
        while (true)
        {
            if (await LookAsync(session, $"{rack}/membership/progress", ct).ConfigureAwait(false) is { } progress)
            {
                var lines = QuorumScreen.Lines(progress, session.Host.Clock.GetUtcNow());
                var text = string.Join('\n', lines);
                if (text != last && !session.IsQuiet)
                {
                    Draw(session, lines, session.HasColour ? drawn : 0);
                    drawn = lines.Count;
                    last = text;
                }

                var own = progress.Number("epoch") == epoch
                    ? null
                    : await LookAsync(session, $"{rack}/membership?version={epoch}", ct).ConfigureAwait(false);
                if (End(progress, epoch, own) is { } code)
                {
                    session.Note(code == ExitCodes.Ok ? $"epoch {epoch} is committed" : $"epoch {epoch} was given up");
                    return code;
                }
            }

            if (session.Host.Clock.GetElapsedTime(started) > session.Timeout)
            {
                session.Note($"gave up waiting; epoch {epoch} goes on: gantry quorum status");
                return ExitCodes.StillGoing;
            }

            await Task.Delay(s_look, session.Host.Clock, ct).ConfigureAwait(false);
        }
    }

    /// <summary>How the change to an epoch ended; null while it goes on.</summary>
    /// <param name="progress">The newest change.</param>
    /// <param name="epoch">The epoch that is followed.</param>
    /// <param name="own">The membership of that epoch: asked for when a later change began, which says nothing of this one.</param>
    internal static int? End(JsonElement progress, long epoch, JsonElement? own)
    {
        if (progress.Number("epoch") == epoch)
        {
            return progress.Text("phase") switch
            {
                "settled" => ExitCodes.Ok,
                "aborted" => ExitCodes.Failed,
                _ => null,
            };
        }

        return own?.Text("state") switch
        {
            "committed" => ExitCodes.Ok,
            "aborted" => ExitCodes.Failed,
            _ => null,
        };
    }

    private static void Draw(Session session, List<string> lines, int above)
    {
        if (above > 0)
        {
            session.Host.Error.Write($"\e[{above}A\e[J");
        }

        foreach (var line in lines)
        {
            session.Host.Error.WriteLine(line);
        }
    }

    // Null when the node is away for a moment: the ceremony goes on without us.
    private static async Task<JsonElement?> LookAsync(Session session, string path, CancellationToken ct)
    {
        try
        {
            return (await session.Client.GetAsync(path, ct).ConfigureAwait(false)).Body;
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
