using System.Text.Json.Serialization;

namespace Gantry.Primitives;

/// <summary>What the user asked for: a logical machine.</summary>
[JsonConverter(typeof(IdJsonConverter<InstanceId>))]
public readonly record struct InstanceId(Guid Value) : IId<InstanceId>
{
    /// <inheritdoc/>
    public static InstanceId From(Guid value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>One running incarnation of an instance (the "propolis id").</summary>
[JsonConverter(typeof(IdJsonConverter<VmmId>))]
public readonly record struct VmmId(Guid Value) : IId<VmmId>
{
    /// <inheritdoc/>
    public static VmmId From(Guid value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>One live migration.</summary>
[JsonConverter(typeof(IdJsonConverter<MigrationId>))]
public readonly record struct MigrationId(Guid Value) : IId<MigrationId>
{
    /// <inheritdoc/>
    public static MigrationId From(Guid value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
