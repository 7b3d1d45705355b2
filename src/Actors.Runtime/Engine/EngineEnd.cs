namespace Gantry.Actors.Runtime;

/// <summary>Why an incarnation ended.</summary>
/// <param name="Kind">The sort of end.</param>
/// <param name="Why">In words.</param>
internal sealed record EngineEnd(EngineEndKind Kind, string Why);

/// <summary>Sorts of ends.</summary>
internal enum EngineEndKind
{
    /// <summary>The store says that the lane is not ours.</summary>
    Fenced,

    /// <summary>A bug of the kernel, or the store said what is impossible.</summary>
    Broke,

    /// <summary>A turn does not end.</summary>
    Stuck,

    /// <summary>Other nodes declared it dead.</summary>
    Dead,

    /// <summary>Another process joined under the same name.</summary>
    Superseded,

    /// <summary>The store is on another server than before: what is in memory may never have been there.</summary>
    OtherServer,
}
