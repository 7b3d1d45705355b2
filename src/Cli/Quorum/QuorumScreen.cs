using System.Globalization;
using System.Text.Json;

namespace Gantry.Cli;

/// <summary>Draws a membership change: members as cells, the marks K and K+Z, who is waited for, and what is so if it stops now. Pure.</summary>
internal static class QuorumScreen
{
    private const char Done = '█';
    private const char Waiting = '░';
    private const char Away = '×';
    private const int BlockersShown = 6;

    /// <summary>The lines for <c>…/membership/progress</c>.</summary>
    public static List<string> Lines(JsonElement progress, DateTimeOffset now)
    {
        var lines = new List<string> { Head(progress) };
        lines.AddRange(Phase(progress, "prepare", progress.Number("prepared") ?? 0, s => s != "unacked"));
        if (progress.Text("phase") is "commit" or "settled")
        {
            lines.AddRange(Phase(progress, "commit", progress.Number("committed") ?? 0, s => s == "committed"));
        }
        else
        {
            lines.Add("  commit    –");
        }

        lines.AddRange(Waits(progress, now));
        lines.AddRange(Outlook(progress));
        return lines;
    }

    /// <summary>One line for <c>quorum status</c>.</summary>
    public static string Summary(JsonElement progress) => $"Rack {Ids.Short(progress.Text("rack_id"))}: {Standing(progress)}";

    /// <summary>The configuration in force and how much more it bears; the line of <c>status</c>.</summary>
    public static string Standing(JsonElement progress)
    {
        if (progress.Member("in_force") is not { } inForce)
        {
            return "no configuration is in force";
        }

        var mayFail = inForce.Number("may_fail") ?? 0;
        return $"epoch {inForce.Text("epoch")}, {inForce.Text("members")} members, "
            + $"K={inForce.Text("threshold")} Z={inForce.Text("commit_crash_tolerance")}, {inForce.Text("online")} online: "
            + (mayFail > 0 ? $"{mayFail} more may fail before unlock is at risk" : "no more may fail, unlock is at risk");
    }

    private static string Head(JsonElement p)
    {
        var to = p.Member("size") ?? default;
        var rack = $"Rack {Ids.Short(p.Text("rack_id"))}: ";
        return p.Member("from") is { } from
            ? $"{rack}epoch {from.Text("epoch")} ({from.Text("members")} members) → epoch {to.Text("epoch")} ({to.Text("members")} members), "
                + $"threshold K {from.Text("threshold")} → {to.Text("threshold")}, "
                + $"tolerance Z {from.Text("commit_crash_tolerance")} → {to.Text("commit_crash_tolerance")}"
            : $"{rack}epoch {to.Text("epoch")} ({to.Text("members")} members), threshold K {to.Text("threshold")}, tolerance Z {to.Text("commit_crash_tolerance")}";
    }

    private static IEnumerable<string> Phase(JsonElement p, string name, long count, Func<string, bool> isDone)
    {
        var members = p.Items("members").ToList();
        var cells = string.Concat(members
            .Select(m => isDone(m.Text("state")) ? Done : m.Text("is_reachable") == "yes" ? Waiting : Away)
            .OrderBy(c => c switch { Done => 0, Waiting => 1, _ => 2 }));
        var needed = name == "prepare" ? p.Number("acks_needed") ?? 0 : members.Count;
        var reachable = members.Count(m => m.Text("is_reachable") == "yes");
        var what = name == "prepare" ? "needed (K+Z)" : "members";
        yield return $"  {name,-8}  {cells}  {count.ToString(CultureInfo.InvariantCulture)} of {needed} {what}, "
            + $"{reachable} of {members.Count} reachable, coordinator {p.Text("coordinator.serial_number")}";
        if (name == "prepare")
        {
            yield return "            " + Marks((int)(p.Number("threshold") ?? 0), (int)(p.Number("acks_needed") ?? 0));
        }
    }

    // Under the bar: what stands at K and at K+Z cells from the left.
    private static string Marks(int threshold, int needed) => threshold == needed
        ? new string(' ', threshold - 1) + "╵K=K+Z"
        : new string(' ', threshold - 1) + "╵K" + (needed - threshold >= 3
            ? new string(' ', needed - threshold - 2) + "╵K+Z"
            : $", ╵K+Z at {needed}");

    private static IEnumerable<string> Waits(JsonElement p, DateTimeOffset now)
    {
        var blockers = p.Items("blockers").ToList();
        if (blockers.Count == 0)
        {
            yield break;
        }

        var shown = blockers.Take(BlockersShown).Select(b => $"{b.Text("sled.serial_number")} ({b.Text("condition")}{Since(b, now)})");
        var more = blockers.Count > BlockersShown ? $" and {blockers.Count - BlockersShown} more" : "";
        yield return $"            waiting: {string.Join(", ", shown)}{more}";
    }

    private static string Since(JsonElement blocker, DateTimeOffset now) =>
        DateTimeOffset.TryParse(blocker.TextOrNull("since"), CultureInfo.InvariantCulture, out var since) ? $" {Durations.Age(now - since)}" : "";

    private static IEnumerable<string> Outlook(JsonElement p)
    {
        var size = p.Member("size") ?? default;
        if (p.Text("phase") == "aborted")
        {
            yield return $"Aborted: {p.Text("abort_reason")}; {p.Text("if_stopped")}.";
            yield break;
        }

        yield return $"After commit: up to {size.Text("may_be_down_at_unlock")} of {size.Text("members")} may be down and the rack still unlocks.";
        if (p.Text("phase") != "settled")
        {
            var abort = p.Text("may_abort") == "yes" ? " Abort: gantry quorum abort" : "";
            yield return $"If this stops now: {p.Text("if_stopped")}.{abort}";
        }
    }
}
