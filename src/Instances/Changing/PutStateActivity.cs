using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;

namespace Gantry.Instances;

/// <summary>Asks a sled to bring a VMM into another state, and judges the answer (vmm 3.7, 4.4 step 10, 4.5).</summary>
internal sealed class PutStateActivity(SledAccess sleds, VmmReporter reporter, Lazy<IReconcilers> reconcilers) : IActivity
{
    public const string ActivityName = "instance-put-state";

    public string Name => ActivityName;

    public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
    {
        var wanted = (PutVmmState)input;
        if (await sleds.FindAsync(wanted.Sled, ct).ConfigureAwait(false) is not { } sled)
        {
            return new Reply.Refused(InstancesErrors.SledGone(wanted.Sled));
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
            // The user is told after the instance shows it.
            await reporter.FailAsync(wanted.Vmm, FailureReasons.NoSuchInstance, Name, ct).ConfigureAwait(false);
            return new Reply.Refused(InstancesErrors.Gone(wanted.Vmm));
        }

        if (SledAnswer.IsOwedPull(outcome))
        {
            reconcilers.Value.Nudge(Reconcilers.VmmPull, Addresses.Vmm(wanted.Vmm).ToString());
        }

        return new Reply.Refused(SledAnswer.ForUser(outcome));
    }

    private async ValueTask TakeAsync(ISledPort port, PutVmmState wanted, SledVmmState? updated, CancellationToken ct)
    {
        if (updated is null)
        {
            return;
        }

        await reporter.ApplyAsync(wanted.Vmm, updated, isAnswer: true, Name, ct).ConfigureAwait(false);
        if (VmmWords.IsTerminal(updated.VmmState.State))
        {
            // Handed over: the sled may forget it. Best effort, for the sled forgets by itself in the end.
            await port.UnregisterAsync(wanted.Vmm.Value, ct).ConfigureAwait(false);
        }
    }
}
