using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Instances;

/// <summary>One pull: ask the sled, judge the answer by vmm 3.7, store it by 3.2, hand a terminal state over. Thread-safe.</summary>
internal sealed class VmmPuller(
    SledAccess sleds, VmmReporter reporter, DoorbellMetrics metrics, InstanceTimeline timeline, TimeProvider time, ILogger<VmmPuller> log)
{
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
        var end = await JudgeAsync(vmm, outcome, who, ct).ConfigureAwait(false);
        metrics.Pulled(who, end.Word, time.GetElapsedTime(began));
        timeline.Note(vmm.Instance, vmm.Id, "pull", $"{who}: {Told(end, outcome)}");
        if (end.Incomplete is not null)
        {
            InstancesLog.PullInconclusive(log, vmm.Id.ToString(), sled.Serial, outcome.Describe());
        }

        if (outcome is DeviceOutcome<SledVmmState>.Answered { Value.VmmState.State: var state } && VmmWords.IsTerminal(state))
        {
            metrics.HandedOver();
            await ForgetAsync(vmm.Id, sled, ct).ConfigureAwait(false);
        }

        return end;
    }

    /// <summary>The hand-over receipt, and the fence: best effort, once. The sled forgets by itself in the end.</summary>
    public async ValueTask ForgetAsync(VmmId vmm, SledRow sled, CancellationToken ct)
    {
        var answer = await sleds.PortOf(sled).UnregisterAsync(vmm.Value, ct).ConfigureAwait(false);
        InstancesLog.HandedOver(log, sled.Serial, vmm.ToString(), answer.Describe());
    }

    private async ValueTask<PullEnd> JudgeAsync(VmmRow vmm, DeviceOutcome<SledVmmState> outcome, string who, CancellationToken ct)
    {
        if (outcome is DeviceOutcome<SledVmmState>.Answered answered)
        {
            return await reporter.ApplyAsync(vmm.Id, answered.Value, who, ct).ConfigureAwait(false) is { } standing
                ? new PullEnd(standing)
                : new PullEnd(null, Incomplete: PullEnd.NotFound);
        }

        if (SledAnswer.IsGone(outcome))
        {
            var failed = await reporter.FailAsync(vmm.Id, FailureReasons.NoSuchInstance, who, ct).ConfigureAwait(false);
            return new PullEnd(failed, FailureReasons.NoSuchInstance);
        }

        return new PullEnd(null, Incomplete: SledAnswer.IncompleteWord(outcome));
    }

    private static string Told(PullEnd end, DeviceOutcome<SledVmmState> outcome) => end.Standing is { } standing && end.Failure is null
        ? $"{standing.Report.State}, generation {standing.Report.StateGeneration}{(standing.Changed ? "" : " (nothing new)")}"
        : outcome.Describe();
}
