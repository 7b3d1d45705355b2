using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>What happened to a group.</summary>
public abstract record GroupEvent
{
    private GroupEvent()
    {
    }

    /// <summary>Made by its first join (G1); <paramref name="Salt"/> null means 0. Without an underlay address when none was free.</summary>
    [Wire("multicast-group.created")]
    public sealed record Created(
        GroupId Id,
        string Name,
        string Description,
        Ip Address,
        PoolId Pool,
        PoolRangeId Range,
        UnderlayGroupId UnderlayId,
        Ip? Underlay,
        int? Salt,
        ImmutableArray<string> Switches,
        DateTimeOffset At,
        ExplicitGroup? Explicit = null) : GroupEvent;

    /// <summary>An underlay address became free and is the group's now; <paramref name="Salt"/> null means 0.</summary>
    [Wire("multicast-group.underlay-linked")]
    public sealed record UnderlayLinked(Ip Underlay, int? Salt, DateTimeOffset At) : GroupEvent;

    /// <summary>An explicit group was changed.</summary>
    [Wire("multicast-group.updated")]
    public sealed record Updated(string Name, string Description, ExplicitGroup Explicit, DateTimeOffset At) : GroupEvent;

    /// <summary>It was asked to end.</summary>
    [Wire("multicast-group.end-asked")]
    public sealed record EndAsked(DateTimeOffset At) : GroupEvent;

    /// <summary>Given up before it was made.</summary>
    [Wire("multicast-group.voided")]
    public sealed record Voided(GroupId Id) : GroupEvent;

    /// <summary>An instance joined (M1).</summary>
    [Wire("multicast-group.member-joining")]
    public sealed record MemberAdded(
        MemberId Member, InstanceId Instance, ImmutableArray<Ip> Sources, InstanceFacts Facts, DateTimeOffset At) : GroupEvent;

    /// <summary>A <c>Left</c> membership was joined again by its user (M14).</summary>
    [Wire("multicast-group.member-rejoined")]
    public sealed record MemberRejoined(
        InstanceId Instance, ImmutableArray<Ip> Sources, InstanceFacts Facts, DateTimeOffset At) : GroupEvent;

    /// <summary>The instance said something new about itself. Events of earlier releases have no time.</summary>
    [Wire("multicast-group.member-told")]
    public sealed record MemberTold(InstanceId Instance, InstanceFacts Facts, DateTimeOffset? At = null) : GroupEvent;

    /// <summary>The member's sled changed, its state did not (M3, M8).</summary>
    [Wire("multicast-group.member-moved")]
    public sealed record MemberMoved(InstanceId Instance, SledId? From, SledId? To, DateTimeOffset At) : GroupEvent;

    /// <summary>The member's state changed (M2, M4, M9 to M12, M15).</summary>
    [Wire("multicast-group.member-state-changed")]
    public sealed record MemberStateChanged(
        InstanceId Instance, MemberState From, MemberState To, SledId? Sled, string Reason, DateTimeOffset At) : GroupEvent;

    /// <summary>The membership ended (M16).</summary>
    [Wire("multicast-group.member-removed")]
    public sealed record MemberRemoved(MemberId Member, InstanceId Instance, string Reason, DateTimeOffset At) : GroupEvent;

    /// <summary>Every reachable switch holds it (G3).</summary>
    [Wire("multicast-group.activated")]
    public sealed record Activated(DateTimeOffset At) : GroupEvent;

    /// <summary>Its last member is gone (G4 to G6).</summary>
    [Wire("multicast-group.marked-deleting")]
    public sealed record MarkedDeleting(string Reason, DateTimeOffset At) : GroupEvent;

    /// <summary>The recorded switches are now these.</summary>
    [Wire("multicast-group.switches-recorded")]
    public sealed record SwitchesRecorded(ImmutableArray<string> Keys, DateTimeOffset At) : GroupEvent;

    /// <summary>A switch stands otherwise than before.</summary>
    [Wire("multicast-group.switch-reported")]
    public sealed record SwitchReported(
        string Switch,
        long Generation,
        SwitchResult Result,
        ImmutableArray<SledId> Unmapped,
        string? Error,
        DateTimeOffset Since,
        DateTimeOffset At,
        ImmutableArray<SwitchDifference>? Differences = null,
        ImmutableArray<SledId>? Unknown = null) : GroupEvent;

    /// <summary>Every recorded switch confirmed that nothing is left: the rows go (G7).</summary>
    [Wire("multicast-group.gone")]
    public sealed record Gone(DateTimeOffset At) : GroupEvent;
}
