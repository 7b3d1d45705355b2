namespace Gantry.Api;

/// <summary>
/// How much a caller may do somewhere. Fleet <c>operator</c> and silo or project <c>collaborator</c> are the same rank.
/// </summary>
public enum Rank
{
    /// <summary>Nothing; objects are hidden.</summary>
    None,

    /// <summary>Reads.</summary>
    Viewer,

    /// <summary>Reads and ordinary changes (<c>operator</c> on the fleet, <c>collaborator</c> elsewhere).</summary>
    Operator,

    /// <summary>Everything.</summary>
    Admin,
}

/// <summary>From the words of roles to ranks.</summary>
internal static class Ranks
{
    public static Rank Of(string? role) => role switch
    {
        "viewer" => Rank.Viewer,
        "operator" or "collaborator" => Rank.Operator,
        "admin" => Rank.Admin,
        _ => Rank.None,
    };

    public static Rank Higher(Rank one, Rank other) => one > other ? one : other;

    public static string FleetWord(Rank rank) => rank switch
    {
        Rank.Admin => "fleet admin",
        Rank.Operator => "fleet operator",
        Rank.Viewer => "fleet viewer",
        _ => "a signed-in user",
    };
}
