using System.Text.Json.Serialization;

namespace Gantry.Api;

/// <summary>A rack as in Nexus, with its subnet.</summary>
internal sealed record RackAnswer
{
    public required Guid Id { get; init; }

    public required string Subnet { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeModified { get; init; }
}

/// <summary>Identity of a board.</summary>
internal sealed record BaseboardAnswer(string Serial, string Part, long Revision);

/// <summary>A sled's policy: <c>in_service</c> with a provision policy, or <c>expunged</c> without.</summary>
internal sealed record SledPolicyAnswer(string Kind, string? ProvisionPolicy)
{
    public static SledPolicyAnswer Of(string policy) =>
        policy == "expunged" ? new SledPolicyAnswer("expunged", null) : new SledPolicyAnswer("in_service", policy);
}

/// <summary>A sled as in Nexus; the members after <c>time_modified</c> are ours.</summary>
internal sealed record SledAnswer
{
    public required Guid Id { get; init; }

    public required Guid RackId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required int? Slot { get; init; }

    public required BaseboardAnswer Baseboard { get; init; }

    public required SledPolicyAnswer Policy { get; init; }

    public required string State { get; init; }

    public required long UsableHardwareThreads { get; init; }

    public required long UsablePhysicalRam { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeModified { get; init; }

    public required string Role { get; init; }

    public required string CpuFamily { get; init; }

    public required string Address { get; init; }

    public required long ReservoirSize { get; init; }

    public required long ThreadsReserved { get; init; }

    public required long ReservoirReserved { get; init; }

    /// <summary>Last time the agent answered; absent before the first.</summary>
    public DateTimeOffset? TimeInventoried { get; init; }

    public required long Generation { get; init; }
}

/// <summary>A switch as in Nexus; the members after <c>time_modified</c> are ours.</summary>
internal sealed record SwitchAnswer
{
    public required Guid Id { get; init; }

    public required Guid RackId { get; init; }

    public required BaseboardAnswer Baseboard { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeModified { get; init; }

    public required int Slot { get; init; }

    public required string Address { get; init; }

    /// <summary>Rear ports of its backplane map; absent while it never answered.</summary>
    public int? RearPortCount { get; init; }

    /// <summary>Last time it answered the inventory; absent before the first.</summary>
    public DateTimeOffset? TimeCollected { get; init; }

    public required long Generation { get; init; }
}

/// <summary>An instance whose active VMM is on a sled.</summary>
internal sealed record SledInstanceAnswer
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required Guid ActiveSledId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required Guid? MigrationId { get; init; }

    public required string ProjectName { get; init; }

    public required string SiloName { get; init; }

    public required string State { get; init; }

    public required int Ncpus { get; init; }

    /// <summary>In mebibytes, as Nexus has it here.</summary>
    public required long Memory { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeModified { get; init; }
}

/// <summary>Hardware that was seen and is no sled of the rack.</summary>
internal sealed record UninitializedSledAnswer(BaseboardAnswer Baseboard, Guid RackId, int Cubby);

/// <summary>Asks for <c>provisionable</c> or <c>non_provisionable</c>.</summary>
internal sealed record ProvisionPolicyBody
{
    public required string State { get; init; }
}

/// <summary>The policy before and after.</summary>
internal sealed record ProvisionPolicyAnswer(string OldState, string NewState);

/// <summary>Bodies of racks, sleds and switches.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RackAnswer))]
[JsonSerializable(typeof(SledAnswer))]
[JsonSerializable(typeof(SwitchAnswer))]
[JsonSerializable(typeof(Page<RackAnswer>), TypeInfoPropertyName = "RackPage")]
[JsonSerializable(typeof(Page<SledAnswer>), TypeInfoPropertyName = "SledPage")]
[JsonSerializable(typeof(Page<SwitchAnswer>), TypeInfoPropertyName = "SwitchPage")]
[JsonSerializable(typeof(Page<SledInstanceAnswer>), TypeInfoPropertyName = "SledInstancePage")]
[JsonSerializable(typeof(Page<UninitializedSledAnswer>), TypeInfoPropertyName = "UninitializedSledPage")]
[JsonSerializable(typeof(ProvisionPolicyBody))]
[JsonSerializable(typeof(ProvisionPolicyAnswer))]
internal sealed partial class HardwareJson : JsonSerializerContext;
