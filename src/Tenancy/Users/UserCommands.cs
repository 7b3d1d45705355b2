using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Tenancy;

/// <summary>Commands of <c>user/&lt;id&gt;</c>.</summary>
public abstract record UserCommand
{
    internal sealed record SiloAnswered(Reply Answer) : UserCommand;
}

/// <summary>Makes a user; a repeat for the same id and name is fine.</summary>
/// <param name="Silo">Its silo, for good.</param>
/// <param name="Name">Unique in the silo.</param>
/// <param name="FleetRole">See <see cref="Roles"/>.</param>
/// <param name="SiloRole">See <see cref="Roles"/>.</param>
[Wire("user.create")]
public sealed record CreateUser(SiloId Silo, string Name, string? FleetRole, string? SiloRole) : UserCommand, ICommand<Done>;

/// <summary>Ends a user with all its tokens and roles; its name is free again.</summary>
[Wire("user.delete"), Destructive]
public sealed record DeleteUser : UserCommand, ICommand<Done>;

/// <summary>Takes all tokens away.</summary>
[Wire("user.revoke-all-tokens"), Destructive]
public sealed record RevokeAllTokens : UserCommand, ICommand<Done>;

/// <summary>Sets the role on the fleet; null takes it away.</summary>
[Wire("user.set-fleet-role")]
public sealed record SetFleetRole(string? Role) : UserCommand, ICommand<Done>;

/// <summary>Sets the role on the user's own silo; null takes it away.</summary>
[Wire("user.set-silo-role")]
public sealed record SetSiloRole(string? Role) : UserCommand, ICommand<Done>;

/// <summary>Sets the role on one project; null takes it away.</summary>
[Wire("user.set-project-role")]
public sealed record SetProjectRole(ProjectId Project, string? Role) : UserCommand, ICommand<Done>;

/// <summary>Adds a token, or replaces the one of the same id. Only the salted hash comes here, never the secret.</summary>
[Wire("user.add-token")]
public sealed record AddToken(TokenId Token, TokenHash Hash, DateTimeOffset? TimeExpires) : UserCommand, ICommand<Done>;

/// <summary>Takes a token away.</summary>
[Wire("user.revoke-token"), Destructive]
public sealed record RevokeToken(TokenId Token) : UserCommand, ICommand<Done>;
