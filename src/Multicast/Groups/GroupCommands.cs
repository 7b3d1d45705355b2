using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>What can be asked of a group.</summary>
public abstract record GroupCommand
{
    private GroupCommand()
    {
    }

    /// <summary>
    /// Adds an instance, or wakes its <c>Left</c> membership. With <paramref name="Create"/> and no group yet, group and first member are one
    /// decision.
    /// </summary>
    /// <param name="Instance">The instance.</param>
    /// <param name="Sources">Null: as stored; else the new filter, ascending without duplicates.</param>
    /// <param name="Facts">What the reservation knew of the instance.</param>
    /// <param name="Create">How to make the group; null when it must exist.</param>
    [Wire("multicast-group.join")]
    public sealed record Join(InstanceId Instance, ImmutableArray<Ip>? Sources, InstanceFacts Facts, GroupBirth? Create)
        : GroupCommand, ICommand<MemberReply>;

    /// <summary>Makes a group without a member (multicast 11.2).</summary>
    /// <param name="Birth">How; its <see cref="GroupBirth.Explicit"/> is set.</param>
    [Wire("multicast-group.make")]
    public sealed record Make(GroupBirth Birth) : GroupCommand, ICommand<GroupReply>;

    /// <summary>Changes an explicit group; null leaves a member as it is.</summary>
    [Wire("multicast-group.update")]
    public sealed record Update(
        string? Name,
        string? Description,
        ImmutableArray<Ip>? Sources,
        bool SetsVlan,
        int? Vlan,
        ImmutableArray<GroupUplink>? Uplinks) : GroupCommand, ICommand<GroupReply>;

    /// <summary>Ends the group; with members only when forced, and then they are taken out first.</summary>
    [Wire("multicast-group.end"), Destructive]
    public sealed record End(bool IsForced) : GroupCommand, ICommand<EndReply>;

    /// <summary>Timer: takes the next members out of a group that ends.</summary>
    [Wire("multicast-group.end-more")]
    public sealed record EndMore : GroupCommand, ICommand<Done>;

    /// <summary>Takes an instance out; the last one out marks the group for deletion (G5). Not a member is fine.</summary>
    [Wire("multicast-group.leave")]
    public sealed record Leave(InstanceId Instance) : GroupCommand, ICommand<LeaveReply>;

    /// <summary>Takes back a join of a creation that unwinds: only this row; a group that is empty then is swept (G4, G6).</summary>
    [Wire("multicast-group.undo-join")]
    public sealed record Undo(InstanceId Instance) : GroupCommand, ICommand<Done>;

    /// <summary>Gives the id up if the group was never made. The pool gets the address back.</summary>
    [Wire("multicast-group.abandon")]
    public sealed record Abandon(PoolId Pool) : GroupCommand, ICommand<AbandonReply>;

    /// <summary>From the pool: does this group live? A group that was never made is void from then on, so that a late join cannot make it.</summary>
    [Wire("multicast-group.ask-holding")]
    public sealed record AskHolding : GroupCommand;

    /// <summary>From <c>instance-multicast</c>: is the instance a member? An unmade group is void from then on.</summary>
    [Wire("multicast-group.ask-member")]
    public sealed record AskMember(InstanceId Instance) : GroupCommand;

    /// <summary>From <c>instance-multicast</c>: the instance changed.</summary>
    [Wire("multicast-group.instance-moved")]
    public sealed record InstanceMoved(InstanceId Instance, InstanceFacts Facts) : GroupCommand, ICommand<Done>;

    /// <summary>From <c>instance-multicast</c>: the instance is gone (M16).</summary>
    [Wire("multicast-group.instance-gone")]
    public sealed record InstanceGone(InstanceId Instance) : GroupCommand, ICommand<Done>;

    /// <summary>From the reconciler: an underlay address seems free, for a group that was made without one.</summary>
    [Wire("multicast-group.link-underlay")]
    public sealed record LinkUnderlay(int Salt) : GroupCommand, ICommand<Done>;

    /// <summary>Timer: what the members' own rules ask for, without looking at a switch (M2, M12).</summary>
    [Wire("multicast-group.settle")]
    public sealed record Settle : GroupCommand, ICommand<Done>;

    /// <summary>Timer: the grace of a group without members is over (G4, G6).</summary>
    [Wire("multicast-group.sweep")]
    public sealed record Sweep : GroupCommand, ICommand<Done>;

    /// <summary>From the reconciler: what one switch holds of this group.</summary>
    [Wire("multicast-group.record-applied")]
    public sealed record RecordApplied(SwitchReport Report) : GroupCommand, ICommand<Done>;
}

/// <summary>How to make a group.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">Its description.</param>
/// <param name="Address">Its address, allocated from the pool for this group id.</param>
/// <param name="Pool">The pool.</param>
/// <param name="Range">The range.</param>
/// <param name="Salt">The salt of the underlay address; null when all 256 are held.</param>
/// <param name="Switches">Keys of the recorded switches.</param>
public sealed record GroupBirth(
    string Name, string Description, Ip Address, PoolId Pool, PoolRangeId Range, int? Salt, ImmutableArray<string> Switches)
{
    /// <summary>Set for a group that is made without a member.</summary>
    public ExplicitGroup? Explicit { get; init; }
}

/// <summary>What a turn of the reconciler found on one switch for one group.</summary>
public sealed record SwitchReport
{
    /// <summary>The switch's key.</summary>
    public required string Switch { get; init; }

    /// <summary>The wanted generation that the turn worked on.</summary>
    public required long Generation { get; init; }

    /// <summary>How it ended.</summary>
    public required SwitchResult Result { get; init; }

    /// <summary>Sleds that no port leads to, definitively; only with <see cref="SwitchResult.Applied"/>.</summary>
    public ImmutableArray<SledId> Unmapped { get; init; } = [];

    /// <summary>Sleds of which it is not known yet where they are cabled; null for none.</summary>
    public ImmutableArray<SledId>? Unknown { get; init; }

    /// <summary>What is wrong; null with <see cref="SwitchResult.Applied"/>.</summary>
    public string? Error { get; init; }

    /// <summary>What was missing, surplus or different, at most 16; null with <see cref="SwitchResult.Applied"/>.</summary>
    public ImmutableArray<SwitchDifference>? Differences { get; init; }

    /// <summary>Since when it is so.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Every recorded switch, and which of them is known to be down.</summary>
    public ImmutableArray<RecordedSwitch> Recorded { get; init; } = [];
}

/// <summary>A switch of the records.</summary>
/// <param name="Key">Its key.</param>
/// <param name="DownSince">When its adapter found it down; null when it is not known to be down.</param>
/// <param name="Why">What made it so.</param>
public sealed record RecordedSwitch(string Key, DateTimeOffset? DownSince = null, string? Why = null);

/// <summary>Ends of one group's part of a turn.</summary>
public enum SwitchResult
{
    /// <summary>Read back: the switch holds what the generation asks for.</summary>
    Applied,

    /// <summary>It answers, but not with success.</summary>
    Failed,

    /// <summary>It does not answer: left out (multicast 5.9).</summary>
    Unreachable,
}

/// <summary>A membership as callers see it: the reply to a join.</summary>
[Wire("multicast-group.member")]
public sealed record MemberReply(
    MemberId Id,
    GroupId Group,
    Ip Address,
    InstanceId Instance,
    ImmutableArray<Ip> Sources,
    MemberState State,
    DateTimeOffset TimeCreated,
    DateTimeOffset TimeModified);

/// <summary>A group as callers see it: the reply to a create or an update.</summary>
[Wire("multicast-group.group")]
public sealed record GroupReply(MulticastGroupRow Group);

/// <summary>The reply to <see cref="GroupCommand.End"/>.</summary>
/// <param name="EmptiedPool">Set when the group was marked for deletion at once: the pool that gets the address back.</param>
[Wire("multicast-group.ended")]
public sealed record EndReply(PoolId? EmptiedPool);

/// <summary>The reply to a leave.</summary>
/// <param name="Member">The membership that ended; null when there was none.</param>
/// <param name="EmptiedPool">Set when the group was marked for deletion: the pool that gets the address back.</param>
[Wire("multicast-group.left")]
public sealed record LeaveReply(MemberId? Member, PoolId? EmptiedPool);

/// <summary>The reply to <see cref="GroupCommand.Abandon"/>.</summary>
/// <param name="IsVoid">The group will never be made.</param>
[Wire("multicast-group.abandoned")]
public sealed record AbandonReply(bool IsVoid);

/// <summary>The reply to <see cref="GroupCommand.AskHolding"/>.</summary>
[Wire("multicast-group.holding")]
public sealed record HoldingReply(bool IsHeld);

/// <summary>The reply to <see cref="GroupCommand.AskMember"/>.</summary>
[Wire("multicast-group.is-member")]
public sealed record IsMemberReply(MemberId? Member);
