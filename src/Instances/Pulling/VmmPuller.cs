using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Instances;

/// <summary>One pull: ask the sled, judge the answer by vmm 3.7, store it by 3.2, hand a terminal state over. Thread-safe.</summary>
internal sealed class VmmPuller(
    SledAccess sleds, Asking asking, VmmReporter reporter, DoorbellMetrics metrics, InstanceTimeline timeline, TimeProvider time,
    ILogger<VmmPuller> log)
{
    private const string Who = "vmm_fence";

    public async Task<PullEnd> PullAsync(VmmRow vmm, SledRow sled, string who, CancellationToken ct)
    {
        if (sled.Policy == SledAccess.Expunged)
        {
            return new PullEnd(
                await reporter.FailAsync(vmm.Id, FailureReasons.SledExpunged, who, ct).ConfigureAwait(false), FailureReasons.SledExpunged);
        }

        var began = time.GetTimestamp();
        var port = sleds.PortOf(sled);
        var outcome = await port.GetStateAsync(vmm.Id.Value, ct).ConfigureAwait(false);
        var end = await JudgeAsync(vmm, sled, outcome, who, ct).ConfigureAwait(false);
        metrics.Pulled(who, end.Word, time.GetElapsedTime(began));
        if (who != Reconcilers.InstanceWatcher || end is not { Failure: null, Standing.Changed: false })
        {
            // What the watcher finds as it was is no event: it looks twice a minute.
            timeline.Note(vmm.Instance, vmm.Id, "pull", $"{who}: {Told(end, outcome)}");
        }

        if (end.Incomplete is not null)
        {
            InstancesLog.PullInconclusive(log, vmm.Id.ToString(), sled.Serial, outcome.Describe());
        }

        if (outcome is DeviceOutcome<SledVmmState>.Answered { Value.VmmState.State: var state })
        {
            if (VmmWords.IsTerminal(state))
            {
                metrics.HandedOver();
                await ForgetAsync(vmm.Id, sled, ct).ConfigureAwait(false);
            }
            else if (end.Standing is { IsAfterTerminal: true })
            {
                InstancesLog.Survivor(log, vmm.Id.ToString(), sled.Serial, state);
                await FenceAsync(vmm.Id, sled, ct).ConfigureAwait(false);
            }
        }

        return end;
    }

    /// <summary>
    /// The sled says that it does not know the VMM, which proves it lost. It is told to end it all the same before that is believed: should it
    /// be wrong, no guest outlives the verdict to meet the one that is started in its place.
    /// </summary>
    public async ValueTask<VmmStanding?> GoneAsync(VmmId vmm, SledRow sled, string who, CancellationToken ct)
    {
        await FenceAsync(vmm, sled, ct).ConfigureAwait(false);
        return await reporter.FailAsync(vmm, FailureReasons.NoSuchInstance, who, ct).ConfigureAwait(false);
    }

    /// <summary>
    /// The fence: the sled is told to end a guest that we gave up. What it says of it changes no state. True when it certainly holds no such
    /// guest now, which goes on record; else the reaper asks again as long as the VMM's place is remembered.
    /// </summary>
    public async ValueTask<bool> FenceAsync(VmmId vmm, SledRow sled, CancellationToken ct)
    {
        if (!await ForgetAsync(vmm, sled, ct).ConfigureAwait(false))
        {
            return false;
        }

        await asking.AskAsync(Addresses.Vmm(vmm), new SledForgot(), Who, ct).ConfigureAwait(false);
        return true;
    }

    // Also the hand-over receipt: best effort, once. The sled forgets by itself in the end.
    private async ValueTask<bool> ForgetAsync(VmmId vmm, SledRow sled, CancellationToken ct)
    {
        var answer = await sleds.PortOf(sled).UnregisterAsync(vmm.Value, ct).ConfigureAwait(false);
        InstancesLog.HandedOver(log, sled.Serial, vmm.ToString(), answer.Describe());
        return answer is DeviceOutcome<SledVmmUpdate>.Answered || SledAnswer.IsGone(answer);
    }

    private async ValueTask<PullEnd> JudgeAsync(VmmRow vmm, SledRow sled, DeviceOutcome<SledVmmState> outcome, string who, CancellationToken ct)
    {
        if (outcome is DeviceOutcome<SledVmmState>.Answered answered)
        {
            // The watcher's check includes the update that it causes (vmm 3.9); a ring asks for no more than that the state is stored.
            return await reporter.ApplyAsync(vmm.Id, answered.Value, who, who != Reconcilers.VmmPull, ct).ConfigureAwait(false) is { } standing
                ? new PullEnd(standing)
                : new PullEnd(null, Incomplete: PullEnd.NotFound);
        }

        if (SledAnswer.IsGone(outcome))
        {
            var failed = await GoneAsync(vmm.Id, sled, who, ct).ConfigureAwait(false);
            return new PullEnd(failed, FailureReasons.NoSuchInstance);
        }

        return new PullEnd(null, Incomplete: SledAnswer.IncompleteWord(outcome));
    }

    private static string Told(PullEnd end, DeviceOutcome<SledVmmState> outcome) => end.Standing is { } standing && end.Failure is null
        ? $"{standing.Report.State}, generation {standing.Report.StateGeneration}{(standing.Changed ? "" : " (nothing new)")}"
        : outcome.Describe();
}
