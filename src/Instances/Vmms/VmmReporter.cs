using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Instances;

/// <summary>
/// Takes news of a VMM into its record and, where it changed, into its instance at once: the mail between them makes it sure, this makes it
/// prompt, so that whoever caused the change reads it (vmm 3.2).
/// </summary>
internal sealed class VmmReporter(Asking asking, DoorbellMetrics metrics, ILogger<VmmReporter> log)
{
    /// <summary>What the sled said; null when there is no such VMM any more.</summary>
    public async ValueTask<VmmStanding?> ApplyAsync(VmmId vmm, SledVmmState said, string who, CancellationToken ct)
    {
        var command = new ApplySledState(
            new SledSaid(said.VmmState.State, said.VmmState.Gen, said.VmmState.TimeUpdated, SideOf(said.MigrationIn), SideOf(said.MigrationOut)));
        return await TellAsync(vmm, command, who, ct).ConfigureAwait(false);
    }

    /// <summary>The control plane's verdict; null when there is no such VMM any more.</summary>
    public async ValueTask<VmmStanding?> FailAsync(VmmId vmm, string reason, string who, CancellationToken ct)
    {
        var standing = await TellAsync(vmm, new FailVmm(reason), who, ct).ConfigureAwait(false);
        if (standing is { Changed: true })
        {
            InstancesLog.VmmFailed(log, vmm.ToString(), standing.Report.Instance.ToString(), reason);
        }

        return standing;
    }

    private async ValueTask<VmmStanding?> TellAsync(VmmId vmm, ICommand<VmmStanding> command, string who, CancellationToken ct)
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
            await asking.AskAsync(Addresses.Instance(standing.Report.Instance), standing.Report, who, ct).ConfigureAwait(false);
        }

        return standing;
    }

    private static MigrationSide? SideOf(SledMigrationState? side) => side is null
        ? null
        : new MigrationSide(MigrationId.From(side.MigrationId), side.State, side.Gen, side.TimeUpdated);
}
