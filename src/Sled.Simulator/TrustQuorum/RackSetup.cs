using System.Collections.Immutable;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Sled.Simulator;

/// <summary>
/// Plays the setup sled of a new rack (tq 7.4): it makes epoch 1, waits until every member acknowledged, commits it and passes the commit on.
/// What comes out is what rack setup hands over to the control plane.
/// </summary>
public static class RackSetup
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>Forms the quorum of these sleds; the first one coordinates.</summary>
    /// <exception cref="InvalidOperationException">A sled has no quorum node, or refused.</exception>
    public static async Task<(ImmutableArray<BaseboardId> Members, BaseboardId Coordinator)> FormAsync(
        ImmutableArray<RunningSled> sleds, Guid rack, TimeProvider time, CancellationToken ct)
    {
        var host = sleds[0].Quorum?.Host ?? throw new InvalidOperationException($"sled {sleds[0].Serial} has no quorum node");
        var members = sleds.Select(s => s.Quorum?.Id ?? throw new InvalidOperationException($"sled {s.Serial} has no quorum node"))
            .Order().ToImmutableArray();
        var epoch = new TqCommitRequest(RackId.From(rack), 1);
        Check(await host.ReconfigureAsync(
            new ReconfigureMsg
            {
                RackId = epoch.RackId, Epoch = 1, Members = members, Threshold = (byte)QuorumSizes.Threshold(members.Length),
            },
            ct).ConfigureAwait(false));
        while ((await host.CoordinatorStatusAsync(ct).ConfigureAwait(false)).Value?.AckedPrepares.Length != members.Length)
        {
            await Task.Delay(Look, time, ct).ConfigureAwait(false);
        }

        Check((await host.CommitAsync(epoch, ct).ConfigureAwait(false)).Error);
        foreach (var member in members.Where(m => m != host.Self))
        {
            Check((await host.ProxyCommitAsync(new TqProxyCommitRequest(member, epoch), ct).ConfigureAwait(false)).Error);
        }

        return (members, host.Self);
    }

    private static void Check(TqError? error)
    {
        if (error is not null)
        {
            throw new InvalidOperationException($"rack setup stopped: {error.Message}");
        }
    }
}
