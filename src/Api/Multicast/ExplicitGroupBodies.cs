using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.Api;

/// <summary>Body of a group's create (multicast 11.2), with <c>mvlan</c> and uplinks, which the original had on pools.</summary>
internal sealed record MulticastGroupCreateBody
{
    public required string Name { get; init; }

    public required string Description { get; init; }

    /// <summary>The address; absent takes the first free one of the pool.</summary>
    public string? MulticastIp { get; init; }

    /// <summary>Source filter of members that join without naming sources.</summary>
    public IReadOnlyList<string>? SourceIps { get; init; }

    /// <summary>Name or id of the pool; absent takes the silo's default multicast pool, or the one that holds the address.</summary>
    public string? Pool { get; init; }

    /// <summary>Name or id of the VPC whose network id the group takes; absent: 77.</summary>
    public string? Vpc { get; init; }

    /// <summary>Ours: the network id itself, instead of a VPC.</summary>
    public int? Vni { get; init; }

    /// <summary>VLAN of packets that may enter, 2 to 4094.</summary>
    public int? Mvlan { get; init; }

    /// <summary>Front ports that get copies as long as there are members: <c>"switch0.qsfp0"</c> or an object.</summary>
    public IReadOnlyList<JsonElement>? SwitchPortUplinks { get; init; }
}

/// <summary>Body of a member's adding: as in 11.2, with what a join takes besides.</summary>
internal sealed record GroupMemberAddBody
{
    /// <summary>Name or id of the instance.</summary>
    public required string Instance { get; init; }

    /// <summary>Source filter of the member; absent takes the group's.</summary>
    public IReadOnlyList<string>? SourceIps { get; init; }
}

/// <summary>Body of a group's update; what is absent stays.</summary>
internal sealed record MulticastGroupUpdateBody
{
    private int? _mvlan;

    public string? Name { get; init; }

    public string? Description { get; init; }

    public IReadOnlyList<string>? SourceIps { get; init; }

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

/// <summary>Bodies of explicit groups.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(MulticastGroupCreateBody))]
[JsonSerializable(typeof(MulticastGroupUpdateBody))]
[JsonSerializable(typeof(GroupMemberAddBody))]
internal sealed partial class ExplicitGroupJson : JsonSerializerContext;
