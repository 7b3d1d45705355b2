using System.Text.Json.Serialization;

namespace Gantry.Api;

/// <summary>A group as in Nexus; <c>generation</c> is ours.</summary>
internal sealed record AffinityAnswer
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    public required Guid ProjectId { get; init; }

    public required string Policy { get; init; }

    public required string FailureDomain { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeModified { get; init; }

    public required long Generation { get; init; }
}

/// <summary>Makes a group.</summary>
internal sealed record AffinityCreate
{
    public required string Name { get; init; }

    public required string Description { get; init; }

    /// <summary><c>allow</c> or <c>fail</c>.</summary>
    public required string Policy { get; init; }

    /// <summary><c>sled</c>.</summary>
    public required string FailureDomain { get; init; }
}

/// <summary>Changes a group.</summary>
internal sealed record AffinityUpdateBody
{
    public string? Name { get; init; }

    public string? Description { get; init; }
}

/// <summary>A member as in Nexus.</summary>
internal sealed record AffinityMemberAnswer(string Type, AffinityMemberValue Value);

/// <summary>The instance that is a member.</summary>
internal sealed record AffinityMemberValue(Guid Id, string Name, string RunState);

/// <summary>Bodies of affinity groups.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AffinityAnswer))]
[JsonSerializable(typeof(AffinityCreate))]
[JsonSerializable(typeof(AffinityUpdateBody))]
[JsonSerializable(typeof(AffinityMemberAnswer))]
[JsonSerializable(typeof(Page<AffinityAnswer>), TypeInfoPropertyName = "AffinityPage")]
[JsonSerializable(typeof(Page<AffinityMemberAnswer>), TypeInfoPropertyName = "AffinityMemberPage")]
internal sealed partial class AffinityJson : JsonSerializerContext;
