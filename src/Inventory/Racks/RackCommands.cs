using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Inventory;

/// <summary>Commands of <c>rack/&lt;id&gt;</c>.</summary>
public abstract record RackCommand
{
    internal sealed record Commission(MemberCommitted Wanted) : RackCommand;
}

/// <summary>Makes the rack known; the same again is fine, another subnet is refused.</summary>
/// <param name="Subnet">An IPv6 /56.</param>
[Wire("rack.declare")]
public sealed record DeclareRack(string Subnet) : RackCommand, ICommand<Done>;

/// <summary>
/// The rack-setup hand-off (vmm 1.9): makes the rack, and with a quorum its epoch-1 record. The same again is fine, anything else refused.
/// </summary>
/// <param name="Subnet">An IPv6 /56.</param>
/// <param name="Quorum">The first quorum, or none.</param>
[Wire("rack.found")]
public sealed record FoundRack(string Subnet, RackCreated? Quorum) : RackCommand, ICommand<Done>;

/// <summary>Gives a sled its /64: the lowest octet never used, or the one it holds already.</summary>
[Wire("rack.allocate-subnet")]
public sealed record AllocateSubnet(SledId Sled, string Serial, string Part) : RackCommand, ICommand<SubnetAllocated>;

/// <summary>The reply to <see cref="AllocateSubnet"/>.</summary>
/// <param name="Subnet">The sled's /64.</param>
[Wire("rack.subnet-allocated")]
public sealed record SubnetAllocated(string Subnet);

/// <summary>What a management gateway listed: the whole of it.</summary>
[Wire("rack.record-service-processors")]
public sealed record RecordServiceProcessors(ImmutableArray<ServiceProcessorSeen> Seen, DateTimeOffset At)
    : RackCommand, ICommand<Done>;

/// <summary>By mail from a sled that was expunged (its baseboard is free again) or decommissioned (its octet too).</summary>
[Wire("rack.release-sled"), Destructive(FleetRole = "admin")]
public sealed record ReleaseSledFromRack(SledId Sled, bool IsDecommissioned) : RackCommand, ICommand<Done>;
