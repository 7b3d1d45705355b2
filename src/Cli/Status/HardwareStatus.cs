using System.Globalization;
using System.Text.Json;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary>Lines of <c>status</c> about sleds, switches and the quorum.</summary>
internal static class HardwareStatus
{
    // A change of the quorum takes seconds; one that takes longer waits for somebody.
    private static readonly TimeSpan s_changeIsSlow = TimeSpan.FromSeconds(60);

    public static async Task<StatusLine> SledsAsync(Session session, CancellationToken ct)
    {
        var sleds = await session.ListAllAsync(SledCommands.Path, ct).ConfigureAwait(false);
        var bad = sleds.Where(s => SledCommands.Health(session, s) != "healthy").ToList();
        return new StatusLine("sleds", $"{sleds.Count - bad.Count}/{sleds.Count} healthy", [.. bad.Select(s =>
            new StatusNeed($"sled {NameOf(s)} {SilenceOf(session, s)}", $"gantry sled show {s.Text("baseboard.serial")}", s.Time("time_inventoried")))])
        {
            Detail = Named(bad, s => $"{NameOf(s)} {SledCommands.Health(session, s)}"),
        };
    }

    public static async Task<StatusLine> SwitchesAsync(Session session, CancellationToken ct)
    {
        var switches = await session.ListAllAsync(SwitchCommands.Path, ct).ConfigureAwait(false);
        var silent = switches.Where(s => SwitchCommands.Health(session, s) != "up").OrderBy(s => s.Number("slot")).ToList();
        return new StatusLine("switches", $"{switches.Count - silent.Count}/{switches.Count} up", [.. silent.Select(s =>
            new StatusNeed(
                $"switch{s.Text("slot")} at {s.Text("address")} {SwitchCommands.Health(session, s)}: {LastAnswer(session, s.Time("time_collected"))}",
                $"gantry switch show {s.Text("slot")}", s.Time("time_collected")))])
        {
            Detail = Named(silent, s => $"switch{s.Text("slot")} {SwitchCommands.Health(session, s)}"),
        };
    }

    public static async Task<StatusLine> QuorumAsync(Session session, JsonElement rack, bool isOneOfMany, CancellationToken ct)
    {
        try
        {
            var progress = (await session.Client.GetAsync(
                $"{RackCommands.Path}/{rack.Text("id")}/membership/progress", ct).ConfigureAwait(false)).Body;
            return new StatusLine("quorum", $"{(isOneOfMany ? $"{Ids.Short(rack.Text("id"))}: " : "")}{QuorumScreen.Standing(progress)}", [.. Needs(session, progress)]);
        }
        catch (GantryException e) when (e.Problem.Status == 404)
        {
            return new StatusLine("quorum", "none: the rack was not set up with one, its disks are not locked by it", []);
        }
    }

    private static IEnumerable<StatusNeed> Needs(Session session, JsonElement progress)
    {
        var rack = Ids.Short(progress.Text("rack_id"));
        if (progress.Member("in_force") is { } inForce && inForce.Number("may_fail") is <= 0)
        {
            var isShort = inForce.Number("online") < inForce.Number("threshold");
            yield return new StatusNeed(
                $"quorum of rack {rack}: {inForce.Text("online")} of {inForce.Text("members")} members online, K={inForce.Text("threshold")}: "
                    + (isShort ? "a sled that starts now stays locked" : "one less and sleds stay locked"),
                "gantry quorum show");
        }

        if (progress.Text("phase") is "prepare" or "commit"
            && progress.Time("time_created") is { } since && session.Host.Clock.GetUtcNow() - since > s_changeIsSlow)
        {
            var waits = progress.Items("blockers").Select(b => $"{b.Text("sled.serial_number")} ({b.Text("condition")})").ToList();
            yield return new StatusNeed(
                $"quorum epoch {progress.Text("epoch")} {progress.Text("phase")}s: {(waits.Count == 0 ? "nobody is waited for by name" : $"waits for {Some(waits)}")}",
                "gantry quorum status", since);
        }
    }

    private static string NameOf(JsonElement sled) =>
        sled.Number("slot") is { } slot ? $"{sled.Text("baseboard.serial")} (cubby {slot})" : sled.Text("baseboard.serial");

    private static string SilenceOf(Session session, JsonElement sled) =>
        $"{SledCommands.Health(session, sled)}: {LastAnswer(session, sled.Time("time_inventoried"))}";

    private static string LastAnswer(Session session, DateTimeOffset? seen) =>
        seen is { } at ? $"no answer for {Durations.Age(session.Host.Clock.GetUtcNow() - at)}" : "it never answered";

    private static string Named(List<JsonElement> objects, Func<JsonElement, string> say) => Some([.. objects.Select(say)]);

    /// <summary>The first three, and how many more there are.</summary>
    internal static string Some(List<string> all) =>
        string.Join(", ", all.Take(3)) + (all.Count > 3 ? string.Create(CultureInfo.InvariantCulture, $" and {all.Count - 3} more") : "");
}
