using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>Asks a sled to bring a VMM into another state, and judges the answer (vmm 3.7, 4.4 step 10, 4.5).</summary>
internal sealed class PutStateActivity(
    IViews views, SledAccess sleds, VmmPuller puller, VmmReporter reporter, Lazy<IReconcilers> reconcilers, TimeProvider time) : IActivity
{
    public const string ActivityName = "instance-put-state";

    // A sled answers "no such instance" for a VMM that it is only about to get, and that would read as lost: the saga asks again, and meanwhile no
    // place among those that run at once is taken.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public string Name => ActivityName;

    public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
    {
        var wanted = (PutVmmState)input;
        if (await sleds.FindAsync(wanted.Sled, ct).ConfigureAwait(false) is not { } sled)
        {
            return new Reply.Refused(InstancesErrors.SledGone(wanted.Sled));
        }

        if (wanted is { IsStart: false, State: TransitionSaga.Stop } && await HasEndedAsync(wanted.Vmm, ct).ConfigureAwait(false))
        {
            // An earlier run of this step got through, on this node or on the one that had the shard before.
            return new Reply.Accepted(Done.Instance);
        }

        if (!wanted.IsStart && WhyNotThere(await FindAsync(wanted.Vmm, ct).ConfigureAwait(false), wanted.Vmm, time.GetUtcNow()) is { } why)
        {
            return new Reply.Refused(why);
        }

        if (wanted.IsStart && Already((await FindAsync(wanted.Vmm, ct).ConfigureAwait(false))?.State, wanted.Vmm) is { } end)
        {
            return end;
        }

        var port = sleds.PortOf(sled);
        var outcome = await port.PutStateAsync(wanted.Vmm.Value, new VmmStateRequest(wanted.State), ct).ConfigureAwait(false);
        if (outcome is DeviceOutcome<SledVmmUpdate>.Answered answered)
        {
            await TakeAsync(port, wanted, answered.Value.UpdatedRuntime, ct).ConfigureAwait(false);
            return new Reply.Accepted(Done.Instance);
        }

        if (wanted.IsStart)
        {
            return new Reply.Refused(SledAnswer.ForStart(outcome));
        }

        if (SledAnswer.IsGone(outcome))
        {
            // The user is told after the instance shows it. One that had ended by then did what was asked.
            var standing = await puller.GoneAsync(wanted.Vmm, sled, Name, ct).ConfigureAwait(false);
            return wanted.State == TransitionSaga.Stop && standing?.Report.State == VmmWords.Destroyed
                ? new Reply.Accepted(Done.Instance)
                : new Reply.Refused(InstancesErrors.Gone(wanted.Vmm));
        }

        if (SledAnswer.IsOwedPull(outcome))
        {
            reconcilers.Value.Nudge(Reconcilers.VmmPull, Addresses.Vmm(wanted.Vmm).ToString());
        }

        return new Reply.Refused(SledAnswer.ForUser(outcome));
    }

    // A request that changes nothing yet is answered with the state that is on record (vmm 6, put-state answers).
    private async ValueTask<bool> IsKnownAsync(VmmId vmm, SledVmmState said, CancellationToken ct) =>
        said is { MigrationIn: null, MigrationOut: null }
        && (await views.GetAsync(InstanceViews.Vmms, vmm.ToString(), ct).ConfigureAwait(false))?.Row.StateGeneration >= said.VmmState.Gen;

    /// <summary>
    /// How the last step of a start ends before its sled is asked; null when it has to be asked. An earlier run that got through is success: a failure
    /// now must not take a guest back that runs. A VMM that has ended, because a stop or its sled was quicker, is none: what was charged after its
    /// end nobody else gives back.
    /// </summary>
    internal static Reply? Already(string? state, VmmId vmm) => state switch
    {
        VmmWords.Running or VmmWords.Rebooting or VmmWords.Stopping => new Reply.Accepted(Done.Instance),
        null or VmmWords.Destroyed or VmmWords.Failed or VmmWords.SagaUnwound => new Reply.Refused(InstancesErrors.EndedBeforeRun(vmm)),
        _ => null,
    };

    private async ValueTask<VmmRow?> FindAsync(VmmId vmm, CancellationToken ct) =>
        (await views.GetAsync(InstanceViews.Vmms, vmm.ToString(), ct).ConfigureAwait(false))?.Row;

    // Ended by the sled's word; a record that is deleted by now leaves a grave.
    private async ValueTask<bool> HasEndedAsync(VmmId vmm, CancellationToken ct) =>
        await views.GetAsync(InstanceViews.Vmms, vmm.ToString(), ct).ConfigureAwait(false) is { } known
            ? known.Row.State == VmmWords.Destroyed
            : await views.GetAsync(InstanceViews.VmmGraves, vmm.ToString(), ct).ConfigureAwait(false) is not null;

    /// <summary>Why a stop or reboot cannot be brought to the sled now; null when it can.</summary>
    internal static Refusal? WhyNotThere(VmmRow? row, VmmId vmm, DateTimeOffset now) => row switch
    {
        null or { State: VmmWords.SagaUnwound } => InstancesErrors.VmmUnwound(vmm),
        { State: not VmmWords.Creating } => null,
        _ when now - row.TimeCreated < s_patience => InstancesErrors.VmmNotRegisteredYet(vmm),
        _ => InstancesErrors.VmmBeingRegistered(vmm),
    };

    private async ValueTask TakeAsync(ISledPort port, PutVmmState wanted, SledVmmState? updated, CancellationToken ct)
    {
        if (updated is null || await IsKnownAsync(wanted.Vmm, updated, ct).ConfigureAwait(false))
        {
            return;
        }

        await reporter.ApplyAsync(wanted.Vmm, updated, Name, ct).ConfigureAwait(false);
        if (VmmWords.IsTerminal(updated.VmmState.State))
        {
            // Handed over: the sled may forget it. Best effort, for the sled forgets by itself in the end.
            await port.UnregisterAsync(wanted.Vmm.Value, ct).ConfigureAwait(false);
        }
    }
}
