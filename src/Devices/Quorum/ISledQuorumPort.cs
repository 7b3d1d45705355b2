using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Devices;

/// <summary>
/// The trust-quorum half of a sled agent (trust-quorum 7.3), through the sled's one adapter. Nothing secret crosses it: configurations hold
/// digests and sealed secrets only. Thread-safe.
/// </summary>
public interface ISledQuorumPort
{
    /// <summary>How the sled stands.</summary>
    DeviceStatus Status { get; }

    /// <summary>POST /trust-quorum/configuration: makes this sled the coordinator. Sent once; deadline 60 s.</summary>
    ValueTask<DeviceOutcome<NoContent>> ReconfigureAsync(ReconfigureMsg request, CancellationToken ct);

    /// <summary>POST /trust-quorum/upgrade: makes this sled the coordinator of an upgrade from LRTQ.</summary>
    ValueTask<DeviceOutcome<NoContent>> UpgradeAsync(LrtqUpgradeMsg request, CancellationToken ct);

    /// <summary>GET /trust-quorum/coordinator-status.</summary>
    ValueTask<DeviceOutcome<QuorumCoordination>> CoordinatorStatusAsync(CancellationToken ct);

    /// <summary>PUT /trust-quorum/commit, or its proxy for another member.</summary>
    ValueTask<DeviceOutcome<NoContent>> CommitAsync(BaseboardId? destination, TqCommitRequest request, CancellationToken ct);

    /// <summary>PUT /trust-quorum/prepare-and-commit, or its proxy for another member.</summary>
    ValueTask<DeviceOutcome<QuorumCommitAnswer>> PrepareAndCommitAsync(BaseboardId? destination, TqConfiguration config, CancellationToken ct);

    /// <summary>GET /trust-quorum/status, or its proxy.</summary>
    ValueTask<DeviceOutcome<TqNodeStatus>> StatusAsync(BaseboardId? destination, CancellationToken ct);

    /// <summary>PUT /sleds: starts the agent of a sled that has none yet. Idempotent; deadline 5 min.</summary>
    ValueTask<DeviceOutcome<NoContent>> StartSledAsync(AddSledRequest request, CancellationToken ct);
}

/// <summary>Finds the quorum half of a sled's adapter.</summary>
public interface ISledQuorumPorts
{
    /// <summary>The adapter for a sled at an address: the same one as <see cref="ISledPorts.For"/> gives.</summary>
    ISledQuorumPort For(string key, Uri address);
}

/// <summary>What a coordinator says; null when the sled coordinates nothing.</summary>
public sealed record QuorumCoordination(TqCoordinatorStatus? Status);

/// <summary>Whether the member committed, or still computes its share.</summary>
public sealed record QuorumCommitAnswer(TqCommitStatus Status);
