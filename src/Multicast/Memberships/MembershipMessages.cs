using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>What can be asked of <c>instance-multicast</c>.</summary>
public abstract record MembershipCommand
{
    private MembershipCommand()
    {
    }

    /// <summary>Makes room for one group. Accepted also on repeat. Unconfirmed, it is checked after 30 s.</summary>
    /// <param name="Group">The group.</param>
    /// <param name="Facts">What the caller read of the instance; the newer of two counts. Null: nothing read.</param>
    [Wire("instance-multicast.reserve")]
    public sealed record Reserve(GroupId Group, InstanceFacts? Facts) : MembershipCommand, ICommand<ReservedReply>;

    /// <summary>Takes a reservation back; a confirmed membership stays.</summary>
    [Wire("instance-multicast.unreserve")]
    public sealed record Unreserve(GroupId Group) : MembershipCommand, ICommand<Done>;

    /// <summary>From the group: the instance is a member, with these facts.</summary>
    [Wire("instance-multicast.confirm")]
    public sealed record Confirm(GroupId Group, MemberId Member, long FactsGeneration) : MembershipCommand;

    /// <summary>The membership ended. One of an older member id leaves a newer one alone.</summary>
    [Wire("instance-multicast.ended")]
    public sealed record Ended(GroupId Group, MemberId Member) : MembershipCommand, ICommand<Done>;

    /// <summary>From Instances: the instance changed.</summary>
    [Wire("instance-multicast.told")]
    public sealed record Told(InstanceFacts Facts) : MembershipCommand, ICommand<Done>;

    /// <summary>From Instances: the instance is gone.</summary>
    [Wire("instance-multicast.deleted")]
    public sealed record Deleted : MembershipCommand, ICommand<Done>;

    /// <summary>Timer: nobody confirmed the reservation.</summary>
    [Wire("instance-multicast.check")]
    public sealed record Check(GroupId Group) : MembershipCommand;

    /// <summary>The group's answer to a check; made from a reply, never stored.</summary>
    public sealed record Checked(GroupId Group, Reply Reply) : MembershipCommand;
}

/// <summary>The reply to <see cref="MembershipCommand.Reserve"/>.</summary>
[Wire("instance-multicast.reserved")]
public sealed record ReservedReply(InstanceFacts Facts);

/// <summary>What happened to an instance's memberships.</summary>
public abstract record MembershipEvent
{
    private MembershipEvent()
    {
    }

    /// <summary>Room was made for a group.</summary>
    [Wire("instance-multicast.group-reserved")]
    public sealed record Reserved(GroupId Group) : MembershipEvent;

    /// <summary>The group confirmed.</summary>
    [Wire("instance-multicast.group-confirmed")]
    public sealed record Confirmed(GroupId Group, MemberId Member) : MembershipEvent;

    /// <summary>A reservation was taken back.</summary>
    [Wire("instance-multicast.reservation-dropped")]
    public sealed record ReservationDropped(GroupId Group) : MembershipEvent;

    /// <summary>A membership ended.</summary>
    [Wire("instance-multicast.group-left")]
    public sealed record GroupLeft(GroupId Group, MemberId Member) : MembershipEvent;

    /// <summary>The instance is now this.</summary>
    [Wire("instance-multicast.instance-told")]
    public sealed record InstanceTold(InstanceFacts Facts) : MembershipEvent;

    /// <summary>The instance is gone.</summary>
    [Wire("instance-multicast.instance-deleted")]
    public sealed record InstanceDeleted : MembershipEvent;
}
