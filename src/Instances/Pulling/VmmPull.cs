using System.Runtime.CompilerServices;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Microsoft.Extensions.Logging;

namespace Gantry.Instances;

/// <summary>
/// Reads one VMM's state from its sled and applies it; key <c>vmm/&lt;id&gt;</c> (vmm 3.5). The queue of the reconciler gives the coalescing: at most
/// one pull per VMM is in flight, and a nudge meanwhile makes exactly one more.
/// </summary>
internal sealed class VmmPull(IViews views, SledAccess sleds, VmmReporter reporter, ILogger<VmmPull> log) : IReconciler
{
    private const string KeyStart = "vmm/";

    public string Name => Reconcilers.VmmPull;

    public ReconcilerOptions Options { get; } = new()
    {
        Period = TimeSpan.FromSeconds(30),
        Concurrency = 64,
        BackoffFirst = TimeSpan.FromMilliseconds(250),
        BackoffMax = TimeSpan.FromSeconds(4),
    };

    public async IAsyncEnumerable<string> ListAsync(ShardSet shards, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var vmm in views.AllAsync(new ViewQuery<VmmRow>(InstanceViews.Vmms), ct).ConfigureAwait(false))
        {
            if (!VmmWords.IsNotOnSled(vmm.Row.State) && shards.Contains(Addresses.Vmm(vmm.Row.Id)))
            {
                yield return KeyStart + vmm.Key;
            }
        }
    }

    public async ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct)
    {
        var id = key.StartsWith(KeyStart, StringComparison.Ordinal) ? key[KeyStart.Length..] : "";
        if ((await views.GetAsync(InstanceViews.Vmms, id, ct).ConfigureAwait(false))?.Row is not { } vmm)
        {
            return Reconciled.Done;
        }

        var sled = await sleds.FindAsync(vmm.Sled, ct).ConfigureAwait(false);
        if (sled is null || vmm.State is VmmWords.Creating or VmmWords.Destroyed)
        {
            // Creating: a sled would say "no such instance". The pull comes with the answer to the registration.
            return Reconciled.Done;
        }

        if (vmm.State == VmmWords.SagaUnwound || (vmm.State == VmmWords.Failed && vmm.FailureReason != FailureReasons.FromSledAgent))
        {
            await FenceAsync(vmm, sled, turn, ct).ConfigureAwait(false);
            return Reconciled.Done;
        }

        if (sled.Policy == "expunged")
        {
            await reporter.FailAsync(vmm.Id, FailureReasons.SledExpunged, Name, ct).ConfigureAwait(false);
            return Reconciled.Done;
        }

        return await PullAsync(vmm, sled, turn, ct).ConfigureAwait(false);
    }

    private async ValueTask<Reconciled> PullAsync(VmmRow vmm, SledRow sled, ReconcileTurn turn, CancellationToken ct)
    {
        var port = sleds.PortOf(sled);
        var outcome = await port.GetStateAsync(vmm.Id.Value, ct).ConfigureAwait(false);
        if (SledAnswer.IsGone(outcome))
        {
            await reporter.FailAsync(vmm.Id, FailureReasons.NoSuchInstance, Name, ct).ConfigureAwait(false);
            return Reconciled.Done;
        }

        if (outcome is not DeviceOutcome<SledVmmState>.Answered answered)
        {
            InstancesLog.PullInconclusive(log, vmm.Id.ToString(), sled.Serial, outcome.Describe());
            return turn.Attempt >= InstancesLimits.PullAttemptsMax ? Reconciled.Done : Reconciled.Retry(outcome.Describe());
        }

        var standing = await reporter.ApplyAsync(vmm.Id, answered.Value, isAnswer: false, Name, ct).ConfigureAwait(false);
        if (standing is null)
        {
            return Reconciled.Done;
        }

        if (VmmWords.IsTerminal(answered.Value.VmmState.State))
        {
            await ForgetAsync(port, vmm, sled, ct).ConfigureAwait(false);
            return Reconciled.Done;
        }

        if (!VmmWords.IsTransitional(standing.Report.State))
        {
            return Reconciled.Done;
        }

        return Reconciled.After(standing.Changed ? InstancesLimits.LookAgainFirst : InstancesLimits.LookAgain);
    }

    // A ring for a VMM that we have given up means that a guest may have survived a wrong verdict (fencing, vmm 3.5).
    private async ValueTask FenceAsync(VmmRow vmm, SledRow sled, ReconcileTurn turn, CancellationToken ct)
    {
        if (!turn.IsResync && sled.Policy != "expunged")
        {
            await ForgetAsync(sleds.PortOf(sled), vmm, sled, ct).ConfigureAwait(false);
        }
    }

    // The hand-over receipt: best effort, once, after the rows are stored.
    private async ValueTask ForgetAsync(ISledPort port, VmmRow vmm, SledRow sled, CancellationToken ct)
    {
        var answer = await port.UnregisterAsync(vmm.Id.Value, ct).ConfigureAwait(false);
        InstancesLog.HandedOver(log, sled.Serial, vmm.Id.ToString(), answer.Describe());
    }
}
