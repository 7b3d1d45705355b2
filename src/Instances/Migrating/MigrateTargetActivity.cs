using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Instances;

/// <summary>
/// Tells the target to take the guest in. Refused only when it surely was not told, by this run or one before a crash: everything else stands, and
/// the sleds' reports decide (vmm 4.7).
/// </summary>
internal sealed class MigrateTargetActivity(SledAccess sleds, Asking asking, VmmReporter reporter, ILogger<MigrateTargetActivity> log) : IActivity
{
    public const string ActivityName = "instance-migrate-target";

    public string Name => ActivityName;

    public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
    {
        var wanted = (MigrateTarget)input;
        if (await sleds.FindAsync(wanted.Sled, ct).ConfigureAwait(false) is not { } sled)
        {
            return new Reply.Refused(InstancesErrors.SledGone(wanted.Sled));
        }

        var asked = await asking.AskAsync(Addresses.Vmm(wanted.Vmm), new AttemptTarget(), Name, ct).ConfigureAwait(false);
        if (asked.Value is not { } standing)
        {
            return new Reply.Refused(asked.Why ?? throw Invariant.Unreachable("an answer has a value or a refusal"));
        }

        var request = new VmmStateRequest("migration_target", $"[{wanted.SourceAddress}]:{InstancesLimits.PropolisPort}");
        var outcome = await sleds.PortOf(sled).PutStateAsync(wanted.Vmm.Value, request, ct).ConfigureAwait(false);
        if (outcome is DeviceOutcome<SledVmmUpdate>.Answered answered)
        {
            if (answered.Value.UpdatedRuntime is { } updated)
            {
                await reporter.ApplyAsync(wanted.Vmm, updated, Name, ct).ConfigureAwait(false);
            }

            return new Reply.Accepted(Done.Instance);
        }

        // Told again it may well refuse what it is doing already.
        if (standing.Attempt == 1 && (SledAnswer.IsSurelyNotSent(outcome) || outcome is DeviceOutcome<SledVmmUpdate>.Rejected { Status: < 500 }))
        {
            return new Reply.Refused(SledAnswer.ForStart(outcome));
        }

        InstancesLog.MigrationUncertain(log, wanted.Migration.ToString(), outcome.Describe());
        return new Reply.Accepted(Done.Instance);
    }
}
