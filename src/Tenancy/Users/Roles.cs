using Gantry.Primitives;

namespace Gantry.Tenancy;

/// <summary>The words of roles (operator-experience 5). Their order is evaluated at the gateway, from the row.</summary>
public static class Roles
{
    /// <summary>Reads.</summary>
    public const string Viewer = "viewer";

    /// <summary>On the fleet: reversible and disruptive acts.</summary>
    public const string Operator = "operator";

    /// <summary>On silos and projects: ordinary changes.</summary>
    public const string Collaborator = "collaborator";

    /// <summary>Everything.</summary>
    public const string Admin = "admin";

    internal static Refusal? WhyNotFleet(string? role) => role is null or Viewer or Operator or Admin
        ? null
        : TenancyErrors.BadRole("the fleet", role, "viewer, operator or admin");

    internal static Refusal? WhyNot(string where, string? role) => role is null or Viewer or Collaborator or Admin
        ? null
        : TenancyErrors.BadRole(where, role, "viewer, collaborator or admin");
}
