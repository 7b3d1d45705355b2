namespace Gantry.Api;

/// <summary>What a caller needs for an operation. Every operation says one; a test fails for those that do not.</summary>
/// <param name="Scope">Where the rank is needed.</param>
/// <param name="Rank">How much.</param>
internal readonly record struct RoleNeed(RoleScope Scope, Rank Rank)
{
    public static readonly RoleNeed Unsaid = new(RoleScope.Unsaid, Rank.None);

    public override string ToString() => Scope switch
    {
        RoleScope.Free => "nobody needs to sign in",
        RoleScope.SignedIn => "any signed-in user",
        RoleScope.Fleet => Ranks.FleetWord(Rank),
        RoleScope.Silo => $"silo {FoundProject.WordOf(Rank)}",
        RoleScope.Project => $"project {FoundProject.WordOf(Rank)}",
        _ => "not said",
    };
}

/// <summary>Where a rank is needed.</summary>
internal enum RoleScope
{
    /// <summary>Forgotten.</summary>
    Unsaid,

    /// <summary>No credentials at all.</summary>
    Free,

    /// <summary>Any user, for what is its own.</summary>
    SignedIn,

    /// <summary>The fleet; checked before the handler.</summary>
    Fleet,

    /// <summary>The silo that the call is about; checked by the handler.</summary>
    Silo,

    /// <summary>The project of the object; checked by the handler.</summary>
    Project,
}
