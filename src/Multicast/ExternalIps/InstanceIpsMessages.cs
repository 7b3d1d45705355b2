using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>What can be asked of an instance's external addresses.</summary>
public abstract record InstanceIpsCommand
{
    private InstanceIpsCommand()
    {
    }

    /// <summary>Attaches an address that a pool lent for the instance.</summary>
    [Wire("instance-external-ips.attach-ephemeral")]
    public sealed record AttachEphemeral(ExternalIpId Lease, Ip Address, PoolId Pool, PoolRangeId Range) : InstanceIpsCommand, ICommand<AttachedIpReply>;

    /// <summary>Detaches the ephemeral address; which of two is said by its version.</summary>
    [Wire("instance-external-ips.detach-ephemeral")]
    public sealed record DetachEphemeral(IpVersion? Version) : InstanceIpsCommand, ICommand<AttachedIpReply>;

    /// <summary>Attaches a floating IP. Refused for a lost claim when it is attached elsewhere or deleted.</summary>
    [Wire("instance-external-ips.attach-floating")]
    public sealed record AttachFloating(ExternalIpId Id, string Name, Ip Address, PoolId Pool) : InstanceIpsCommand, ICommand<AttachedIpReply>;

    /// <summary>Detaches a floating IP.</summary>
    [Wire("instance-external-ips.detach-floating")]
    public sealed record DetachFloating(ExternalIpId Id, string Name) : InstanceIpsCommand, ICommand<AttachedIpReply>;

    /// <summary>From a pool: is the address held?</summary>
    [Wire("instance-external-ips.ask-lease")]
    public sealed record AskLease(ExternalIpId Lease) : InstanceIpsCommand, ICommand<HoldingReply>;

    /// <summary>A creation unwinds: takes addresses away, whichever kind they are.</summary>
    [Wire("instance-external-ips.take-back")]
    public sealed record TakeBack(ImmutableArray<ExternalIpId> Ids) : InstanceIpsCommand, ICommand<Done>;

    /// <summary>From the reconciler: the VMMs of the instance know of these changes, or there is none that has to.</summary>
    [Wire("instance-external-ips.tell")]
    public sealed record RecordTold(ImmutableArray<IpChange> Changes) : InstanceIpsCommand, ICommand<Done>;

    /// <summary>From Instances: the instance is gone.</summary>
    [Wire("instance-external-ips.instance-gone")]
    public sealed record InstanceGone : InstanceIpsCommand, ICommand<Done>;
}

/// <summary>An address that was attached or detached.</summary>
[Wire("instance-external-ips.attached")]
public sealed record AttachedIpReply(ExternalIpId Id, Ip Address, PoolId Pool);

/// <summary>What happened to an instance's external addresses.</summary>
public abstract record InstanceIpsEvent
{
    private InstanceIpsEvent()
    {
    }

    /// <summary>An address was attached.</summary>
    [Wire("instance-external-ips.ip-attached")]
    public sealed record Attached(ExternalIpId Id, AttachedIp Ip) : InstanceIpsEvent;

    /// <summary>An address was detached.</summary>
    [Wire("instance-external-ips.ip-detached")]
    public sealed record Detached(ExternalIpId Id) : InstanceIpsEvent;

    /// <summary>The instance's VMMs know of changes.</summary>
    [Wire("instance-external-ips.told")]
    public sealed record Told(ImmutableArray<IpChange> Changes) : InstanceIpsEvent;

    /// <summary>The instance is gone, and its addresses with it.</summary>
    [Wire("instance-external-ips.gone")]
    public sealed record Gone : InstanceIpsEvent;
}

/// <summary>An external address of an instance.</summary>
/// <param name="IsFloating">A floating IP; else ephemeral.</param>
/// <param name="Address">The address.</param>
/// <param name="Pool">The pool that it is from.</param>
public sealed record AttachedIp(bool IsFloating, Ip Address, PoolId Pool);

/// <summary>An address that an instance got or lost.</summary>
/// <param name="Id">The address as an object.</param>
/// <param name="Ip">The address.</param>
/// <param name="IsGone">It was lost.</param>
public sealed record IpChange(ExternalIpId Id, AttachedIp Ip, bool IsGone);

/// <summary>One instance's external addresses: the place that holds their limits (vmm-sled-rack 4.1).</summary>
[Wire("instance-external-ips.state")]
public sealed record InstanceIpsState
{
    /// <summary>None.</summary>
    public static readonly InstanceIpsState Empty = new();

    /// <summary>The instance is gone for good.</summary>
    public bool IsGone { get; init; }

    /// <summary>Its addresses.</summary>
    public ImmutableDictionary<ExternalIpId, AttachedIp> Ips { get; init; } = ImmutableDictionary<ExternalIpId, AttachedIp>.Empty;

    /// <summary>The last change of each address that a VMM may not know of yet. Absent in what older releases wrote.</summary>
    public ImmutableDictionary<ExternalIpId, IpChange> Untold
    {
        get => field ?? ImmutableDictionary<ExternalIpId, IpChange>.Empty;
        init;
    }
}
