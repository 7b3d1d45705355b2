using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Tenancy;

/// <summary>A silo with its quota.</summary>
[Wire("silo.state")]
public sealed record SiloState : IHasGeneration
{
    public bool Exists { get; init; }

    public SiloId Id { get; init; }

    public string Name { get; init; } = "";

    public string Description { get; init; } = "";

    public bool IsDiscoverable { get; init; }

    public string IdentityMode { get; init; } = "";

    public bool IsDeleted { get; init; }

    public long? StorageBytesMax { get; init; }

    public DateTimeOffset TimeModified { get; init; }

    public QuotaLedger Quota { get; init; } = QuotaLedger.Empty;

    public DateTimeOffset TimeCreated { get; init; }

    public long Generation { get; init; }
}
