using System.Text.Json.Serialization;

namespace Gantry.Api;

/// <summary>An external IP of an instance as in Nexus: ephemeral, or floating with the members of a floating IP.</summary>
internal sealed record ExternalIpAnswer
{
    public required string Kind { get; init; }

    public required string Ip { get; init; }

    public required Guid IpPoolId { get; init; }

    public Guid? Id { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    public Guid? InstanceId { get; init; }

    public Guid? ProjectId { get; init; }

    public DateTimeOffset? TimeCreated { get; init; }

    public DateTimeOffset? TimeModified { get; init; }
}

/// <summary>A floating IP as in Nexus, with its generation.</summary>
internal sealed record FloatingIpAnswer
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    public required string Ip { get; init; }

    public required Guid IpPoolId { get; init; }

    public required Guid ProjectId { get; init; }

    public Guid? InstanceId { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeModified { get; init; }

    public required long Generation { get; init; }
}

/// <summary>Which pool: <c>explicit</c> with <c>pool</c>, or <c>auto</c>, which may say the version.</summary>
internal sealed record PoolSelectorBody
{
    public required string Type { get; init; }

    public string? Pool { get; init; }

    public string? IpVersion { get; init; }
}

/// <summary>Which address: <c>explicit</c> with <c>ip</c>, or <c>auto</c> with a pool.</summary>
internal sealed record AddressAllocatorBody
{
    public required string Type { get; init; }

    public string? Ip { get; init; }

    public PoolSelectorBody? PoolSelector { get; init; }
}

/// <summary>Body of an ephemeral address.</summary>
internal sealed record EphemeralIpBody
{
    public PoolSelectorBody? PoolSelector { get; init; }
}

/// <summary>Body of a floating IP's create.</summary>
internal sealed record FloatingIpCreateBody
{
    public required string Name { get; init; }

    public required string Description { get; init; }

    public AddressAllocatorBody? AddressAllocator { get; init; }
}

/// <summary>Body of a floating IP's update; what is absent stays.</summary>
internal sealed record FloatingIpUpdateBody
{
    public string? Name { get; init; }

    public string? Description { get; init; }
}

/// <summary>Body of an attach: <c>kind</c> is <c>instance</c>.</summary>
internal sealed record FloatingIpAttachBody
{
    public required string Kind { get; init; }

    public required string Parent { get; init; }
}

/// <summary>Bodies of external IPs.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ExternalIpAnswer))]
[JsonSerializable(typeof(FloatingIpAnswer))]
[JsonSerializable(typeof(EphemeralIpBody))]
[JsonSerializable(typeof(FloatingIpCreateBody))]
[JsonSerializable(typeof(FloatingIpUpdateBody))]
[JsonSerializable(typeof(FloatingIpAttachBody))]
[JsonSerializable(typeof(Page<ExternalIpAnswer>), TypeInfoPropertyName = "ExternalIpPage")]
[JsonSerializable(typeof(Page<FloatingIpAnswer>), TypeInfoPropertyName = "FloatingIpPage")]
internal sealed partial class ExternalIpApiJson : JsonSerializerContext;
