using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>A network of a customer, as far as multicast needs one: a name within a project and an overlay network id of its own.</summary>
[Wire("vpc.state")]
public sealed record VpcState : IHasGeneration
{
    /// <summary>Made and not deleted.</summary>
    public bool IsLive { get; init; }

    /// <summary>Deleted: terminal.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>The network.</summary>
    public VpcId Id { get; init; }

    /// <summary>Its silo.</summary>
    public SiloId Silo { get; init; }

    /// <summary>Its project.</summary>
    public ProjectId Project { get; init; }

    /// <summary>Name, unique in the project.</summary>
    public string Name { get; init; } = "";

    /// <summary>Free text.</summary>
    public string Description { get; init; } = "";

    /// <summary>Name in DNS.</summary>
    public string DnsName { get; init; } = "";

    /// <summary>Overlay network id, 1024 to 16777215, unique in the fleet; never changes.</summary>
    public int Vni { get; init; }

    /// <summary>Birth.</summary>
    public DateTimeOffset TimeCreated { get; init; }

    /// <summary>Last change.</summary>
    public DateTimeOffset TimeModified { get; init; }

    /// <inheritdoc/>
    public long Generation { get; init; }
}
