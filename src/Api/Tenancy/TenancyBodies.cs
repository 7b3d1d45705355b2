using System.Text.Json.Serialization;

namespace Gantry.Api;

/// <summary>A silo as in Nexus.</summary>
internal sealed record SiloAnswer
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    public required bool Discoverable { get; init; }

    public required string IdentityMode { get; init; }

    public required IReadOnlyDictionary<string, IReadOnlyList<string>> MappedFleetRoles { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeModified { get; init; }

    public required long Generation { get; init; }
}

/// <summary>Creates a silo.</summary>
internal sealed record SiloCreate
{
    public required string Name { get; init; }

    public required string Description { get; init; }

    public required bool Discoverable { get; init; }

    public required string IdentityMode { get; init; }

    public required SiloQuotas Quotas { get; init; }
}

/// <summary>Quotas of a silo. Storage is kept for the day it is served.</summary>
internal sealed record SiloQuotas
{
    public required long Cpus { get; init; }

    public required long Memory { get; init; }

    public required long Storage { get; init; }
}

/// <summary>A project as in Nexus.</summary>
internal sealed record ProjectAnswer
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeModified { get; init; }

    public required long Generation { get; init; }
}

/// <summary>Creates a project.</summary>
internal sealed record ProjectCreate
{
    public required string Name { get; init; }

    public required string Description { get; init; }
}

/// <summary>Changes a project; what is null stays.</summary>
internal sealed record ProjectUpdate
{
    public string? Name { get; init; }

    public string? Description { get; init; }
}

/// <summary>The user that calls, as in Nexus; the members after <c>time_modified</c> are ours.</summary>
internal sealed record CurrentUserAnswer
{
    public required Guid Id { get; init; }

    public required string DisplayName { get; init; }

    public required Guid SiloId { get; init; }

    public required string SiloName { get; init; }

    public required bool FleetViewer { get; init; }

    public required bool SiloAdmin { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeModified { get; init; }

    public string? FleetRole { get; init; }

    public string? SiloRole { get; init; }
}

/// <summary>A user of the caller's silo, as in Nexus.</summary>
internal sealed record UserAnswer
{
    public required Guid Id { get; init; }

    public required string DisplayName { get; init; }

    public required Guid SiloId { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeModified { get; init; }
}

/// <summary>A token of the caller, as in Nexus, with the public part that tells it from others.</summary>
internal sealed record AccessTokenAnswer
{
    public required Guid Id { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required DateTimeOffset? TimeExpires { get; init; }

    public required string Prefix { get; init; }
}

/// <summary>A token just made: the only answer that ever shows it.</summary>
internal sealed record NewTokenAnswer
{
    public required Guid Id { get; init; }

    /// <summary>The secret. Absent when an earlier request with the same Idempotency-Key made it: it is shown once.</summary>
    public string? Token { get; init; }

    public required string Prefix { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required DateTimeOffset? TimeExpires { get; init; }
}

/// <summary>Makes a token; without <c>time_expires</c> it is good until it is revoked.</summary>
internal sealed record TokenCreate
{
    public DateTimeOffset? TimeExpires { get; init; }
}

/// <summary>Makes a user, as in Nexus.</summary>
internal sealed record UserCreate
{
    public required string ExternalId { get; init; }

    public required UserPassword Password { get; init; }
}

/// <summary>As in Nexus; only <c>login_disallowed</c> is served: users prove themselves by tokens.</summary>
internal sealed record UserPassword
{
    public required string Mode { get; init; }

    public string? Value { get; init; }
}

/// <summary>Quotas of a silo, as in Nexus. Nothing set reads as the largest number.</summary>
internal sealed record SiloQuotasAnswer
{
    public required Guid SiloId { get; init; }

    public required long Cpus { get; init; }

    public required long Memory { get; init; }

    public required long Storage { get; init; }

    public required long Generation { get; init; }
}

/// <summary>Changes quotas; what is left away stays.</summary>
internal sealed record SiloQuotasUpdate
{
    public long? Cpus { get; init; }

    public long? Memory { get; init; }

    public long? Storage { get; init; }
}

/// <summary>Amounts, as in Nexus.</summary>
internal sealed record ResourceCounts(long Cpus, long Memory, long Storage);

/// <summary>What the caller's silo may use and uses.</summary>
internal sealed record UtilizationAnswer(ResourceCounts Capacity, ResourceCounts Provisioned);

/// <summary>What a silo may use and uses.</summary>
internal sealed record SiloUtilizationAnswer(Guid SiloId, string SiloName, ResourceCounts Allocated, ResourceCounts Provisioned);

/// <summary>Roles given on one thing, as in Nexus; read and written whole.</summary>
internal sealed record RolePolicy
{
    public required IReadOnlyList<RoleAssignment> RoleAssignments { get; init; }
}

/// <summary>A role of one user.</summary>
internal sealed record RoleAssignment
{
    public required Guid IdentityId { get; init; }

    public required string IdentityType { get; init; }

    public required string RoleName { get; init; }
}

/// <summary>Bodies of silos, projects and users.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SiloCreate))]
[JsonSerializable(typeof(SiloAnswer))]
[JsonSerializable(typeof(Page<SiloAnswer>), TypeInfoPropertyName = "SiloPage")]
[JsonSerializable(typeof(ProjectCreate))]
[JsonSerializable(typeof(ProjectUpdate))]
[JsonSerializable(typeof(ProjectAnswer))]
[JsonSerializable(typeof(Page<ProjectAnswer>), TypeInfoPropertyName = "ProjectPage")]
[JsonSerializable(typeof(CurrentUserAnswer))]
[JsonSerializable(typeof(UserAnswer))]
[JsonSerializable(typeof(Page<UserAnswer>), TypeInfoPropertyName = "UserPage")]
[JsonSerializable(typeof(NewTokenAnswer))]
[JsonSerializable(typeof(TokenCreate))]
[JsonSerializable(typeof(UserCreate))]
[JsonSerializable(typeof(SiloQuotasAnswer))]
[JsonSerializable(typeof(Page<SiloQuotasAnswer>), TypeInfoPropertyName = "SiloQuotasPage")]
[JsonSerializable(typeof(SiloQuotasUpdate))]
[JsonSerializable(typeof(UtilizationAnswer))]
[JsonSerializable(typeof(SiloUtilizationAnswer))]
[JsonSerializable(typeof(Page<SiloUtilizationAnswer>), TypeInfoPropertyName = "SiloUtilizationPage")]
[JsonSerializable(typeof(RolePolicy))]
[JsonSerializable(typeof(AccessTokenAnswer))]
[JsonSerializable(typeof(Page<AccessTokenAnswer>), TypeInfoPropertyName = "AccessTokenPage")]
internal sealed partial class TenancyApiJson : JsonSerializerContext;
