using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Tenancy;

/// <summary>A user with roles and tokens.</summary>
[Wire("user.state")]
public sealed record UserState
{
    public bool Exists { get; init; }

    public bool IsDeleted { get; init; }

    public UserId Id { get; init; }

    public SiloId Silo { get; init; }

    public string Name { get; init; } = "";

    public string? FleetRole { get; init; }

    public string? SiloRole { get; init; }

    public ImmutableDictionary<ProjectId, string> ProjectRoles { get; init; } = ImmutableDictionary<ProjectId, string>.Empty;

    public ImmutableDictionary<TokenId, Token> Tokens { get; init; } = ImmutableDictionary<TokenId, Token>.Empty;

    public DateTimeOffset TimeCreated { get; init; }
}

/// <summary>A token as kept: enough to check the secret, not enough to make it.</summary>
public sealed record Token(TokenHash Hash, DateTimeOffset TimeCreated, DateTimeOffset? TimeExpires);
