using System.CommandLine;
using System.Text.Json.Nodes;

namespace Gantry.Cli;

/// <summary><c>sled add</c>: hardware that is plugged in becomes a member of the quorum, and with its commit a sled of the rack.</summary>
internal static class SledAdd
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);

    public static Command Make(CommandMaker make)
    {
        var word = new Argument<string>("sled") { Description = "Serial of plugged-in hardware, 4 or more of its first characters, or part:serial." };
        var rack = QuorumRack.Option();
        return make.Verb(
            "add", "Adds hardware that is plugged in: to the quorum, then to the rack. Example: gantry sled add BRM42220017 | gantry sled add BRM42220017 --dry-run",
            async (s, ct) =>
            {
                var path = await QuorumRack.PathAsync(s, rack, ct).ConfigureAwait(false);
                var id = await QuorumRack.SledAsync(s, s.Parsed.GetRequiredValue(word), ct).ConfigureAwait(false);
                var serial = (string?)id["serial_number"] ?? "";
                var end = await QuorumChanges.ChangeAsync(
                    s, path, "add", new JsonObject { ["sled_ids"] = new JsonArray(id) }, null, ct).ConfigureAwait(false);
                return end == ExitCodes.Ok && s.IsWaiting && !s.IsDryRun ? await AnnouncedAsync(s, serial, ct).ConfigureAwait(false) : end;
            },
            word, rack);
    }

    // After the commit the sled gets its id and subnet, its agent starts, and it announces itself.
    private static async Task<int> AnnouncedAsync(Session session, string serial, CancellationToken ct)
    {
        var began = session.Host.Clock.GetTimestamp();
        session.Note($"  {serial} is a member; waits for: its sled agent to announce itself");
        while (session.Host.Clock.GetElapsedTime(began) < session.Timeout)
        {
            if ((await session.ListAllAsync(SledCommands.Path, ct).ConfigureAwait(false)).Any(sled => sled.Text("baseboard.serial") == serial))
            {
                session.Note($"sled {serial} is in service");
                return ExitCodes.Ok;
            }

            await Task.Delay(s_look, session.Host.Clock, ct).ConfigureAwait(false);
        }

        session.Note($"gave up waiting; it goes on. Look at it: gantry sled show {serial}");
        return ExitCodes.StillGoing;
    }
}
