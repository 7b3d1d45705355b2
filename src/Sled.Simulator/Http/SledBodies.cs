using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Devices;

namespace Gantry.Sled.Simulator;

/// <summary>Body of PUT /vmms/{id}. Parts that a simulated sled does not look at must still be there.</summary>
internal sealed record EnsureBody
{
    public required VmmSpecBody VmmSpec { get; init; }

    public required LocalConfigBody LocalConfig { get; init; }

    public required RuntimeBody VmmRuntime { get; init; }

    public required Guid InstanceId { get; init; }

    public Guid? MigrationId { get; init; }

    public required string PropolisAddr { get; init; }

    public required MetadataBody Metadata { get; init; }
}

internal sealed record VmmSpecBody
{
    public required BoardBody Board { get; init; }

    public required JsonElement Components { get; init; }
}

internal sealed record BoardBody
{
    public required int Cpus { get; init; }

    public required long MemoryMb { get; init; }

    public required JsonElement Chipset { get; init; }
}

internal sealed record LocalConfigBody
{
    public required string Hostname { get; init; }

    public required JsonElement Nics { get; init; }

    public required ExternalIpsBody ExternalIps { get; init; }

    public required JsonElement FirewallRules { get; init; }

    /// <summary>Null before version 7, which has no groups.</summary>
    public ImmutableArray<MembershipBody>? MulticastGroups { get; init; }

    public required JsonElement DhcpConfig { get; init; }

    public required JsonElement DelegatedZvols { get; init; }

    public required JsonElement AttachedSubnets { get; init; }
}

/// <summary>External addresses by version; source NAT is taken and forgotten.</summary>
internal sealed record ExternalIpsBody
{
    public ExternalIpFamilyBody? V4 { get; init; }

    public ExternalIpFamilyBody? V6 { get; init; }
}

internal sealed record ExternalIpFamilyBody
{
    public string? EphemeralIp { get; init; }

    public required ImmutableArray<string> FloatingIps { get; init; }
}

internal sealed record MembershipBody
{
    public required string GroupIp { get; init; }

    public required ImmutableArray<string> Sources { get; init; }
}

internal sealed record RuntimeBody
{
    public required string State { get; init; }

    public required long Gen { get; init; }

    public required DateTimeOffset TimeUpdated { get; init; }
}

internal sealed record MetadataBody
{
    public required Guid SiloId { get; init; }

    public required Guid ProjectId { get; init; }
}

internal sealed record PutStateBody
{
    public required RequestedBody State { get; init; }
}

internal sealed record RequestedBody
{
    public required string Type { get; init; }

    public MigrationTargetBody? Value { get; init; }
}

internal sealed record MigrationTargetBody
{
    public required string SrcPropolisAddr { get; init; }
}

internal sealed record MulticastChangeBody
{
    public MembershipBody? Join { get; init; }

    public MembershipBody? Leave { get; init; }
}

internal sealed record ExternalIpChangeBody
{
    public required string Type { get; init; }

    public required string Value { get; init; }
}

internal sealed record MigrationSourceBody
{
    public required Guid MigrationId { get; init; }

    public required string Result { get; init; }
}

internal sealed record UpdateBody(SledVmmState? UpdatedRuntime);

internal sealed record IdentifiersBody(Guid RackId, Guid SledId, string Model, long Revision, string Serial);

internal sealed record ErrorBody(string RequestId, string? ErrorCode, string Message);
