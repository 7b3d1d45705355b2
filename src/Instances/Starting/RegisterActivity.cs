using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// Hands the VMM to its sled and takes the state it answers (vmm 4.4 step 8). Every failure is final here: what the sled may have done is taken
/// back by the undo of the step before.
/// </summary>
internal sealed class RegisterActivity(IViews views, SledAccess sleds, Asking asking, VmmReporter reporter, Doorbell doorbell, TimeProvider time)
    : IActivity
{
    public const string ActivityName = "instance-register-vmm";

    public string Name => ActivityName;

    public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
    {
        var wanted = (RegisterVmm)input;
        if (await sleds.FindAsync(wanted.Sled, ct).ConfigureAwait(false) is not { } sled)
        {
            return new Reply.Refused(InstancesErrors.SledGone(wanted.Sled));
        }

        var asked = await asking.AskAsync(Addresses.Vmm(wanted.Vmm), new AttemptRegister(), Name, ct).ConfigureAwait(false);
        if (asked.Value is not { } standing)
        {
            return new Reply.Refused(asked.Why ?? Refusal.NotFound("VMM", wanted.Vmm.ToString()));
        }

        if (standing.Report.State != VmmWords.Creating)
        {
            // An earlier run got its answer.
            return new Reply.Accepted(Done.Instance);
        }

        var body = await BodyAsync(wanted, standing.Report.StateGeneration + 1, ct).ConfigureAwait(false);
        var outcome = await sleds.PortOf(sled).RegisterAsync(wanted.Vmm.Value, body, ct).ConfigureAwait(false);
        if (outcome is DeviceOutcome<SledVmmState>.Answered answered)
        {
            await reporter.ApplyAsync(wanted.Vmm, answered.Value, Name, isWaitedFor: false, ct).ConfigureAwait(false);
            doorbell.Pay(wanted.Vmm);
            return new Reply.Accepted(Done.Instance);
        }

        doorbell.Forget(wanted.Vmm);
        if (SledAnswer.IsSurelyNotSent(outcome))
        {
            await asking.AskAsync(Addresses.Vmm(wanted.Vmm), new RegisterNotSent(), Name, ct).ConfigureAwait(false);
        }

        return new Reply.Refused(SledAnswer.ForStart(outcome));
    }

    private async ValueTask<VmmRegistration> BodyAsync(RegisterVmm wanted, long generation, CancellationToken ct)
    {
        var groups = await views.ListAsync(
            new ViewQuery<InstanceMulticastRow>(InstanceMulticastViews.InstanceMulticast).WhereEqual("instance", wanted.Instance.ToString()), ct)
            .ConfigureAwait(false);
        var externalIps = await views.ListAsync(
            new ViewQuery<InstanceExternalIpRow>(InstanceExternalIpViews.InstanceExternalIps).WhereEqual("instance", wanted.Instance.ToString()), ct)
            .ConfigureAwait(false);
        return new VmmRegistration
        {
            InstanceId = wanted.Instance.Value,
            Runtime = new VmmRuntime(wanted.Migration is null ? VmmWords.Starting : VmmWords.Migrating, generation, time.GetUtcNow()),
            MigrationId = wanted.Migration?.Value,
            Cpus = wanted.Cpus,
            MemoryBytes = wanted.MemoryBytes,
            Hostname = wanted.Hostname,
            PropolisAddress = $"[{wanted.VmmAddress}]:{InstancesLimits.PropolisPort}",
            SiloId = wanted.Silo.Value,
            ProjectId = wanted.Project.Value,
            MulticastGroups = [.. groups.Select(g => new SledMulticastMembership(g.Row.GroupAddress, g.Row.Sources))],
            ExternalIps = [.. externalIps.Select(i => new SledExternalIp(i.Row.Address, i.Row.IsFloating))],
        };
    }
}
