namespace Gantry.Actors.Storage;

/// <summary>
/// Safety lines of the store model that the simulator switches off, one at a time, to prove that it would notice (engine 11.1). Always
/// none outside it.
/// </summary>
[Flags]
internal enum StoreMutations
{
    None = 0,

    /// <summary>A fenced lane passes for one that is not.</summary>
    NoFence = 1,

    /// <summary>Nobody looks whose the shards are.</summary>
    NoOwner = 2,

    /// <summary>Late bytes of an old session are taken.</summary>
    NoSession = 4,

    /// <summary>A claim held by another is overwritten.</summary>
    NoClaim = 8,

    /// <summary>A known command key is taken again.</summary>
    NoReceipt = 16,
}
