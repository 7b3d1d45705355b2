using System.Text.Json.Serialization;

namespace Gantry.Primitives;

/// <summary>A silo: a set of users with their projects.</summary>
[JsonConverter(typeof(IdJsonConverter<SiloId>))]
public readonly record struct SiloId(Guid Value) : IId<SiloId>
{
    /// <inheritdoc/>
    public static SiloId From(Guid value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>A project within a silo.</summary>
[JsonConverter(typeof(IdJsonConverter<ProjectId>))]
public readonly record struct ProjectId(Guid Value) : IId<ProjectId>
{
    /// <inheritdoc/>
    public static ProjectId From(Guid value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>A user of one silo.</summary>
[JsonConverter(typeof(IdJsonConverter<UserId>))]
public readonly record struct UserId(Guid Value) : IId<UserId>
{
    /// <inheritdoc/>
    public static UserId From(Guid value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>An API token of one user.</summary>
[JsonConverter(typeof(IdJsonConverter<TokenId>))]
public readonly record struct TokenId(Guid Value) : IId<TokenId>
{
    /// <inheritdoc/>
    public static TokenId From(Guid value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
