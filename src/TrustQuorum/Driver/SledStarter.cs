using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;
using Microsoft.Extensions.Logging;

namespace Gantry.TrustQuorum;

/// <summary>Starts the agents of members that committed and have no sled yet, through other members (trust-quorum 6.4).</summary>
internal sealed class SledStarter(
    IEntities entities, IRandomSource random, TrustQuorumMetrics metrics, ILogger<SledStarter> log)
{
    /// <summary>Committed members without a sled of this rack that is in service.</summary>
    public static ImmutableArray<BaseboardId> Candidates(TqRecord record, CommissionedSleds sleds) =>
    [
        .. record.Members
            .Where(m => m.State == TqMemberStates.Committed && !sleds.IsRunning(m.Id))
            .Select(m => m.Id),
    ];

    /// <summary>What each helper started; null when there is no helper.</summary>
    public async Task<ImmutableArray<StartResult>?> RunAsync(
        TqRecord record, ImmutableArray<BaseboardId> candidates, CommissionedSleds sleds, CancellationToken ct)
    {
        var others = record.Members.Select(m => m.Id).Where(id => !candidates.Contains(id));
        var helpers = sleds.Draw(others, Math.Min(TrustQuorumLimits.ClientsMax, candidates.Length), random);
        if (helpers.IsEmpty)
        {
            return null;
        }

        var shares = CommitPlan.Share(candidates, helpers.Length);
        var results = await Task.WhenAll(helpers.Zip(shares, (helper, share) =>
            StartAsync(record.Rack, helper.Id, helper.Port, share, ct))).ConfigureAwait(false);
        return [.. results];
    }

    private async Task<StartResult> StartAsync(
        RackId rack, BaseboardId helper, ISledQuorumPort port, ImmutableArray<BaseboardId> share, CancellationToken ct)
    {
        var started = ImmutableArray.CreateBuilder<(BaseboardId, SledId)>();
        var errors = ImmutableArray.CreateBuilder<(BaseboardId, string)>();
        foreach (var sled in share)
        {
            var (id, error) = await StartOneAsync(rack, sled, port, ct).ConfigureAwait(false);
            metrics.Start(id is not null);
            if (id is { } given)
            {
                log.SledStarted(rack, sled, given, helper);
                started.Add((sled, given));
            }
            else
            {
                log.SledNotStarted(rack, sled, error);
                errors.Add((sled, error));
            }
        }

        return new StartResult(helper, started.ToImmutable(), errors.ToImmutable());
    }

    private async Task<(SledId? Id, string Error)> StartOneAsync(RackId rack, BaseboardId sled, ISledQuorumPort port, CancellationToken ct)
    {
        var commissioned = await entities.AskAsync(
            Addresses.Rack(rack),
            new MemberCommitted(sled),
            new AskOptions
            {
                Key = CommandKey.Fresh(random),
                Deadline = TimeSpan.FromSeconds(10),
                Caller = Principal.Reconciler(Reconcilers.TrustQuorum),
            },
            ct).ConfigureAwait(false);
        if (commissioned is not Outcome<SledCommissioned>.Accepted { Value: var given })
        {
            return (null, commissioned is Outcome<SledCommissioned>.Refused refused ? refused.Why.Message : $"no sled id was given out: {commissioned}");
        }

        var outcome = await port.StartSledAsync(
            Request(rack, sled, given), ct).ConfigureAwait(false);
        return outcome is DeviceOutcome<NoContent>.Answered ? (given.Sled, "") : (null, outcome.Describe());
    }

    private static AddSledRequest Request(RackId rack, BaseboardId sled, SledCommissioned given) => new(
        sled,
        new StartSledAgentRequest(
            Generation: 0,
            SchemaVersion: 1,
            new StartSledAgentBody(given.Sled, rack, UseTrustQuorum: true, IsLrtqLearner: false, new UnderlaySubnet(given.Subnet))));
}
