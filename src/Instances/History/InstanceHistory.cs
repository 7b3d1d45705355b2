using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>The lines of <c>instance events</c> that are kept with the instance: the last ones, each in a place that is written over.</summary>
internal static class InstanceHistory
{
    public static bool IsTold(InstanceEvent fact) => fact is not (SwapStepped or ChargeMoved);

    public static ImmutableArray<ViewOp> Line(EntityAddress self, InstanceEvent fact, InstanceState after)
    {
        if (!IsTold(fact))
        {
            return [];
        }

        var (what, detail, vmm) = Words(fact, after);
        var at = AtOf(fact, after);
        return [InstanceViews.Events.Upsert(
            KeyOf(self, after.EventCount), new InstanceEventRow(after.Id, after.EventCount, at, what, detail, vmm))];
    }

    public static ImmutableArray<ViewOp> Wipe(EntityAddress self, InstanceState after) =>
        [.. Enumerable.Range(1, (int)Math.Min(after.EventCount, InstanceEventRow.KeptMax)).Select(n => InstanceViews.Events.Delete(KeyOf(self, n)))];

    private static string KeyOf(EntityAddress self, long number) => $"{self.Key}.{(number - 1) % InstanceEventRow.KeptMax:00}";

    private static (string What, string Detail, VmmId? Vmm) Words(InstanceEvent fact, InstanceState after) => fact switch
    {
        InstanceCreated e => ("created", $"{e.Config.Cpus} vCPUs, {e.Config.MemoryBytes >> 30} GiB", null),
        InstanceReady => ("ready", "created", null),
        IntentSet e => ("intent", $"shall be {e.Intent}", null),
        InstanceConfigured => ("configured", $"generation {after.Generation}", null),
        VmmLinked e => ("start", e.IsAutoRestart ? $"automatic restart on sled {e.Sled}" : $"on sled {e.Sled}", e.Vmm),
        VmmUnlinked e => ("unwound", "the start was taken back", e.Vmm),
        StartFailed e => ("start-failed", $"{e.Code}: {e.Message}", e.Vmm),
        MigrationLinked e => ("migrate", $"migration {e.Migration} to sled {e.Sled}", e.Target),
        TargetGivenUp e => ("migrate", "the source is lost and the target tells no end: it is being ended", e.Target),
        FailureCleared => ("cleared", "the failure was taken note of", null),
        VmmTold e => ("vmm", $"{e.Report.State}, generation {e.Report.StateGeneration}{Because(e.Report)}{Sides(e.Report)}", e.Report.Vmm),
        InstanceBroughtInLine => ("update", after.RunStateWord, after.ActiveVmm),
        _ => ("changed", after.RunStateWord, null),
    };

    private static string Because(VmmReport report) => report.FailureReason is { } why ? $" ({why})" : "";

    private static string Sides(VmmReport report) =>
        $"{(report.MigrationOut is { } source ? $", source {source.State}" : "")}{(report.MigrationIn is { } target ? $", target {target.State}" : "")}";

    // What carries no time of its own happens between those that do.
    private static DateTimeOffset AtOf(InstanceEvent fact, InstanceState after) => fact switch
    {
        InstanceCreated e => e.At,
        InstanceReady e => e.At,
        InstanceConfigured e => e.At,
        VmmLinked e => e.At,
        VmmUnlinked e => e.At,
        StartFailed e => e.At,
        MigrationLinked e => e.At,
        TargetGivenUp e => e.At,
        FailureCleared e => e.At,
        InstanceBroughtInLine e => e.At,
        VmmTold e => e.Report.TimeStateUpdated,
        _ => after.TimeStateUpdated,
    };
}
