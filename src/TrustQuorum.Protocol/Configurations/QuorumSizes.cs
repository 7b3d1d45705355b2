namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// Threshold and crash tolerance by number of members (tq 3). For new configurations only: what was decided before uses the values recorded
/// with it, since earlier releases had other tables.
/// </summary>
public static class QuorumSizes
{
    /// <summary>Fewest members; below it trust quorum is not used.</summary>
    public const int MembersMin = 3;

    /// <summary>Most members.</summary>
    public const int MembersMax = 32;

    /// <summary>Least threshold a node accepts.</summary>
    public const int ThresholdMin = 2;

    /// <summary>Greatest threshold a node accepts.</summary>
    public const int ThresholdMax = 31;

    /// <summary>K: shares that rebuild the secret.</summary>
    public static int Threshold(int members) => (members / 2) + 1;

    /// <summary>Z: prepares asked for beyond K before committing.</summary>
    public static int CommitCrashTolerance(int members) => members switch
    {
        <= 4 => 0,
        <= 8 => 1,
        <= 15 => 2,
        <= 23 => 3,
        _ => 4,
    };
}
