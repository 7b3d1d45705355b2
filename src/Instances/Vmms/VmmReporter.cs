using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Instances;

/// <summary>
/// Takes news of a VMM into its record (vmm 3.2). The mail between the two takes it to the instance; where somebody waits who caused the change
/// it is brought there at once besides, so that it is read.
/// </summary>
internal sealed class VmmReporter(Asking asking, DoorbellMetrics metrics, ILogger<VmmReporter> log)
{
    /// <summary>What the sled said, and its instance knows it too; null when there is no such VMM any more.</summary>
    public ValueTask<VmmStanding?> ApplyAsync(VmmId vmm, SledVmmState said, string who, CancellationToken ct) =>
        ApplyAsync(vmm, said, who, isWaitedFor: true, ct);

    /// <summary>What the sled said; where nobody waits for it the instance is left to its mail. Null when there is no such VMM any more.</summary>
    public async ValueTask<VmmStanding?> ApplyAsync(VmmId vmm, SledVmmState said, string who, bool isWaitedFor, CancellationToken ct)
    {
        var command = new ApplySledState(
            new SledSaid(said.VmmState.State, said.VmmState.Gen, said.VmmState.TimeUpdated, SideOf(said.MigrationIn), SideOf(said.MigrationOut)));
        return await TellAsync(vmm, command, who, isWaitedFor, ct).ConfigureAwait(false);
    }

    /// <summary>The control plane's verdict; null when there is no such VMM any more.</summary>
    public async ValueTask<VmmStanding?> FailAsync(VmmId vmm, string reason, string who, CancellationToken ct)
    {
        var standing = await TellAsync(vmm, new FailVmm(reason), who, isWaitedFor: true, ct).ConfigureAwait(false);
        if (standing is { Changed: true })
        {
            InstancesLog.VmmFailed(log, vmm.ToString(), standing.Report.Instance.ToString(), reason);
        }

        return standing;
    }

    private async ValueTask<VmmStanding?> TellAsync(VmmId vmm, ICommand<VmmStanding> command, string who, bool isWaitedFor, CancellationToken ct)
    {
        var asked = await asking.AskAsync(Addresses.Vmm(vmm), command, who, ct).ConfigureAwait(false);
        if (asked.Value is not { } standing)
        {
            return asked.Why is { Kind: RefusalKind.NotFound }
                ? null
                : throw new AskNotAnsweredException($"VMM {vmm} did not take the news: {asked.Why?.Message}");
        }

        if (standing.IsAfterTerminal && command is ApplySledState apply)
        {
            metrics.AfterTerminal();
            InstancesLog.UpdateAfterTerminal(log, vmm.ToString(), standing.Report.State, apply.Said.StateGeneration);
        }

        if (standing.Changed)
        {
            InstancesLog.VmmMoved(log, vmm.ToString(), standing.Report.State, standing.Report.StateGeneration);
            if (isWaitedFor)
            {
                await asking.AskAsync(Addresses.Instance(standing.Report.Instance), standing.Report, who, ct).ConfigureAwait(false);
            }
        }

        return standing;
    }

    private static MigrationSide? SideOf(SledMigrationState? side) => side is null
        ? null
        : new MigrationSide(MigrationId.From(side.MigrationId), side.State, side.Gen, side.TimeUpdated);
}
