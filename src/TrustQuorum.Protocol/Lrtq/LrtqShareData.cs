using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>What a sled holds of the older scheme (tq 2.7), read once at start and kept for ever.</summary>
public sealed class LrtqShareData
{
    /// <summary>The epoch that the older scheme's secret counts as.</summary>
    public const ulong Epoch = 1;

    /// <summary>Digests of all its shares.</summary>
    public const int ShareCount = 255;

    /// <summary>The rack.</summary>
    public required RackId RackId { get; init; }

    /// <summary>Shares that rebuild the secret.</summary>
    public required byte Threshold { get; init; }

    /// <summary>This sled's share: x and a scalar of 32 little-endian bytes.</summary>
    public required KeyShare Share { get; init; }

    /// <summary>Digests of all shares; whose is whose is not known.</summary>
    public required ImmutableHashSet<ShareDigest> ShareDigests { get; init; }
}
