using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Devices;

/// <summary>A member of a configuration with the digest of its share: 64 lower-case hex digits.</summary>
public sealed record QuorumMember(BaseboardId Id, string ShareDigest);

/// <summary>Prior secrets, sealed under the new one (trust-quorum 2.5). Hex.</summary>
public sealed record QuorumSealedSecrets(string Salt, string Data);

/// <summary>A configuration as nodes hold it (trust-quorum 4.2).</summary>
public sealed record QuorumConfiguration
{
    /// <summary>The rack.</summary>
    public required Guid RackId { get; init; }

    /// <summary>From 1.</summary>
    public required long Epoch { get; init; }

    /// <summary>Who made it.</summary>
    public required BaseboardId Coordinator { get; init; }

    /// <summary>Sorted by id.</summary>
    public required ImmutableArray<QuorumMember> Members { get; init; }

    /// <summary>K.</summary>
    public required int Threshold { get; init; }

    /// <summary>Null while the coordinator collects, and for ever when there are no prior secrets.</summary>
    public QuorumSealedSecrets? EncryptedRackSecrets { get; init; }
}

/// <summary>Asks a sled to coordinate a reconfiguration (trust-quorum 4.6).</summary>
public sealed record QuorumReconfigure(
    Guid RackId, long Epoch, long? LastCommittedEpoch, ImmutableArray<BaseboardId> Members, int Threshold);

/// <summary>Asks a sled to coordinate an upgrade from LRTQ (trust-quorum 4.7).</summary>
public sealed record QuorumLrtqUpgrade(Guid RackId, long Epoch, ImmutableArray<BaseboardId> Members, int Threshold);

/// <summary>Asks a member to commit an epoch it has prepared (trust-quorum 4.9).</summary>
public sealed record QuorumCommit(Guid RackId, long Epoch);

/// <summary>What a coordinator says: its configuration and who acknowledged it; null when it coordinates nothing.</summary>
public sealed record QuorumCoordination(QuorumConfiguration? Config, ImmutableArray<BaseboardId> AckedPrepares)
{
    /// <summary>The sled coordinates nothing.</summary>
    public static readonly QuorumCoordination None = new(null, []);
}

/// <summary>What a node says of itself (trust-quorum 7.3). Nothing secret in it.</summary>
public sealed record QuorumNodeStatus
{
    /// <summary>Peers with a session.</summary>
    public required ImmutableArray<BaseboardId> ConnectedPeers { get; init; }

    /// <summary>Alarms, each as the JSON object of trust-quorum 4.12.</summary>
    public required ImmutableArray<string> Alarms { get; init; }

    /// <summary>Whether the node holds a share of the older scheme.</summary>
    public required bool HasLrtqShare { get; init; }

    /// <summary>Epochs whose configuration it holds.</summary>
    public required ImmutableArray<long> Configs { get; init; }

    /// <summary>Epochs of which it holds a share.</summary>
    public required ImmutableArray<long> Shares { get; init; }

    /// <summary>Epochs it has committed.</summary>
    public required ImmutableArray<long> Commits { get; init; }

    /// <summary>Epoch and sender of the word that it was removed; null when it was not.</summary>
    public QuorumExpunged? Expunged { get; init; }

    /// <summary>Requests that it forwarded and that are not answered yet.</summary>
    public required int ProxiedRequests { get; init; }
}

/// <summary>A node's durable knowledge that it was removed.</summary>
public sealed record QuorumExpunged(long Epoch, BaseboardId From);

/// <summary>Starts a sled's agent (trust-quorum 6.4).</summary>
/// <param name="Sled">The hardware.</param>
/// <param name="Id">The sled id it gets.</param>
/// <param name="RackId">The rack.</param>
/// <param name="Subnet">Its /64.</param>
public sealed record QuorumStartSled(BaseboardId Sled, Guid Id, Guid RackId, string Subnet);
