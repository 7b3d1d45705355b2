using System.Text.Json.Serialization;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Why a secret cannot be split so.</summary>
public enum SplitError
{
    /// <summary>The threshold is below 2.</summary>
    ThresholdTooSmall,

    /// <summary>There would be fewer shares than the threshold.</summary>
    TooFewTotalShares,
}

/// <summary>Why shares cannot be combined.</summary>
[JsonConverter(typeof(CombineErrorJsonConverter))]
public enum CombineError
{
    /// <summary>Fewer than two.</summary>
    TooFewShares,

    /// <summary>Two shares of the same x.</summary>
    DuplicateXCoordinates,

    /// <summary>Shares of different lengths.</summary>
    InvalidShareLengths,

    /// <summary>x = 0 is the secret itself.</summary>
    InvalidShareId,
}

/// <summary>Why a rack secret could not be rebuilt.</summary>
/// <param name="Combine">Why the shares do not combine; null when they do, but not to 32 bytes.</param>
public sealed record TqReconstructError(CombineError? Combine);
