using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;
using Microsoft.Extensions.Logging;

namespace Gantry.TrustQuorum;

/// <summary>
/// Sends a proposed configuration to its coordinator, once and without retry (trust-quorum 5.3). When the process dies on the way it may be sent
/// a second time, which the node's own checks make harmless: what they answer then is no failure of the epoch.
/// </summary>
internal sealed class CoordinateActivity(
    IViews views, IEntities entities, RackSleds racks, IRandomSource random, ILogger<CoordinateActivity> log) : IActivity
{
    public string Name => TqProposals.CallActivity;

    public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
    {
        var call = (CoordinateInput)input;
        var found = await views.GetAsync(TqViews.Configs, TqViews.ConfigKey(call.Rack, call.Epoch), ct).ConfigureAwait(false);
        if (found?.Row is not { IsPreparing: true } record)
        {
            // Committing or later: the members have it, so the coordinator had.
            return found?.Row is { State: not TqStates.Aborted }
                ? new Reply.Accepted(Done.Instance)
                : new Reply.Refused(TrustQuorumErrors.Stale(call.Epoch, found?.Row.State ?? "not there", "the call to the coordinator"));
        }

        var sleds = await racks.OfAsync(call.Rack, ct).ConfigureAwait(false);
        if (sleds.Port(record.Coordinator) is not { } port)
        {
            return await GiveUpAsync(record, ct).ConfigureAwait(false);
        }

        var outcome = await CallAsync(port, record, ct).ConfigureAwait(false);
        if (outcome is DeviceOutcome<NoContent>.Answered || await HadItAsync(port, record, outcome, ct).ConfigureAwait(false))
        {
            log.CoordinatorTook(record.Rack, record.Epoch, record.Coordinator);
            return new Reply.Accepted(Done.Instance);
        }

        log.CoordinatorFailed(record.Rack, record.Epoch, record.Coordinator, outcome.Describe());
        var isAnswer = outcome is DeviceOutcome<NoContent>.Rejected { Status: not 503 } or DeviceOutcome<NoContent>.Garbled;
        return new Reply.Refused(isAnswer
            ? TrustQuorumErrors.CoordinatorRefused(record.Coordinator, record.Epoch, outcome.Describe())
            : TrustQuorumErrors.CoordinatorSilent(record.Coordinator, record.Epoch, outcome.Describe()));
    }

    private static ValueTask<DeviceOutcome<NoContent>> CallAsync(ISledQuorumPort port, TqRecord record, CancellationToken ct) =>
        record.State == TqStates.PreparingLrtqUpgrade
            ? port.UpgradeAsync(PreparePlan.Upgrade(record), ct)
            : port.ReconfigureAsync(PreparePlan.Reconfigure(record), ct);

    // Sent a second time after the first was taken: a coordinator stores the configuration when it starts preparing, and refuses it from then on.
    private static async ValueTask<bool> HadItAsync(
        ISledQuorumPort port, TqRecord record, DeviceOutcome<NoContent> outcome, CancellationToken ct) =>
        outcome is DeviceOutcome<NoContent>.Rejected { ErrorCode: nameof(TqErrorCode.PreparedEpochMismatch) }
        && await port.CoordinatorStatusAsync(ct).ConfigureAwait(false) is DeviceOutcome<QuorumCoordination>.Answered { Value.Status: { } said }
        && said.Config.RackId == record.Rack
        && said.Config.Epoch == (ulong)record.Epoch;

    private async ValueTask<Reply> GiveUpAsync(TqRecord record, CancellationToken ct)
    {
        var why = TrustQuorumErrors.CoordinatorGone(record.Coordinator, record.Epoch);
        var aborted = await entities.AskAsync(
            Addresses.TqConfig(record.Rack),
            new AbortLatest($"Coordinator {record.Coordinator} is no commissioned sled of the rack", record.Epoch, why),
            new AskOptions
            {
                Key = CommandKey.Fresh(random),
                Deadline = TimeSpan.FromSeconds(10),
                Caller = Principal.Reconciler(Name),
            },
            ct).ConfigureAwait(false);

        // Not known to be aborted is not known at all: run again.
        return aborted is Outcome<EpochReply>.Accepted or Outcome<EpochReply>.Refused
            ? new Reply.Refused(why)
            : throw new InvalidOperationException($"epoch {record.Epoch} could not be aborted: {aborted}");
    }
}
