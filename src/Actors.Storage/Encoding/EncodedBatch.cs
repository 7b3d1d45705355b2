using System.Collections.Immutable;

namespace Gantry.Actors.Storage;

/// <summary>A lane's batch as rows, or the commits of it that cannot be rows. Never both.</summary>
public sealed record EncodedBatch
{
    /// <summary>The rows; null when anything failed.</summary>
    public CommitBatch? Rows { get; init; }

    /// <summary>Commits that broke a limit or a projection; the rest of the batch is to be decided again without them.</summary>
    public ImmutableArray<EncodeFailure> Failures { get; init; } = [];

    /// <summary>Bytes of all bodies, for the lane's next batch to be cut to about 1 MiB.</summary>
    public int Bytes { get; init; }
}

/// <summary>One commit that cannot be written.</summary>
/// <param name="Index">Its place in <see cref="LaneBatch.Commits"/>.</param>
/// <param name="IsTooLarge">True: a size limit, which a caller can cause. False: a bug of decider, projection or wire form.</param>
/// <param name="Why">For the answer and the log.</param>
public sealed record EncodeFailure(int Index, bool IsTooLarge, string Why);

/// <summary>Bounds of what is written (engine 2.1, 9).</summary>
public static class StorageLimits
{
    /// <summary>Bodies of one decision together, in bytes.</summary>
    public const int DecisionBytesMax = 256 * 1024;

    /// <summary>One event or message, in bytes.</summary>
    public const int BodyBytesMax = 64 * 1024;

    /// <summary>One snapshot, in bytes; a larger state is not written, its events are replayed, and what clients would add to it is refused.</summary>
    public const int StateBytesMax = 512 * 1024;

    /// <summary>Name of a claim's space or of a timer, in characters.</summary>
    public const int NameCharsMax = 200;

    /// <summary>A claimed value or the key of a view row, in characters.</summary>
    public const int KeyCharsMax = 512;

    /// <summary>A declared text column, in characters.</summary>
    public const int ColumnCharsMax = 4_096;
}
