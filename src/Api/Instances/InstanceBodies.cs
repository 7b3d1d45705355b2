using System.Text.Json.Serialization;

namespace Gantry.Api;

/// <summary>An instance as in Nexus; <c>generation</c> is ours.</summary>
internal sealed record InstanceAnswer
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    public required Guid ProjectId { get; init; }

    public required int Ncpus { get; init; }

    public required long Memory { get; init; }

    public required string Hostname { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public Guid? BootDiskId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? CpuPlatform { get; init; }

    public required bool EnableJumboFrames { get; init; }

    public required string RunState { get; init; }

    public required DateTimeOffset TimeRunStateUpdated { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public DateTimeOffset? TimeLastAutoRestarted { get; init; }

    public required bool AutoRestartEnabled { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? AutoRestartPolicy { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public DateTimeOffset? AutoRestartCooldownExpiration { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeModified { get; init; }

    public required long Generation { get; init; }
}

/// <summary>Creates an instance. What Nexus has besides is not served yet.</summary>
internal sealed record InstanceCreate
{
    public required string Name { get; init; }

    public required string Description { get; init; }

    public required ushort Ncpus { get; init; }

    public required long Memory { get; init; }

    public required string Hostname { get; init; }

    /// <summary>Default true.</summary>
    public bool? Start { get; init; }

    public string? AutoRestartPolicy { get; init; }

    public string? CpuPlatform { get; init; }

    public bool? EnableJumboFrames { get; init; }

    /// <summary>Default none. Attached before the instance starts, or the creation fails.</summary>
    public IReadOnlyList<ExternalIpCreateBody>? ExternalIps { get; init; }

    public IReadOnlyList<MulticastJoinSpec>? MulticastGroups { get; init; }
}

/// <summary>An external IP to attach: <c>ephemeral</c>, which may name a pool, or <c>floating</c> with <c>floating_ip</c>, a name or id.</summary>
internal sealed record ExternalIpCreateBody
{
    public required string Type { get; init; }

    public PoolSelectorBody? PoolSelector { get; init; }

    public string? FloatingIp { get; init; }
}

/// <summary>Changes an instance. Nullable members must be there all the same (vmm-sled-rack 5.4).</summary>
internal sealed record InstanceUpdateBody
{
    public required ushort Ncpus { get; init; }

    public required long Memory { get; init; }

    public required string? AutoRestartPolicy { get; init; }

    public required string? BootDisk { get; init; }

    public required string? CpuPlatform { get; init; }

    public required bool EnableJumboFrames { get; init; }

    /// <summary>Null leaves the memberships as they are; a list replaces them all.</summary>
    public IReadOnlyList<MulticastJoinSpec>? MulticastGroups { get; init; }
}

/// <summary>A multicast group to join.</summary>
internal sealed record MulticastJoinSpec
{
    /// <summary>UUID, address or name.</summary>
    public required string Group { get; init; }

    public IReadOnlyList<string>? SourceIps { get; init; }

    public string? IpVersion { get; init; }
}

/// <summary>Bodies of the instance operations.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(InstanceAnswer))]
[JsonSerializable(typeof(Page<InstanceAnswer>), TypeInfoPropertyName = "InstancePage")]
[JsonSerializable(typeof(InstanceCreate))]
[JsonSerializable(typeof(InstanceUpdateBody))]
internal sealed partial class InstanceApiJson : JsonSerializerContext;
