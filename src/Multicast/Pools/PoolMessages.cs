using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>What can be asked of a pool.</summary>
public abstract record PoolCommand
{
    private PoolCommand()
    {
    }

    /// <summary>Makes the pool.</summary>
    [Wire("ip-pool.create")]
    public sealed record Create(string Name, string Description, PoolType Type, IpVersion Version, PoolAssignment Assignment)
        : PoolCommand, ICommand<PoolReply>
    {
        /// <summary>VLAN and uplinks of its groups; null for neither.</summary>
        public PoolNetwork? Network { get; init; }
    }

    /// <summary>Changes name, description, VLAN and uplinks; null leaves one as it is.</summary>
    [Wire("ip-pool.update")]
    public sealed record Update(string? Name, string? Description) : PoolCommand, ICommand<PoolReply>
    {
        /// <summary>Whether the VLAN is changed.</summary>
        public bool SetsMvlan { get; init; }

        /// <summary>The VLAN, or null for none.</summary>
        public int? Mvlan { get; init; }

        /// <summary>The uplinks.</summary>
        public ImmutableArray<GroupUplink>? Uplinks { get; init; }
    }

    /// <summary>Changes who may use it.</summary>
    [Wire("ip-pool.assign")]
    public sealed record Assign(PoolAssignment Assignment) : PoolCommand, ICommand<PoolReply>;

    /// <summary>Deletes a pool without ranges.</summary>
    [Wire("ip-pool.delete"), Destructive(FleetRole = "admin")]
    public sealed record Delete : PoolCommand, ICommand<Done>;

    /// <summary>
    /// Adds a range that the caller found to overlap no other. <paramref name="Epoch"/> is one more than the highest one it saw: who
    /// claims it second read too early and is refused.
    /// </summary>
    [Wire("ip-pool.add-range")]
    public sealed record AddRange(IpRange Range, long Epoch) : PoolCommand, ICommand<PoolRangeReply>;

    /// <summary>Removes a range by its exact bounds.</summary>
    [Wire("ip-pool.remove-range"), Destructive(FleetRole = "admin")]
    public sealed record RemoveRange(IpRange Range) : PoolCommand, ICommand<Done>;

    /// <summary>Links the pool to a silo.</summary>
    [Wire("ip-pool.link")]
    public sealed record Link(SiloId Silo, bool IsDefault, PoolDefaultPlan Plan) : PoolCommand, ICommand<Done>;

    /// <summary>Changes a link.</summary>
    [Wire("ip-pool.set-default")]
    public sealed record SetDefault(SiloId Silo, bool IsDefault, PoolDefaultPlan Plan) : PoolCommand, ICommand<Done>;

    /// <summary>From another pool: it is the silo's default since that epoch.</summary>
    [Wire("ip-pool.demote")]
    public sealed record Demote(SiloId Silo, long Epoch) : PoolCommand;

    /// <summary>Unlinks the pool from a silo.</summary>
    [Wire("ip-pool.unlink"), Destructive(FleetRole = "admin")]
    public sealed record Unlink(SiloId Silo) : PoolCommand, ICommand<Done>;

    /// <summary>Gives an address to a group that is about to be made: that one, or the lowest free. The same group gets the same again.</summary>
    [Wire("ip-pool.allocate")]
    public sealed record Allocate(GroupId Group, Ip? Address) : PoolCommand, ICommand<AllocationReply>;

    /// <summary>From the group: it lives and holds the address.</summary>
    [Wire("ip-pool.confirm")]
    public sealed record Confirm(GroupId Group, Ip Address, PoolRangeId Range) : PoolCommand;

    /// <summary>The group is marked for deletion, or was never made: the address is free.</summary>
    [Wire("ip-pool.release")]
    public sealed record Release(GroupId Group) : PoolCommand, ICommand<Done>;

    /// <summary>Timer: nobody confirmed the allocation.</summary>
    [Wire("ip-pool.check")]
    public sealed record Check(GroupId Group) : PoolCommand;

    /// <summary>The group's answer to a check; made from a reply, never stored.</summary>
    public sealed record Checked(GroupId Group, Reply Reply) : PoolCommand;

    /// <summary>
    /// Lends a unicast address for an instance, or for a floating IP when there is none: that one, or the lowest free. The same lease gets the same
    /// again.
    /// </summary>
    [Wire("ip-pool.lend")]
    public sealed record Lend(ExternalIpId Lease, InstanceId? Instance, Ip? Address) : PoolCommand, ICommand<LeaseReply>;

    /// <summary>From the holder: it has the claim on the address.</summary>
    [Wire("ip-pool.confirm-lease")]
    public sealed record ConfirmLease(ExternalIpId Lease, InstanceId? Instance, Ip Address, PoolRangeId Range) : PoolCommand;

    /// <summary>The address of the lease is free.</summary>
    [Wire("ip-pool.end-lease")]
    public sealed record EndLease(ExternalIpId Lease) : PoolCommand, ICommand<Done>;

    /// <summary>Timer: nobody confirmed the lease.</summary>
    [Wire("ip-pool.check-lease")]
    public sealed record CheckLease(ExternalIpId Lease) : PoolCommand;

    /// <summary>The holder's answer to a check; made from a reply, never stored.</summary>
    public sealed record LeaseChecked(ExternalIpId Lease, Reply Reply) : PoolCommand;
}

/// <summary>How a link becomes the default.</summary>
/// <param name="Epoch">One more than the highest count seen for the silo, type and version.</param>
/// <param name="Previous">The pool that was the default, if any.</param>
public sealed record PoolDefaultPlan(long Epoch, PoolId? Previous);

/// <summary>A pool as callers see it.</summary>
[Wire("ip-pool.pool")]
public sealed record PoolReply(IpPoolRow Pool);

/// <summary>A range as callers see it.</summary>
[Wire("ip-pool.range")]
public sealed record PoolRangeReply(IpPoolRangeRow Range);

/// <summary>An address given out. The group is the one that holds it: another one's when it was taken by a group in the making.</summary>
[Wire("ip-pool.allocation")]
public sealed record AllocationReply(GroupId Group, Ip Address, PoolRangeId Range);

/// <summary>An address lent.</summary>
[Wire("ip-pool.lease")]
public sealed record LeaseReply(Ip Address, PoolRangeId Range);

/// <summary>What happened to a pool.</summary>
public abstract record PoolEvent
{
    private PoolEvent()
    {
    }

    /// <summary>Made.</summary>
    [Wire("ip-pool.created")]
    public sealed record Created(
        PoolId Id,
        string Name,
        string Description,
        PoolType Type,
        IpVersion Version,
        PoolAssignment Assignment,
        DateTimeOffset At) : PoolEvent
    {
        /// <summary>VLAN and uplinks of its groups; null for neither.</summary>
        public PoolNetwork? Network { get; init; }
    }

    /// <summary>Renamed or described anew.</summary>
    [Wire("ip-pool.updated")]
    public sealed record Updated(string Name, string Description, DateTimeOffset At) : PoolEvent
    {
        /// <summary>VLAN and uplinks of its groups; null for neither.</summary>
        public PoolNetwork? Network { get; init; }
    }

    /// <summary>Given to other users.</summary>
    [Wire("ip-pool.assigned")]
    public sealed record Assigned(PoolAssignment Assignment, DateTimeOffset At) : PoolEvent;

    /// <summary>Deleted.</summary>
    [Wire("ip-pool.deleted")]
    public sealed record Deleted(DateTimeOffset At) : PoolEvent;

    /// <summary>Got a range.</summary>
    [Wire("ip-pool.range-added")]
    public sealed record RangeAdded(PoolRange Range, long Epoch) : PoolEvent;

    /// <summary>Lost a range.</summary>
    [Wire("ip-pool.range-removed")]
    public sealed record RangeRemoved(PoolRangeId Range) : PoolEvent;

    /// <summary>Linked, or the link changed.</summary>
    [Wire("ip-pool.linked")]
    public sealed record Linked(SiloId Silo, PoolLink Link) : PoolEvent;

    /// <summary>Unlinked.</summary>
    [Wire("ip-pool.unlinked")]
    public sealed record Unlinked(SiloId Silo) : PoolEvent;

    /// <summary>Gave an address out.</summary>
    [Wire("ip-pool.allocated")]
    public sealed record Allocated(GroupId Group, Allocation Allocation) : PoolEvent;

    /// <summary>Got an address back.</summary>
    [Wire("ip-pool.released")]
    public sealed record Released(GroupId Group, Ip Address) : PoolEvent;

    /// <summary>Lent an address, or heard that it is held.</summary>
    [Wire("ip-pool.lent")]
    public sealed record Lent(ExternalIpId Lease, Lending Lending) : PoolEvent;

    /// <summary>Got a lent address back.</summary>
    [Wire("ip-pool.lease-ended")]
    public sealed record LeaseEnded(ExternalIpId Lease, Ip Address) : PoolEvent;
}
