namespace Gantry.Tenancy;

/// <summary>Bounds of the area.</summary>
public static class TenancyLimits
{
    /// <summary>Instances of one project. Ours: keeps the project's record far below the 256 KiB of one decision.</summary>
    public const int InstancesPerProjectMax = 1_000;

    /// <summary>Tokens of one user; ours.</summary>
    public const int TokensPerUserMax = 32;

    /// <summary>Projects on which one user has a role of its own; more want a role on the silo. Ours.</summary>
    public const int ProjectRolesPerUserMax = 256;

    /// <summary>Tokens whose check is remembered; the oldest tenth is dropped when full.</summary>
    public const int TokensCachedMax = 4_096;

    /// <summary>How long a token's check is remembered: a revoked token works at most so much longer on a node.</summary>
    public static readonly TimeSpan TokenCachedFor = TimeSpan.FromSeconds(5);
}
