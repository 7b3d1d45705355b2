using Gantry.Actors;
using Gantry.Contracts;

namespace Gantry.Tenancy;

/// <summary>Commands of <c>silo/&lt;id&gt;</c>.</summary>
public abstract record SiloCommand
{
    internal sealed record Charge(ChargeQuota Wanted) : SiloCommand;

    internal sealed record Release(ReleaseQuota Wanted) : SiloCommand;
}

/// <summary>
/// Asked by mail by what was just made in the silo. Whoever makes a project or a user has looked at the silo's row before, and it may be
/// deleted between the look and the making: then this is refused, and what was made ends too.
/// </summary>
[Wire("silo.ask-standing")]
internal sealed record AskStanding : SiloCommand, ICommand<Done>;

/// <summary>Sets the quota; what is null stays. Below what is in use is fine: nothing new starts then.</summary>
[Wire("silo.set-quota")]
public sealed record SetSiloQuota(long? CpusMax, long? MemoryBytesMax, long? StorageBytesMax) : SiloCommand, ICommand<Done>;

/// <summary>Ends a silo. The asker has made sure that it holds no projects and users; refused while instances of it run.</summary>
[Wire("silo.delete"), Destructive(FleetRole = "admin")]
public sealed record DeleteSilo : SiloCommand, ICommand<Done>;

/// <summary>Makes a silo; a repeat for the same id and name is fine.</summary>
/// <param name="Name">Unique on the fleet.</param>
/// <param name="Description">Free text.</param>
/// <param name="IsDiscoverable">As in Nexus.</param>
/// <param name="IdentityMode">As in Nexus; kept, not acted upon.</param>
/// <param name="CpusMax">Quota of vCPUs; null for none.</param>
/// <param name="MemoryBytesMax">Quota of memory; null for none.</param>
/// <param name="StorageBytesMax">Quota of storage; kept, nothing is charged to it yet.</param>
[Wire("silo.create")]
public sealed record CreateSilo(
    string Name, string Description, bool IsDiscoverable, string IdentityMode,
    long? CpusMax = null, long? MemoryBytesMax = null, long? StorageBytesMax = null)
    : SiloCommand, ICommand<Done>;
