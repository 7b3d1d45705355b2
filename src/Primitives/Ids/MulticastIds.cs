using System.Text.Json.Serialization;

namespace Gantry.Primitives;

/// <summary>An IP pool.</summary>
[JsonConverter(typeof(IdJsonConverter<PoolId>))]
public readonly record struct PoolId(Guid Value) : IId<PoolId>
{
    /// <inheritdoc/>
    public static PoolId From(Guid value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>One range of addresses within an IP pool.</summary>
[JsonConverter(typeof(IdJsonConverter<PoolRangeId>))]
public readonly record struct PoolRangeId(Guid Value) : IId<PoolRangeId>
{
    /// <inheritdoc/>
    public static PoolRangeId From(Guid value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>A multicast group (the external one).</summary>
[JsonConverter(typeof(IdJsonConverter<GroupId>))]
public readonly record struct GroupId(Guid Value) : IId<GroupId>
{
    /// <inheritdoc/>
    public static GroupId From(Guid value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>The internal companion of one multicast group.</summary>
[JsonConverter(typeof(IdJsonConverter<UnderlayGroupId>))]
public readonly record struct UnderlayGroupId(Guid Value) : IId<UnderlayGroupId>
{
    /// <inheritdoc/>
    public static UnderlayGroupId From(Guid value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>The membership of one instance in one multicast group.</summary>
[JsonConverter(typeof(IdJsonConverter<MemberId>))]
public readonly record struct MemberId(Guid Value) : IId<MemberId>
{
    /// <inheritdoc/>
    public static MemberId From(Guid value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>A network of a customer.</summary>
[JsonConverter(typeof(IdJsonConverter<VpcId>))]
public readonly record struct VpcId(Guid Value) : IId<VpcId>
{
    /// <inheritdoc/>
    public static VpcId From(Guid value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>An external IP address that an instance or a floating IP holds.</summary>
[JsonConverter(typeof(IdJsonConverter<ExternalIpId>))]
public readonly record struct ExternalIpId(Guid Value) : IId<ExternalIpId>
{
    /// <inheritdoc/>
    public static ExternalIpId From(Guid value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
