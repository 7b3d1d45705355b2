using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Gantry.Sled;

/// <summary>Body of a registration as it is sent (vmm 5.2).</summary>
internal sealed record EnsureBody(
    VmmSpecBody VmmSpec,
    LocalConfigBody LocalConfig,
    VmmRuntimeBody VmmRuntime,
    Guid InstanceId,
    Guid? MigrationId,
    string PropolisAddr,
    MetadataBody Metadata);

internal sealed record VmmSpecBody(BoardBody Board, EmptyBody Components);

internal sealed record BoardBody(int Cpus, long MemoryMb, ChipsetBody Chipset);

internal sealed record ChipsetBody(string Type, ChipsetValueBody Value);

internal sealed record ChipsetValueBody(bool EnablePcie);

internal sealed record LocalConfigBody(
    string Hostname,
    ImmutableArray<EmptyBody> Nics,
    ExternalIpsBody ExternalIps,
    ImmutableArray<EmptyBody> FirewallRules,
    ImmutableArray<MulticastBody> MulticastGroups,
    DhcpBody DhcpConfig,
    ImmutableArray<EmptyBody> DelegatedZvols,
    ImmutableArray<EmptyBody> AttachedSubnets);

internal sealed record ExternalIpsBody(ExternalIpFamilyBody? V4, ExternalIpFamilyBody? V6);

internal sealed record ExternalIpFamilyBody(string? EphemeralIp, ImmutableArray<string> FloatingIps);

internal sealed record ExternalIpBody(string Type, string Value);

internal sealed record MulticastBody(string GroupIp, ImmutableArray<string> Sources);

internal sealed record DhcpBody(ImmutableArray<string> DnsServers, ImmutableArray<string> SearchDomains);

internal sealed record MetadataBody(Guid SiloId, Guid ProjectId);

internal sealed record EmptyBody;

internal sealed record VmmRuntimeBody(string State, long Gen, DateTimeOffset TimeUpdated);

internal sealed record PutStateBody(RequestedStateBody State);

internal sealed record RequestedStateBody(string Type, MigrationTargetBody? Value);

internal sealed record MigrationTargetBody(string SrcPropolisAddr);

/// <summary>Answers, with what the port needs required so that a shape change is <c>Garbled</c> and not a default value.</summary>
internal sealed record VmmStateAnswer
{
    public required VmmRuntimeAnswer VmmState { get; init; }

    public MigrationAnswer? MigrationIn { get; init; }

    public MigrationAnswer? MigrationOut { get; init; }
}

internal sealed record VmmRuntimeAnswer
{
    public required string State { get; init; }

    public required long Gen { get; init; }

    public required DateTimeOffset TimeUpdated { get; init; }
}

internal sealed record MigrationAnswer
{
    public required Guid MigrationId { get; init; }

    public required string State { get; init; }

    public required long Gen { get; init; }

    public required DateTimeOffset TimeUpdated { get; init; }
}

internal sealed record UpdateAnswer
{
    public VmmStateAnswer? UpdatedRuntime { get; init; }
}

internal sealed record InventoryAnswer
{
    public required Guid SledId { get; init; }

    public required string SledRole { get; init; }

    public required BaseboardAnswer BaseboardId { get; init; }

    public required string CpuFamily { get; init; }

    public required long UsableHardwareThreads { get; init; }

    public required long UsablePhysicalRam { get; init; }

    public required long ReservoirSize { get; init; }
}

internal sealed record BaseboardAnswer
{
    public required string PartNumber { get; init; }

    public required string SerialNumber { get; init; }
}

internal sealed record ServiceProcessorAnswer
{
    public required string Type { get; init; }

    public required int Slot { get; init; }

    public required string PartNumber { get; init; }

    public required string SerialNumber { get; init; }

    public required string PowerState { get; init; }
}

/// <summary>Writes and reads what goes over the wire.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(EnsureBody))]
[JsonSerializable(typeof(PutStateBody))]
[JsonSerializable(typeof(ExternalIpBody))]
[JsonSerializable(typeof(VmmStateAnswer))]
[JsonSerializable(typeof(UpdateAnswer))]
[JsonSerializable(typeof(InventoryAnswer))]
[JsonSerializable(typeof(ImmutableArray<ServiceProcessorAnswer>))]
internal sealed partial class SledJson : JsonSerializerContext;
