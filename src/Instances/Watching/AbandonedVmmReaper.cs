using System.Runtime.CompilerServices;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;

namespace Gantry.Instances;

/// <summary>
/// Takes away VMMs that no instance points at (vmm 3.10); key <c>vmm/&lt;id&gt;</c>. A target that its instance gave up while it may still run is
/// ended at its sled first, and so is one that a sled which was away may have kept: two guests of one instance must never live.
/// </summary>
internal sealed class AbandonedVmmReaper(IViews views, SledAccess sleds, Asking asking, VmmReporter reporter, VmmPuller puller) : IReconciler
{
    private const string KeyStart = "vmm/";

    public string Name => Reconcilers.AbandonedVmmReaper;

    public ReconcilerOptions Options { get; } = new()
    {
        Period = TimeSpan.FromSeconds(60),
        Concurrency = 64,
        BackoffFirst = TimeSpan.FromSeconds(1),
        BackoffMax = TimeSpan.FromSeconds(60),
        TurnTimeout = TimeSpan.FromSeconds(90),
    };

    public async IAsyncEnumerable<string> ListAsync(ShardSet shards, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var vmm in views.AllAsync(new ViewQuery<VmmRow>(InstanceViews.Vmms), ct).ConfigureAwait(false))
        {
            if ((vmm.Row.IsAbandoned || VmmWords.IsDestroyable(vmm.Row.State)) && shards.Contains(Addresses.Vmm(vmm.Row.Id)))
            {
                yield return Addresses.Vmm(vmm.Row.Id).ToString();
            }
        }

        await foreach (var grave in views.AllAsync(new ViewQuery<VmmGraveRow>(InstanceViews.VmmGraves), ct).ConfigureAwait(false))
        {
            if (grave.Row.MayLive && shards.Contains(Addresses.Vmm(grave.Row.Id)))
            {
                yield return Addresses.Vmm(grave.Row.Id).ToString();
            }
        }
    }

    public async ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct)
    {
        if ((await views.GetAsync(InstanceViews.Vmms, key[KeyStart.Length..], ct).ConfigureAwait(false))?.Row is not { } vmm)
        {
            return await FenceAsync(key[KeyStart.Length..], ct).ConfigureAwait(false) is { } open
                ? Reconciled.Retry(open).With(new ReapReport { VmmsAlreadyDeleted = 1, Errors = [open] }, InstancesJson.Default.ReapReport)
                : Reconciled.Done;
        }

        // A target that made it in the end is the instance's guest now.
        var instance = (await views.GetAsync(InstanceViews.Instances, vmm.Instance.ToString(), ct).ConfigureAwait(false))?.Row;
        if (instance?.ActiveVmm == vmm.Id)
        {
            return Reconciled.Done;
        }

        if (vmm.IsAbandoned && !VmmWords.IsDestroyable(vmm.State) && await EndAsync(vmm, ct).ConfigureAwait(false) is { } why)
        {
            return Reconciled.Retry(why).With(new ReapReport { VmmsFound = 1, Errors = [why] }, InstancesJson.Default.ReapReport);
        }

        // The VMM asks its instance whether it may go, so that nothing is decided on an old view; reservation and record go together then.
        await asking.AskAsync(Addresses.Vmm(vmm.Id), new ReapVmm(), Name, ct).ConfigureAwait(false);
        return Reconciled.Done.With(
            new ReapReport { VmmsFound = 1, SledReservationsDeleted = 1, VmmsDeleted = 1 }, InstancesJson.Default.ReapReport);
    }

    // Null when nobody has to be told, or the sled has confirmed that no such guest is there.
    private async ValueTask<string?> FenceAsync(string vmm, CancellationToken ct)
    {
        if ((await views.GetAsync(InstanceViews.VmmGraves, vmm, ct).ConfigureAwait(false))?.Row is not { MayLive: true } grave
            || await sleds.FindAsync(grave.Sled, ct).ConfigureAwait(false) is not { } sled || sled.Policy == SledAccess.Expunged)
        {
            return null;
        }

        return await puller.FenceAsync(grave.Id, sled, ct).ConfigureAwait(false)
            ? null
            : $"VMM {grave.Id} of instance {grave.Instance} was given up; whether sled {sled.Serial} still holds its guest is known when the sled answers, "
                + "or when it is expunged";
    }

    // Null when it ended; the sled's word is what is stored.
    private async ValueTask<string?> EndAsync(VmmRow vmm, CancellationToken ct)
    {
        if (await sleds.FindAsync(vmm.Sled, ct).ConfigureAwait(false) is not { } sled || sled.Policy == SledAccess.Expunged)
        {
            await reporter.FailAsync(vmm.Id, FailureReasons.SledExpunged, Name, ct).ConfigureAwait(false);
            return null;
        }

        var outcome = await sleds.PortOf(sled).UnregisterAsync(vmm.Id.Value, ct).ConfigureAwait(false);
        switch (outcome)
        {
            case DeviceOutcome<SledVmmUpdate>.Answered { Value.UpdatedRuntime: { } ended }:
                await reporter.ApplyAsync(vmm.Id, ended, Name, ct).ConfigureAwait(false);
                return null;
            case DeviceOutcome<SledVmmUpdate>.Answered:
                await reporter.FailAsync(vmm.Id, FailureReasons.NoSuchInstance, Name, ct).ConfigureAwait(false);
                return null;
            default:
                return $"VMM {vmm.Id} was given up and could not be ended at sled {sled.Serial}: {outcome.Describe()}";
        }
    }
}
