using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>Where a floating IP stands.</summary>
public enum FloatingIpPhase
{
    /// <summary>Not made.</summary>
    Unborn,

    /// <summary>Made and not deleted.</summary>
    Live,

    /// <summary>Deleted; holds the right to be attached a little longer.</summary>
    Deleted,

    /// <summary>Over; terminal.</summary>
    Ended,
}

/// <summary>An external address of a project. What it is attached to is the instance's to know.</summary>
[Wire("floating-ip.state")]
public sealed record FloatingIpState : IHasGeneration
{
    /// <summary>Where it stands.</summary>
    public FloatingIpPhase Phase { get; init; }

    /// <summary>The address as an object; also the pool's lease.</summary>
    public ExternalIpId Id { get; init; }

    /// <summary>Its silo.</summary>
    public SiloId Silo { get; init; }

    /// <summary>Its project.</summary>
    public ProjectId Project { get; init; }

    /// <summary>Name, unique in the project.</summary>
    public string Name { get; init; } = "";

    /// <summary>Free text.</summary>
    public string Description { get; init; } = "";

    /// <summary>The address; never changes.</summary>
    public Ip Address { get; init; }

    /// <summary>The pool that lent it.</summary>
    public PoolId Pool { get; init; }

    /// <summary>Birth.</summary>
    public DateTimeOffset TimeCreated { get; init; }

    /// <summary>Last change.</summary>
    public DateTimeOffset TimeModified { get; init; }

    /// <inheritdoc/>
    public long Generation { get; init; }
}
