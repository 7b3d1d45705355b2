using System.Text.Json.Serialization;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>PUT /trust-quorum/commit.</summary>
/// <param name="RackId">The rack.</param>
/// <param name="Epoch">The epoch to put in force.</param>
public sealed record TqCommitRequest(RackId RackId, ulong Epoch);

/// <summary>PUT /trust-quorum/prepare-and-commit.</summary>
/// <param name="Config">The committed configuration, for a member that missed its prepare.</param>
public sealed record TqPrepareAndCommitRequest(TqConfiguration Config);

/// <summary>PUT /trust-quorum/proxy/commit.</summary>
/// <param name="Destination">Member to pass it on to.</param>
/// <param name="Request">What to pass on.</param>
public sealed record TqProxyCommitRequest(BaseboardId Destination, TqCommitRequest Request);

/// <summary>PUT /trust-quorum/proxy/prepare-and-commit.</summary>
/// <param name="Destination">Member to pass it on to.</param>
/// <param name="Request">What to pass on.</param>
public sealed record TqProxyPrepareAndCommitRequest(BaseboardId Destination, TqPrepareAndCommitRequest Request);

/// <summary>Whether the epoch asked for is in force on the node.</summary>
[JsonConverter(typeof(TqCommitStatusJsonConverter))]
public enum TqCommitStatus
{
    /// <summary>Not yet; ask again.</summary>
    Pending,

    /// <summary>Durably.</summary>
    Committed,
}
