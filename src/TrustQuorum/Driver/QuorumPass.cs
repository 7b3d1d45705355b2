using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.TrustQuorum;

/// <summary>One pass over one rack (trust-quorum 6.2 to 6.5).</summary>
internal sealed class QuorumPass(
    IViews views,
    IEntities entities,
    RackSleds racks,
    CommitDriver commits,
    SledStarter starter,
    TrustQuorumStatus status,
    TrustQuorumMetrics metrics,
    IRandomSource random,
    TimeProvider time,
    ILogger<QuorumPass> log)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // A started agent registers by itself; until then it is looked at and, if need be, started again, ever more seldom.
    private static readonly TimeSpan AgentPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AgentLongestPause = TimeSpan.FromMinutes(1);

    // From here on an agent that does not register is something that an operator should look at.
    private static readonly TimeSpan AgentPatience = TimeSpan.FromMinutes(2);

    // Per rack when each sled that is waited for was first started by this node; bounded by the racks' sizes.
    private readonly ConcurrentDictionary<RackId, ImmutableDictionary<BaseboardId, DateTimeOffset>> _started = new();

    /// <summary>Preparing or committing: the next step of the newest record.</summary>
    public async ValueTask<Reconciled> DriveAsync(TqRackRow row, CancellationToken ct)
    {
        if (await FindAsync(row.Rack, row.LatestEpoch, ct).ConfigureAwait(false) is not { IsActive: true } record)
        {
            status.Forget(row.Rack);
            return Reconciled.Done;
        }

        var sleds = await racks.OfAsync(row.Rack, ct).ConfigureAwait(false);
        if (record.IsPreparing)
        {
            var (after, end) = await PrepareAsync(record, sleds, ct).ConfigureAwait(false);
            if (after is null)
            {
                return end;
            }

            // Re-read: operations are built from what is recorded now, never from what was read before (H2).
            record = after;
        }

        return await CommitAsync(record, sleds, ct).ConfigureAwait(false);
    }

    /// <summary>Starts agents of members of the configuration in force (H3: also when nothing else is to be done).</summary>
    public async ValueTask<Reconciled> StartAgentsAsync(TqRackRow row, CancellationToken ct)
    {
        var latest = await FindAsync(row.Rack, row.LatestEpoch, ct).ConfigureAwait(false);
        var record = latest is { IsPreparing: false, State: not TqStates.Aborted } || row.BaseEpoch is not { } under
            ? latest
            : await FindAsync(row.Rack, under, ct).ConfigureAwait(false);
        if (record is null)
        {
            return Reconciled.Done;
        }

        var sleds = await racks.OfAsync(row.Rack, ct).ConfigureAwait(false);
        var candidates = SledStarter.Candidates(record, sleds);
        if (candidates.IsEmpty)
        {
            _started.TryRemove(row.Rack, out _);
            status.Forget(row.Rack, isStart: true);
            return Reconciled.Done;
        }

        var report = new DriverReport(row.Rack, record.Epoch);
        if (await starter.RunAsync(record, candidates, sleds, ct).ConfigureAwait(false) is not { } results)
        {
            return Failed(report, "no other member is a commissioned sled that could start the agents", isStart: true);
        }

        var since = StartedSince(row.Rack, candidates, results);
        status.Record(report with { Starts = [.. results.Select(r => WithLate(r, since))] }, isStart: true);
        var errors = results.SelectMany(r => r.Errors).ToList();
        return errors.Count == 0
            ? Reconciled.After(AgentPauseAfter(since.Values.Max()))
            : Reconciled.Retry($"agent of {errors[0].Sled}: {errors[0].Why}");
    }

    private ImmutableDictionary<BaseboardId, DateTimeOffset> StartedSince(
        RackId rack, ImmutableArray<BaseboardId> candidates, ImmutableArray<StartResult> results)
    {
        var known = _started.GetValueOrDefault(rack, ImmutableDictionary<BaseboardId, DateTimeOffset>.Empty);
        var now = time.GetUtcNow();
        var since = known.RemoveRange(known.Keys.Where(sled => !candidates.Contains(sled)))
            .AddRange(results.SelectMany(r => r.Started)
                .Where(s => !known.ContainsKey(s.Sled))
                .Select(s => KeyValuePair.Create(s.Sled, now)));
        _started[rack] = since;
        return since;
    }

    private StartResult WithLate(StartResult result, ImmutableDictionary<BaseboardId, DateTimeOffset> since)
    {
        var now = time.GetUtcNow();
        var late = result.Started.Where(s => now - since[s.Sled] >= AgentPatience).ToImmutableArray();
        return result with
        {
            Started = result.Started.RemoveRange(late),
            Errors = result.Errors.AddRange(late.Select(s => (s.Sled, $"started, not registered since {since[s.Sled]:O}"))),
        };
    }

    // As the youngest needs it: nobody who was just started waits for one that never comes.
    private TimeSpan AgentPauseAfter(DateTimeOffset youngest)
    {
        var pause = (time.GetUtcNow() - youngest) / 8;
        return pause < AgentPause ? AgentPause : pause > AgentLongestPause ? AgentLongestPause : pause;
    }

    // The record when it is committing now, else how the pass ends.
    private async ValueTask<(TqRecord? Committing, Reconciled End)> PrepareAsync(
        TqRecord record, CommissionedSleds sleds, CancellationToken ct)
    {
        var report = new DriverReport(record.Rack, record.Epoch);
        if (sleds.Port(record.Coordinator) is not { } port)
        {
            status.Record(report with { Line = DriverReport.Decommissioned(record.Coordinator) });
            return (null, Reconciled.Done);
        }

        var asked = await port.CoordinatorStatusAsync(ct).ConfigureAwait(false);
        if (asked is not DeviceOutcome<QuorumCoordination>.Answered { Value: var said })
        {
            return (null, Failed(report, $"status of coordinator {record.Coordinator}: {asked.Describe()}"));
        }

        if (PreparePlan.Report(record, said.Status) is not { } command)
        {
            return (null, Silent(record, report));
        }

        var recorded = await entities.AskAsync(Addresses.TqConfig(record.Rack), command, Ask(), ct).ConfigureAwait(false);
        if (recorded is not Outcome<RecordedReply>.Accepted { Value: var reply })
        {
            return (null, await RejectedAsync(record, report, recorded, ct).ConfigureAwait(false));
        }

        if (reply.State == TqStates.Committing && await FindAsync(record.Rack, record.Epoch, ct).ConfigureAwait(false) is { } after)
        {
            log.Committing(record.Rack, record.Epoch);
            return (after, default);
        }

        status.Record(report with { Line = DriverReport.Preparing });
        return (null, Reconciled.After(Pause(record.TimeCreated)));
    }

    private async ValueTask<Reconciled> CommitAsync(TqRecord record, CommissionedSleds sleds, CancellationToken ct)
    {
        var report = new DriverReport(record.Rack, record.Epoch);
        if (record.State != TqStates.Committing)
        {
            status.Record(report with { Line = DriverReport.Inactive });
            return Reconciled.Done;
        }

        if (CommitPlan.Configuration(record) is not { } config)
        {
            return Failed(report, "the record lacks a share digest or the sealed prior secrets, so no configuration can be sent");
        }

        if (await commits.RunAsync(record, config, sleds, ct).ConfigureAwait(false) is not { } results)
        {
            return Failed(report, "no member is a commissioned sled that could carry commit operations");
        }

        status.Record(report with { Commits = results });
        var acked = results.SelectMany(r => r.Acked).ToImmutableArray();
        if (!acked.IsEmpty)
        {
            var recorded = await entities.AskAsync(
                Addresses.TqConfig(record.Rack), new RecordCommit(record.Epoch, acked), Ask(), ct).ConfigureAwait(false);
            if (recorded is not Outcome<RecordedReply>.Accepted { Value: var reply })
            {
                return await RejectedAsync(record, report, recorded, ct).ConfigureAwait(false);
            }

            if (reply.State == TqStates.Committed)
            {
                log.Committed(record.Rack, record.Epoch);
                metrics.Reconfigured(time.GetUtcNow() - record.TimeCreated);
                return Reconciled.Done;
            }
        }

        return results.SelectMany(r => r.Errors).FirstOrDefault() is { } error
            ? Reconciled.Retry(error)
            : Reconciled.After(Pause(record.TimeCommitting ?? record.TimeCreated));
    }

    // Nothing heard yet, or nothing left to hear (H5).
    private Reconciled Silent(TqRecord record, DriverReport report)
    {
        if (record.CoordinatorCall == CoordinatorCalls.Out)
        {
            status.Record(report with { Line = DriverReport.Preparing });
            return Reconciled.After(Pause(record.TimeCreated));
        }

        log.CoordinatorLost(record.Rack, record.Epoch, record.Coordinator);
        return Failed(report, "coordinator holds no state for this reconfiguration; abort required");
    }

    private async ValueTask<Reconciled> RejectedAsync(
        TqRecord record, DriverReport report, Outcome<RecordedReply> recorded, CancellationToken ct)
    {
        if (recorded is not Outcome<RecordedReply>.Refused refused)
        {
            return Failed(report, $"the report was not taken: {recorded}");
        }

        // Aborted or taken over while this pass was at the sleds: nothing is wrong, there is only nothing left to do.
        if (await FindAsync(record.Rack, record.Epoch, ct).ConfigureAwait(false) is not { IsActive: true })
        {
            status.Record(report with { Line = DriverReport.Inactive });
            return Reconciled.Done;
        }

        log.ReportRejected(record.Rack, record.Epoch, refused.Why.Message);
        return Failed(report, refused.Why.Message);
    }

    private Reconciled Failed(DriverReport report, string error, bool isStart = false)
    {
        status.Record(report with { Error = error }, isStart);
        return Reconciled.Retry(error);
    }

    // Steps that just began are looked at often, old ones seldom: nobody waits for a period, and nobody is asked for ever.
    private TimeSpan Pause(DateTimeOffset since)
    {
        var pause = (time.GetUtcNow() - since) / 8;
        return pause < ShortestPause ? ShortestPause : pause > LongestPause ? LongestPause : pause;
    }

    private async ValueTask<TqRecord?> FindAsync(RackId rack, long epoch, CancellationToken ct) =>
        (await views.GetAsync(TqViews.Configs, TqViews.ConfigKey(rack, epoch), ct).ConfigureAwait(false))?.Row;

    private AskOptions Ask() => new()
    {
        Key = CommandKey.Fresh(random),
        Deadline = TimeSpan.FromSeconds(10),
        Caller = Principal.Reconciler(Reconcilers.TrustQuorum),
    };
}
