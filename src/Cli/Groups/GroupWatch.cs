using System.CommandLine;
using System.Text.Json;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary><c>group watch</c>: the list, then changed rows as they come; a lost stream is resumed.</summary>
internal static class GroupWatch
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    public static Command Make(CommandMaker make)
    {
        var group = new Argument<string?>("group") { Description = "Only this one.", DefaultValueFactory = _ => null };
        return make.Verb("watch", "Follows groups. Example: gantry group watch telemetry-a", (s, ct) => RunAsync(s, s.Parsed.GetValue(group), ct), group);
    }

    private static async Task<int> RunAsync(Session session, string? only, CancellationToken ct)
    {
        string? resume = null;
        var seen = 0;
        while (true)
        {
            try
            {
                await foreach (var note in session.Client.WatchAsync("group", resume, ct).ConfigureAwait(false))
                {
                    resume = note.Resume ?? resume;
                    if (IsWanted(note, only))
                    {
                        Write(session, note);
                        if (++seen == session.Limit)
                        {
                            return ExitCodes.Ok;
                        }
                    }
                }

                session.Note("the stream ended; going on from where it was");
            }
            catch (GantryException e) when (e.Problem.Status == 410)
            {
                session.Note("-- gap: the stream was away for too long; what happened meanwhile is not shown --");
                resume = null;
            }
            catch (GantryUnreachableException e)
            {
                session.Note($"{e.Message}; trying again");
            }

            await Task.Delay(s_pause, session.Host.Clock, ct).ConfigureAwait(false);
        }
    }

    private static bool IsWanted(WatchNote note, string? only) =>
        note.Kind is not null &&
        (only is null || note.Id == only || (note.Object is { } group && (group.TextOrNull("name") == only || group.TextOrNull("multicast_ip") == only)));

    private static void Write(Session session, WatchNote note)
    {
        if (session.Format is OutputFormat.Json)
        {
            session.Host.Out.WriteLine(JsonSerializer.Serialize(note.Object ?? default, CliJson.Default.JsonElement));
            return;
        }

        var cells = note.Object is { } group
            ? $"{group.Text("name"),-24}  {group.Text("multicast_ip"),-15}  {group.Text("state"),-9}  gen {note.Generation}"
            : Ids.Short(note.Id ?? "");
        session.Host.Out.WriteLine($"{note.Type,-8}  {cells}");
    }
}
