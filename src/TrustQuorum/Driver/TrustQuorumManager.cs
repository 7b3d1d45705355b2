using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Microsoft.Extensions.Options;

namespace Gantry.TrustQuorum;

/// <summary>
/// Drives a rack's newest configuration through prepare and commit and starts the agents of new members (trust-quorum 6). Level-triggered: a pass
/// reads the record and does the next step; every report nudges the next pass, and between reports the distance grows with the age of the step.
/// Two keys per rack, so that an agent that takes minutes to start holds no reconfiguration up.
/// </summary>
internal sealed class TrustQuorumManager(
    IViews views, QuorumPass pass, TrustQuorumStatus status, TrustQuorumMetrics metrics, IOptions<TrustQuorumOptions> options, TimeProvider time)
    : IReconciler
{
    private const string RackPrefix = "rack/";
    private const string StartPrefix = "sleds/";

    public string Name => Reconcilers.TrustQuorum;

    public ReconcilerOptions Options { get; } = new()
    {
        Period = TimeSpan.FromSeconds(options.Value.PeriodSecs),
        BackoffMax = TimeSpan.FromSeconds(10),
        TurnTimeout = TrustQuorumLimits.StartDeadline + TimeSpan.FromMinutes(1),
    };

    public ImmutableArray<NudgeRule> Nudges =>
    [
        new("tq-config", entity => [RackPrefix + entity.Key, StartPrefix + entity.Key]),
    ];

    public EntityAddress AddressOf(string key) => new("tq-config", key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..]);

    public async IAsyncEnumerable<string> ListAsync(ShardSet shards, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var item in views.AllAsync(new ViewQuery<TqRackRow>(TqViews.Racks), ct).ConfigureAwait(false))
        {
            if (shards.Contains(Addresses.TqConfig(item.Row.Rack)))
            {
                yield return RackPrefix + item.Key;
                yield return StartPrefix + item.Key;
            }
        }
    }

    public async ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct)
    {
        var isStart = key.StartsWith(StartPrefix, StringComparison.Ordinal);
        if (!Guid.TryParse(key[(isStart ? StartPrefix : RackPrefix).Length..], out var id))
        {
            return Reconciled.Done;
        }

        var rack = RackId.From(id);
        var started = time.GetTimestamp();
        if (await views.GetAsync(TqViews.Racks, rack.ToString(), ct).ConfigureAwait(false) is not { } row)
        {
            status.Forget(rack, isStart);
            return Reconciled.Done;
        }

        var end = isStart
            ? await pass.StartAgentsAsync(row.Row, ct).ConfigureAwait(false)
            : await pass.DriveAsync(row.Row, ct).ConfigureAwait(false);
        metrics.Pass(time.GetElapsedTime(started), end.End == ReconcileEnd.Done);
        return isStart ? end : end with { Report = Report(rack) };
    }

    // Both keys of a rack work on one status; the rack's own says it, so that the sum over the keys does not say it twice.
    private JsonElement Report(RackId rack)
    {
        var (statuses, errors) = status.Of(rack);
        return JsonSerializer.SerializeToElement(new TaskReport(new PerRackStatus(statuses, errors)), TaskReportJson.Default.TaskReport);
    }
}
