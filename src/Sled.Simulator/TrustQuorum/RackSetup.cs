using System.Collections.Immutable;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Sled.Simulator;

/// <summary>
/// Plays the setup sled of a new rack (tq 7.4): it makes epoch 1, waits until every member acknowledged, commits it and passes the commit on.
/// What comes out is what rack setup hands over to the control plane. Done again with the same sleds, it goes on from where it ended.
/// </summary>
public static class RackSetup
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Forms the quorum of these sleds; the first one coordinates.</summary>
    /// <exception cref="InvalidOperationException">A sled has no quorum node, refused, lost its state, or did not answer in time.</exception>
    public static async Task<(ImmutableArray<BaseboardId> Members, BaseboardId Coordinator)> FormAsync(
        ImmutableArray<RunningSled> sleds, Guid rack, TimeProvider time, CancellationToken ct)
    {
        var host = sleds[0].Quorum?.Host ?? throw new InvalidOperationException($"sled {sleds[0].Serial} has no quorum node");
        var members = sleds.Select(s => s.Quorum?.Id ?? throw new InvalidOperationException($"sled {s.Serial} has no quorum node"))
            .Order().ToImmutableArray();
        var epoch = new TqCommitRequest(RackId.From(rack), 1);
        if (!IsMade(host, epoch.RackId, members))
        {
            Check(await host.ReconfigureAsync(
                new ReconfigureMsg
                {
                    RackId = epoch.RackId, Epoch = 1, Members = members, Threshold = (byte)QuorumSizes.Threshold(members.Length),
                },
                ct).ConfigureAwait(false));
        }

        await PreparedAsync(host, members, time, ct).ConfigureAwait(false);
        Check(await host.CommitAsync(epoch, ct).ConfigureAwait(false));
        foreach (var member in members.Where(m => m != host.Self))
        {
            Check(await host.ProxyCommitAsync(new TqProxyCommitRequest(member, epoch), ct).ConfigureAwait(false));
        }

        return (members, host.Self);
    }

    // A setup that ended before the hand-over left the configuration on the coordinator's drives.
    private static bool IsMade(TqNodeHost host, RackId rack, ImmutableArray<BaseboardId> members)
    {
        if (host.State.LatestConfig is not { } held)
        {
            return false;
        }

        return held.Epoch == 1 && held.RackId == rack && held.Coordinator == host.Self && held.Members.Select(m => m.Id).SequenceEqual(members)
            ? true
            : throw new InvalidOperationException(
                $"rack setup stopped: sled {host.Self} holds epoch {held.Epoch} of rack {held.RackId} already; empty its drives to set it up anew");
    }

    // The coordinator counts the acknowledgements; one that was restarted does not know them any more, so every member is asked for its share.
    private static async Task PreparedAsync(TqNodeHost host, ImmutableArray<BaseboardId> members, TimeProvider time, CancellationToken ct)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var status = await host.CoordinatorStatusAsync(ct).ConfigureAwait(false);
            Check(status.Error);
            var lacking = status.Value is { } coordinating
                ? members.Except(coordinating.AckedPrepares).ToList()
                : await LackingAsync(host, members, ct).ConfigureAwait(false);
            if (lacking.Count == 0)
            {
                return;
            }

            if (time.GetElapsedTime(began) > Patience)
            {
                throw new InvalidOperationException($"rack setup stopped: not prepared after {Patience.TotalSeconds:0} s: {string.Join(", ", lacking)}");
            }

            await Task.Delay(Look, time, ct).ConfigureAwait(false);
        }
    }

    private static async Task<List<BaseboardId>> LackingAsync(TqNodeHost host, ImmutableArray<BaseboardId> members, CancellationToken ct)
    {
        var silent = new List<BaseboardId>();
        foreach (var member in members)
        {
            var status = member == host.Self
                ? await host.StatusAsync(ct).ConfigureAwait(false)
                : await host.ProxyStatusAsync(member, ct).ConfigureAwait(false);
            if (status.Value is not { } known)
            {
                silent.Add(member);
            }
            else if (!known.PersistentState.Shares.Contains(1UL))
            {
                throw new InvalidOperationException(
                    $"rack setup stopped: the coordinator {host.Self} was restarted before {member} had its share; empty the drives of all sleds to set the rack up anew");
            }
        }

        return silent;
    }

    private static void Check(TqCommitResult result)
    {
        Check(result.Error);
        if (result.Status != TqCommitStatus.Committed)
        {
            throw new InvalidOperationException("rack setup stopped: a member that had prepared epoch 1 did not commit it");
        }
    }

    private static void Check(TqError? error)
    {
        if (error is not null)
        {
            throw new InvalidOperationException($"rack setup stopped: {error.Message}");
        }
    }
}
