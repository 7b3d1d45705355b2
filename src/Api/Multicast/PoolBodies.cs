using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.Api;

/// <summary>An IP pool as in Nexus, with its generation.</summary>
internal sealed record IpPoolAnswer
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeModified { get; init; }

    public required string IpVersion { get; init; }

    public required string PoolType { get; init; }

    public required string Assignment { get; init; }

    /// <summary>VLAN of the pool's groups (multicast 11.1).</summary>
    public int? Mvlan { get; init; }

    /// <summary>Front ports of the pool's groups, <c>switchN.portM</c>.</summary>
    public IReadOnlyList<string>? SwitchPortUplinks { get; init; }

    public required long Generation { get; init; }
}

/// <summary>A pool as users of a silo see it.</summary>
internal sealed record SiloIpPoolAnswer
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeModified { get; init; }

    public required string IpVersion { get; init; }

    public required string PoolType { get; init; }

    public required bool IsDefault { get; init; }
}

/// <summary>Body of a create. Members with a default are settable: the generated reader sets init-only ones that are absent to null.</summary>
internal sealed record IpPoolCreateBody
{
    public required string Name { get; init; }

    public required string Description { get; init; }

    // Settable and not init: members that a body leaves away keep their defaults only so when the code is source-generated.
    public string IpVersion { get; set; } = "v4";

    public string PoolType { get; set; } = "unicast";

    public string Assignment { get; set; } = "silos";

    /// <summary>Multicast pools only: VLAN of its groups, 0 to 4094.</summary>
    public int? Mvlan { get; init; }

    /// <summary>Multicast pools only: front ports that get copies: <c>"switch0.qsfp0"</c> or an object.</summary>
    public IReadOnlyList<JsonElement>? SwitchPortUplinks { get; init; }
}

/// <summary>Body of an update; version and type never change.</summary>
internal sealed record IpPoolUpdateBody
{
    private int? _mvlan;

    public string? Name { get; init; }

    public string? Description { get; init; }

    /// <summary>Null takes the VLAN away; absent leaves it.</summary>
    public int? Mvlan
    {
        get => _mvlan;
        set => (_mvlan, SetsMvlan) = (value, true);
    }

    /// <summary>The body has the member.</summary>
    [JsonIgnore]
    public bool SetsMvlan { get; private set; }

    public IReadOnlyList<JsonElement>? SwitchPortUplinks { get; init; }
}

/// <summary>Body of an assignment.</summary>
internal sealed record IpPoolAssignBody
{
    public required string Assignment { get; init; }
}

/// <summary>A range: first and last address.</summary>
internal sealed record IpRangeBody
{
    public required string First { get; init; }

    public required string Last { get; init; }
}

/// <summary>A range of a pool.</summary>
internal sealed record IpPoolRangeAnswer(Guid Id, Guid IpPoolId, IpRangeBody Range, DateTimeOffset TimeCreated);

/// <summary>Body of a link.</summary>
internal sealed record IpPoolLinkBody
{
    public required string Silo { get; init; }

    public required bool IsDefault { get; init; }
}

/// <summary>Body of a change of a link.</summary>
internal sealed record IpPoolLinkUpdateBody
{
    public required bool IsDefault { get; init; }
}

/// <summary>A link of a pool to a silo.</summary>
internal sealed record IpPoolLinkAnswer(Guid IpPoolId, Guid SiloId, bool IsDefault);

/// <summary>Addresses in all and left.</summary>
internal sealed record IpPoolUtilizationAnswer(double Capacity, double Remaining);

/// <summary>Bodies of pools.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IpPoolAnswer))]
[JsonSerializable(typeof(SiloIpPoolAnswer))]
[JsonSerializable(typeof(IpPoolCreateBody))]
[JsonSerializable(typeof(IpPoolUpdateBody))]
[JsonSerializable(typeof(IpPoolAssignBody))]
[JsonSerializable(typeof(IpRangeBody))]
[JsonSerializable(typeof(IpPoolRangeAnswer))]
[JsonSerializable(typeof(IpPoolLinkBody))]
[JsonSerializable(typeof(IpPoolLinkUpdateBody))]
[JsonSerializable(typeof(IpPoolLinkAnswer))]
[JsonSerializable(typeof(IpPoolUtilizationAnswer))]
[JsonSerializable(typeof(Page<IpPoolAnswer>), TypeInfoPropertyName = "PoolPage")]
[JsonSerializable(typeof(Page<SiloIpPoolAnswer>), TypeInfoPropertyName = "SiloPoolPage")]
[JsonSerializable(typeof(Page<IpPoolRangeAnswer>), TypeInfoPropertyName = "RangePage")]
[JsonSerializable(typeof(Page<IpPoolLinkAnswer>), TypeInfoPropertyName = "LinkPage")]
internal sealed partial class PoolApiJson : JsonSerializerContext;
