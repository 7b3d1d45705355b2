using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>GET /trust-quorum/coordinator-status; the body is <c>null</c> when the node coordinates nothing.</summary>
/// <param name="Config">The configuration being made; its secrets are null while shares are still collected.</param>
/// <param name="AckedPrepares">Members that durably prepared it, the coordinator among them; empty while shares are still collected.</param>
public sealed record TqCoordinatorStatus(TqConfiguration Config, ImmutableArray<BaseboardId> AckedPrepares);

/// <summary>GET /trust-quorum/status.</summary>
public sealed record TqNodeStatus
{
    /// <summary>Peers with a session.</summary>
    public required ImmutableArray<BaseboardId> ConnectedPeers { get; init; }

    /// <summary>Broken invariants seen since the node started.</summary>
    public required ImmutableArray<TqAlarm> Alarms { get; init; }

    /// <summary>What the node keeps on disk, without its content.</summary>
    public required TqPersistentSummary PersistentState { get; init; }

    /// <summary>Requests passed on that wait for their answer.</summary>
    public required ulong ProxiedRequests { get; init; }
}

/// <summary>Which epochs a node keeps what of.</summary>
public sealed record TqPersistentSummary
{
    /// <summary>Whether it holds a share of the older scheme.</summary>
    public required bool HasLrtqShare { get; init; }

    /// <summary>Epochs with a configuration.</summary>
    public required ImmutableArray<ulong> Configs { get; init; }

    /// <summary>Epochs with the node's own share.</summary>
    public required ImmutableArray<ulong> Shares { get; init; }

    /// <summary>Committed epochs.</summary>
    public required ImmutableArray<ulong> Commits { get; init; }

    /// <summary>Set for ever once the node learned that it was removed.</summary>
    public TqExpunged? Expunged { get; init; }
}

/// <summary>The removal of a node.</summary>
/// <param name="Epoch">Committed epoch that it is not a member of.</param>
/// <param name="From">Who told it.</param>
public sealed record TqExpunged(ulong Epoch, BaseboardId From);

/// <summary>GET and PUT /trust-quorum/network-config: what sleds need to bring up the network before the control plane runs.</summary>
/// <param name="Generation">Newer replaces older.</param>
/// <param name="Blob">Opaque; base64 in JSON.</param>
public sealed record TqNetworkConfig(ulong Generation, byte[] Blob)
{
    /// <summary>Largest blob.</summary>
    public const int BlobBytesMax = 512 * 1024;
}
