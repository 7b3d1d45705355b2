using System.Collections.Immutable;
using Gantry.Devices;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.TrustQuorum;

/// <summary>Carries commit operations through a few sleds at once (trust-quorum 6.5).</summary>
internal sealed class CommitDriver(IRandomSource random, TrustQuorumMetrics metrics)
{
    /// <summary>What each client carried; null when there is no client at all.</summary>
    public async Task<ImmutableArray<CommitResult>?> RunAsync(
        TqRecord record, TqConfiguration config, CommissionedSleds sleds, CancellationToken ct)
    {
        var operations = CommitPlan.Operations(record);
        var clients = sleds.Draw(
            record.Members.Select(m => m.Id), Math.Min(TrustQuorumLimits.ClientsMax, operations.Length), random);
        if (clients.IsEmpty)
        {
            return null;
        }

        var shares = CommitPlan.Share(operations, clients.Length);
        var results = await Task.WhenAll(clients.Zip(shares, (client, share) =>
            CarryAsync(client.Id, client.Port, share, config, ct))).ConfigureAwait(false);
        return [.. results];
    }

    private async Task<CommitResult> CarryAsync(
        BaseboardId client, ISledQuorumPort port, ImmutableArray<CommitOperation> share, TqConfiguration config, CancellationToken ct)
    {
        var acked = ImmutableArray.CreateBuilder<BaseboardId>();
        var pending = ImmutableArray.CreateBuilder<BaseboardId>();
        var errors = ImmutableArray.CreateBuilder<string>();
        foreach (var operation in share)
        {
            var destination = operation.Member == client ? null : operation.Member;
            var (isAcked, error) = operation.IsPrepared
                ? await CommitAsync(port, destination, config, ct).ConfigureAwait(false)
                : await PrepareAndCommitAsync(port, destination, config, ct).ConfigureAwait(false);
            if (isAcked)
            {
                acked.Add(operation.Member);
                metrics.Operation("acked");
            }
            else if (error is null)
            {
                pending.Add(operation.Member);
                metrics.Operation("pending");
            }
            else
            {
                var through = destination is null ? "" : $" through {client}";
                errors.Add($"{(operation.IsPrepared ? "commit" : "prepare-and-commit")} at {operation.Member}{through}: {error}");
                metrics.Operation("error");
            }
        }

        return new CommitResult(client, acked.ToImmutable(), pending.ToImmutable(), errors.ToImmutable());
    }

    private static async Task<(bool IsAcked, string? Error)> CommitAsync(
        ISledQuorumPort port, BaseboardId? destination, TqConfiguration config, CancellationToken ct)
    {
        var outcome = await port.CommitAsync(destination, new TqCommitRequest(config.RackId, config.Epoch), ct).ConfigureAwait(false);
        return outcome is DeviceOutcome<NoContent>.Answered ? (true, null) : (false, outcome.Describe());
    }

    private static async Task<(bool IsAcked, string? Error)> PrepareAndCommitAsync(
        ISledQuorumPort port, BaseboardId? destination, TqConfiguration config, CancellationToken ct)
    {
        var outcome = await port.PrepareAndCommitAsync(destination, config, ct).ConfigureAwait(false);
        return outcome is DeviceOutcome<QuorumCommitAnswer>.Answered answered
            ? (answered.Value.Status == TqCommitStatus.Committed, null)
            : (false, outcome.Describe());
    }
}
