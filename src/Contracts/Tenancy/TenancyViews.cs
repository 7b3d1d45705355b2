using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Contracts;

/// <summary>A silo.</summary>
public sealed record SiloRow(
    SiloId Id, string Name, string Description, DateTimeOffset TimeCreated, DateTimeOffset TimeModified, long Generation)
{
    /// <summary>Whether everybody may see that it exists.</summary>
    public bool IsDiscoverable { get; init; } = true;

    /// <summary>As in Nexus, for example <c>local_only</c>.</summary>
    public string IdentityMode { get; init; } = "local_only";

    /// <summary>Quota of vCPUs; null for none.</summary>
    public long? CpusMax { get; init; }

    /// <summary>Quota of memory in bytes; null for none.</summary>
    public long? MemoryBytesMax { get; init; }

    /// <summary>Quota of storage in bytes; null for none.</summary>
    public long? StorageBytesMax { get; init; }

    /// <summary>vCPUs charged by running instances.</summary>
    public long CpusUsed { get; init; }

    /// <summary>Bytes of memory charged by running instances.</summary>
    public long MemoryBytesUsed { get; init; }
}

/// <summary>A project.</summary>
public sealed record ProjectRow(
    ProjectId Id, SiloId Silo, string Name, string Description, DateTimeOffset TimeCreated, DateTimeOffset TimeModified, long Generation)
{
    /// <summary>Instances that belong to it.</summary>
    public int InstanceCount { get; init; }

    /// <summary>How often something else was made in it (<see cref="AnnounceHolding"/>); never falls.</summary>
    public long HoldingCount { get; init; }

    /// <summary>vCPUs charged by its running instances.</summary>
    public long CpusUsed { get; init; }

    /// <summary>Bytes of memory charged by its running instances.</summary>
    public long MemoryBytesUsed { get; init; }
}

/// <summary>A user with the roles given to it. Fleet role: <c>viewer</c>, <c>operator</c>, <c>admin</c> or null.</summary>
/// <param name="Id">The user.</param>
/// <param name="Silo">Its silo.</param>
/// <param name="Name">Its name, unique in the silo.</param>
/// <param name="FleetRole">Role on the fleet; counts as the like role on every silo.</param>
/// <param name="SiloRole">Role on its own silo: <c>viewer</c>, <c>collaborator</c>, <c>admin</c> or null.</param>
/// <param name="ProjectRoles">Roles on projects by project id.</param>
/// <param name="TimeCreated">Birth.</param>
public sealed record UserRow(
    UserId Id, SiloId Silo, string Name, string? FleetRole, string? SiloRole,
    ImmutableDictionary<string, string> ProjectRoles, DateTimeOffset TimeCreated);

/// <summary>A token by its public prefix; only a salted hash of the secret is kept.</summary>
public sealed record TokenRow(
    TokenId Id, UserId User, string Prefix, string Salt, string Hash, DateTimeOffset TimeCreated, DateTimeOffset? TimeExpires);

/// <summary>Views of Tenancy that others read.</summary>
public static class TenancyViews
{
    /// <summary>Silos by id.</summary>
    public static readonly ViewSchema<SiloRow> Silos = new(
        "silos", ContractsJson.Default.SiloRow, ViewColumn<SiloRow>.Text("name", r => r.Name));

    /// <summary>Projects by id.</summary>
    public static readonly ViewSchema<ProjectRow> Projects = new(
        "projects",
        ContractsJson.Default.ProjectRow,
        ViewColumn<ProjectRow>.Text("name", r => r.Name),
        ViewColumn<ProjectRow>.Text("silo", r => r.Silo.ToString()));

    /// <summary>Users by id.</summary>
    public static readonly ViewSchema<UserRow> Users = new(
        "users",
        ContractsJson.Default.UserRow,
        ViewColumn<UserRow>.Text("name", r => r.Name),
        ViewColumn<UserRow>.Text("silo", r => r.Silo.ToString()));

    /// <summary>Tokens by prefix.</summary>
    public static readonly ViewSchema<TokenRow> Tokens = new(
        "tokens", ContractsJson.Default.TokenRow, ViewColumn<TokenRow>.Text("user", r => r.User.ToString()));
}
