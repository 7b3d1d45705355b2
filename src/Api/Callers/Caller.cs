using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Api;

/// <summary>Who calls: one user of one silo, with the roles as they are at this moment.</summary>
/// <param name="User">The user.</param>
/// <param name="Silo">Its silo.</param>
/// <param name="Name">Its name, for messages and logs.</param>
/// <param name="FleetRole"><c>viewer</c>, <c>operator</c>, <c>admin</c> or null.</param>
/// <param name="SiloRole"><c>viewer</c>, <c>collaborator</c>, <c>admin</c> or null, on its own silo.</param>
/// <param name="ProjectRoles">Roles on projects by project id.</param>
public sealed record Caller(
    UserId User, SiloId Silo, string Name, string? FleetRole, string? SiloRole, ImmutableDictionary<string, string> ProjectRoles)
{
    /// <summary>As the engine records it.</summary>
    public Principal Principal => new(PrincipalKind.User, User.ToString(), FleetRole);

    /// <summary>Whether it is the same user with the same roles.</summary>
    internal bool IsAs(Caller other) =>
        User == other.User && Silo == other.Silo && FleetRole == other.FleetRole && SiloRole == other.SiloRole
        && ProjectRoles.Count == other.ProjectRoles.Count
        && ProjectRoles.All(r => other.ProjectRoles.GetValueOrDefault(r.Key) == r.Value);

    /// <summary>The rank on the fleet.</summary>
    public Rank Fleet => Ranks.Of(FleetRole);

    /// <summary>The rank on a silo: the fleet role counts as the like role on every silo.</summary>
    public Rank On(SiloId silo) => silo == Silo ? Ranks.Higher(Fleet, Ranks.Of(SiloRole)) : Fleet;

    /// <summary>The rank on a project of a silo.</summary>
    public Rank On(SiloId silo, ProjectId project) =>
        Ranks.Higher(On(silo), Ranks.Of(ProjectRoles.GetValueOrDefault(project.ToString())));
}
