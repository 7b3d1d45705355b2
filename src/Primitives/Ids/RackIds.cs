using System.Text.Json.Serialization;

namespace Gantry.Primitives;

/// <summary>A rack.</summary>
[JsonConverter(typeof(IdJsonConverter<RackId>))]
public readonly record struct RackId(Guid Value) : IId<RackId>
{
    /// <inheritdoc/>
    public static RackId From(Guid value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>A sled; a new one at every commissioning of the same hardware.</summary>
[JsonConverter(typeof(IdJsonConverter<SledId>))]
public readonly record struct SledId(Guid Value) : IId<SledId>
{
    /// <inheritdoc/>
    public static SledId From(Guid value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>A switch as the external API names it.</summary>
[JsonConverter(typeof(IdJsonConverter<SwitchId>))]
public readonly record struct SwitchId(Guid Value) : IId<SwitchId>
{
    /// <inheritdoc/>
    public static SwitchId From(Guid value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
