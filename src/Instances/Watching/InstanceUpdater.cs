using System.Runtime.CompilerServices;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// Brings instances in line whose VMM or migration ended without that being taken in (vmm 3.10); key <c>instance/&lt;id&gt;</c>. The news reaches
/// an instance by mail, which is not lost; this is the second way, and the one after a repair by hand.
/// </summary>
internal sealed class InstanceUpdater(IViews views, Asking asking) : IReconciler
{
    private const string KeyStart = "instance/";

    public string Name => Reconcilers.InstanceUpdater;

    public ReconcilerOptions Options { get; } = new() { Period = TimeSpan.FromSeconds(30), Concurrency = 16 };

    public async IAsyncEnumerable<string> ListAsync(ShardSet shards, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var vmm in views.AllAsync(new ViewQuery<VmmRow>(InstanceViews.Vmms), ct).ConfigureAwait(false))
        {
            if (!MayBeOver(vmm.Row) || !shards.Contains(Addresses.Instance(vmm.Row.Instance)))
            {
                continue;
            }

            // The sides of a migration that is over stay with a VMM for life; they ask for nothing any more.
            var instance = (await views.GetAsync(InstanceViews.Instances, vmm.Row.Instance.ToString(), ct).ConfigureAwait(false))?.Row;
            if (instance is not null && IsOver(vmm.Row, instance.Migration))
            {
                yield return Addresses.Instance(vmm.Row.Instance).ToString();
            }
        }
    }

    public async ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct)
    {
        var id = key[KeyStart.Length..];
        if ((await views.GetAsync(InstanceViews.Instances, id, ct).ConfigureAwait(false))?.Row is not { } instance)
        {
            return Reconciled.Done;
        }

        var report = new UpdateReport();
        foreach (var linked in new[] { instance.ActiveVmm, instance.TargetVmm }.OfType<VmmId>().Distinct())
        {
            if ((await views.GetAsync(InstanceViews.Vmms, linked.ToString(), ct).ConfigureAwait(false))?.Row is { } vmm && IsOver(vmm, instance.Migration))
            {
                var asked = await asking.AskAsync(Addresses.Instance(instance.Id), VmmReport.Of(vmm), Name, ct).ConfigureAwait(false);
                report = Counted(report, vmm, instance, isTaken: asked.Why is null);
            }
        }

        return Reconciled.Done.With(report, InstancesJson.Default.UpdateReport);
    }

    /// <summary>The VMM has ended, or a side of the migration that its instance has under way.</summary>
    internal static bool IsOver(VmmRow vmm, MigrationId? migration) =>
        VmmWords.IsTerminal(vmm.State) || IsOver(vmm.MigrationIn, migration) || IsOver(vmm.MigrationOut, migration);

    private static UpdateReport Counted(UpdateReport report, VmmRow vmm, InstanceRow instance, bool isTaken) => report with
    {
        DestroyedActiveVmms = report.DestroyedActiveVmms + (vmm.Id == instance.ActiveVmm && vmm.State == VmmWords.Destroyed ? 1 : 0),
        FailedActiveVmms = report.FailedActiveVmms + (vmm.Id == instance.ActiveVmm && vmm.State == VmmWords.Failed ? 1 : 0),
        TerminatedActiveMigrations = report.TerminatedActiveMigrations
            + (IsOver(vmm.MigrationIn, instance.Migration) || IsOver(vmm.MigrationOut, instance.Migration) ? 1 : 0),
        SagasStarted = report.SagasStarted + 1,
        SagasCompleted = report.SagasCompleted + (isTaken ? 1 : 0),
        SagaErrors = report.SagaErrors + (isTaken ? 0 : 1),
    };

    private static bool MayBeOver(VmmRow vmm) =>
        VmmWords.IsTerminal(vmm.State) || vmm.MigrationIn?.State is "completed" or "failed" || vmm.MigrationOut?.State is "completed" or "failed";

    private static bool IsOver(VmmMigrationRow? side, MigrationId? migration) =>
        side is { State: "completed" or "failed" } && side.Migration == migration;
}
