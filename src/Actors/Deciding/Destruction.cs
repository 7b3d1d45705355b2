using System.Collections.Concurrent;
using System.Reflection;
using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>Who may cause what is <see cref="DestructiveAttribute">destructive</see>. Pure.</summary>
public static class Destruction
{
    private static readonly string[] s_fleetRoles = ["viewer", "operator", "admin"];

    private static readonly ConcurrentDictionary<Type, DestructiveAttribute?> s_declared = [];

    /// <summary>Null when the caller may cause the command, or may as far as can be told here.</summary>
    /// <param name="what">The type of the command, or of the saga that it starts.</param>
    /// <param name="caller">On whose behalf.</param>
    public static Refusal? WhyNot(Type what, Principal caller)
    {
        if (caller.Kind is not (PrincipalKind.User or PrincipalKind.Device)
            || s_declared.GetOrAdd(what, static type => type.GetCustomAttribute<DestructiveAttribute>(inherit: false)) is not { } declared)
        {
            return null;
        }

        if (caller.Kind is PrincipalKind.Device)
        {
            return Forbidden(what, "a user with the role for it", $"{caller} is a device");
        }

        return declared.FleetRole is not { } needed || Array.IndexOf(s_fleetRoles, caller.FleetRole) >= Array.IndexOf(s_fleetRoles, needed)
            ? null
            : Forbidden(what, $"fleet {needed}", $"the role of {caller} on the fleet is {caller.FleetRole ?? "none"}");
    }

    private static Refusal Forbidden(Type what, string needed, string has) => new(
        RefusalKind.Forbidden,
        "RoleTooLow",
        $"{what.GetCustomAttribute<WireAttribute>()?.Tag ?? what.Name} needs {needed}; {has}",
        "ask a fleet admin for the role, or use a token that has it");
}
