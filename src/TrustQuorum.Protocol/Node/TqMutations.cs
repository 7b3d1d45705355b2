namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// Safety lines that the simulation switches off, one at a time, to prove that it would notice. Always none outside it: no public member sets
/// them.
/// </summary>
[Flags]
internal enum TqMutations
{
    None = 0,

    /// <summary>Shares are taken without comparing their digest.</summary>
    SkipShareDigest = 1,

    /// <summary>A removed node goes on listening.</summary>
    KeepListeningWhenExpunged = 1 << 1,

    /// <summary>Shares are given to nodes that the configuration does not list.</summary>
    ShareWithAnyone = 1 << 2,

    /// <summary>Earlier secrets are left out of a new configuration.</summary>
    ForgetPriorSecrets = 1 << 3,

    /// <summary>The same peer's share counts again.</summary>
    CountRepeatedShares = 1 << 4,

    /// <summary>Secrets are rebuilt from one share too few.</summary>
    RebuildBelowThreshold = 1 << 5,

    /// <summary>A prepare is acknowledged although only the configuration was kept.</summary>
    AckWithoutShare = 1 << 6,

    /// <summary>A commit is taken without share.</summary>
    CommitUnprepared = 1 << 7,

    /// <summary>An acknowledgement of another epoch counts.</summary>
    AckAnyEpoch = 1 << 8,

    /// <summary>A prepare of a newer epoch does not end the coordination of an older.</summary>
    KeepCoordinating = 1 << 9,

    /// <summary>The coordinator hands every member the same share.</summary>
    SameShareForAll = 1 << 10,

    /// <summary>Messages of another rack are taken.</summary>
    ListenToOtherRacks = 1 << 11,
}
