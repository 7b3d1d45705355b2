namespace Gantry.Actors;

/// <summary>
/// On whose behalf something is done. Goes into the journal as <c>caller</c>: it is the audit trail.
/// </summary>
/// <param name="Kind">What sort of caller.</param>
/// <param name="Id">User id, entity address, reconciler name or node id.</param>
/// <param name="FleetRole">The caller's role on the fleet, as checked by the gateway; null for none.</param>
public sealed record Principal(PrincipalKind Kind, string Id, string? FleetRole = null)
{
    /// <summary>The engine itself: timers, sweeps.</summary>
    public static readonly Principal Engine = new(PrincipalKind.Engine, "engine");

    /// <summary>An entity that posted a message.</summary>
    public static Principal Entity(EntityAddress address) => new(PrincipalKind.Entity, address.ToString());

    /// <summary>A reconciler that reports.</summary>
    public static Principal Reconciler(string name) => new(PrincipalKind.Reconciler, name);

    /// <summary>Text form <c>kind:id</c>, as in the journal.</summary>
    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()}:{Id}";
}

/// <summary>The sorts of callers.</summary>
public enum PrincipalKind
{
    /// <summary>A user known by a token or a client certificate.</summary>
    User,

    /// <summary>Another entity, by mail.</summary>
    Entity,

    /// <summary>A reconciler or an activity.</summary>
    Reconciler,

    /// <summary>A sled or switch calling the internal listener.</summary>
    Device,

    /// <summary>An embedding host in the same process.</summary>
    Host,

    /// <summary>The engine itself.</summary>
    Engine,
}
