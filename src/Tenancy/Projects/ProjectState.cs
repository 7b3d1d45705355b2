using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Tenancy;

/// <summary>A project, its instances and what they use.</summary>
[Wire("project.state")]
public sealed record ProjectState : IHasGeneration
{
    public bool Exists { get; init; }

    public bool IsDeleted { get; init; }

    public ProjectId Id { get; init; }

    public SiloId Silo { get; init; }

    public string Name { get; init; } = "";

    public string Description { get; init; } = "";

    public ImmutableHashSet<InstanceId> Instances { get; init; } = [];

    /// <summary>How often something was made in it by another area; never falls.</summary>
    public long HoldingCount { get; init; }

    public QuotaLedger Quota { get; init; } = QuotaLedger.Empty;

    public DateTimeOffset TimeCreated { get; init; }

    public DateTimeOffset TimeModified { get; init; }

    public long Generation { get; init; }
}
