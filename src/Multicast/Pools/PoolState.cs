using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>An IP pool: its ranges, its silo links, and the multicast addresses given out.</summary>
[Wire("ip-pool.state")]
public sealed record PoolState : IHasGeneration
{
    /// <summary>Not created.</summary>
    public static readonly PoolState None = new();

    /// <summary>Created and not deleted.</summary>
    public bool IsLive { get; init; }

    /// <summary>Deleted: terminal.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>The pool.</summary>
    public PoolId Id { get; init; }

    /// <summary>Name, unique in the fleet.</summary>
    public string Name { get; init; } = "";

    /// <summary>Free text.</summary>
    public string Description { get; init; } = "";

    /// <summary>Type; never changes.</summary>
    public PoolType Type { get; init; }

    /// <summary>IP version; never changes.</summary>
    public IpVersion Version { get; init; }

    /// <summary>Who may use it.</summary>
    public PoolAssignment Assignment { get; init; }

    /// <summary>Birth.</summary>
    public DateTimeOffset TimeCreated { get; init; }

    /// <summary>Last change of name, description or assignment.</summary>
    public DateTimeOffset TimeModified { get; init; }

    /// <summary>VLAN and uplinks of its groups; null for neither.</summary>
    public PoolNetwork? Network { get; init; }

    /// <inheritdoc/>
    public long Generation { get; init; }

    /// <summary>Ranges, ascending.</summary>
    public ImmutableArray<PoolRange> Ranges { get; init; } = [];

    /// <summary>Links by silo.</summary>
    public ImmutableDictionary<SiloId, PoolLink> Links { get; init; } = ImmutableDictionary<SiloId, PoolLink>.Empty;

    /// <summary>Addresses given out, by group.</summary>
    public ImmutableDictionary<GroupId, Allocation> Given { get; init; } = ImmutableDictionary<GroupId, Allocation>.Empty;

    /// <summary>Unicast addresses lent to instances and floating IPs, by lease.</summary>
    public ImmutableDictionary<ExternalIpId, Lending> Lent
    {
        get => field ?? ImmutableDictionary<ExternalIpId, Lending>.Empty; // absent in what older nodes stored
        init;
    }

    /// <summary>What never changes of it.</summary>
    public PoolNature Nature => new(Type, Version);
}

/// <summary>One range of a pool.</summary>
public sealed record PoolRange(PoolRangeId Id, Ip First, Ip Last, DateTimeOffset TimeCreated)
{
    /// <summary>As an interval.</summary>
    public IpRange Range => new(First, Last);
}

/// <summary>A pool's link to a silo.</summary>
/// <param name="IsDefault">Asked to be the default.</param>
/// <param name="DefaultEpoch">
/// When it was asked, as a count per silo, type and version; 0 for never. The default is the link with the highest count, see <see cref="PoolDefaults"/>.
/// </param>
public sealed record PoolLink(bool IsDefault, long DefaultEpoch);

/// <summary>An address given to a group.</summary>
/// <param name="Address">The address.</param>
/// <param name="Range">The range it is from.</param>
/// <param name="IsConfirmed">The group lives and said so.</param>
public sealed record Allocation(Ip Address, PoolRangeId Range, bool IsConfirmed);

/// <summary>A unicast address lent.</summary>
/// <param name="Address">The address.</param>
/// <param name="Range">The range it is from.</param>
/// <param name="Instance">The instance that holds it as its ephemeral address; null when a floating IP does.</param>
/// <param name="IsConfirmed">The holder said so.</param>
public sealed record Lending(Ip Address, PoolRangeId Range, InstanceId? Instance, bool IsConfirmed);
