namespace Gantry.TrustQuorum.Protocol;

/// <summary>Answer of a commit call.</summary>
/// <param name="Status">Whether the epoch asked for is in force here.</param>
/// <param name="Error">Why the call was refused; the status is then pending.</param>
public readonly record struct TqCommitResult(TqCommitStatus Status, TqError? Error);

/// <summary>Answer of a load.</summary>
/// <param name="Secret">A copy that the caller disposes; null while shares are still collected, or with an error.</param>
/// <param name="Error">Why there will be none.</param>
public readonly record struct TqLoadResult(RackSecret? Secret, TqError? Error)
{
    /// <summary>Shares are being collected: ask again.</summary>
    public static readonly TqLoadResult Pending;

    /// <summary>Whether to ask again.</summary>
    public bool IsPending => Secret is null && Error is null;
}

/// <summary>Answer of loading the latest.</summary>
/// <param name="Epoch">L; 0 when nothing is committed.</param>
/// <param name="Result">Its secret.</param>
public readonly record struct TqLatestResult(ulong Epoch, TqLoadResult Result);
