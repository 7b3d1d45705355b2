using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Tenancy;

/// <summary>Facts about a user.</summary>
public abstract record UserEvent;

/// <summary>The user exists.</summary>
[Wire("user.created")]
public sealed record UserCreated(
    UserId User, SiloId Silo, string Name, string? FleetRole, string? SiloRole, DateTimeOffset At) : UserEvent;

/// <summary>The role on the fleet is another.</summary>
[Wire("user.fleet-role-set")]
public sealed record FleetRoleSet(string? Role) : UserEvent;

/// <summary>The role on the silo is another.</summary>
[Wire("user.silo-role-set")]
public sealed record SiloRoleSet(string? Role) : UserEvent;

/// <summary>The role on a project is another.</summary>
[Wire("user.project-role-set")]
public sealed record ProjectRoleSet(ProjectId Project, string? Role) : UserEvent;

/// <summary>The user can prove itself by one more token.</summary>
[Wire("user.token-added")]
public sealed record TokenAdded(TokenId Token, TokenHash Hash, DateTimeOffset At, DateTimeOffset? TimeExpires) : UserEvent;

/// <summary>A token is worth nothing any more.</summary>
[Wire("user.token-revoked")]
public sealed record TokenRevoked(TokenId Token) : UserEvent;

/// <summary>The user is gone, and its tokens with it.</summary>
[Wire("user.deleted")]
public sealed record UserDeleted(DateTimeOffset At) : UserEvent;
