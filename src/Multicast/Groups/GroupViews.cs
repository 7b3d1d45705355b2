using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>A live group as callers see it.</summary>
public sealed record MulticastGroupRow(
    GroupId Id,
    string Name,
    string Description,
    DateTimeOffset TimeCreated,
    DateTimeOffset TimeModified,
    Ip Address,
    ImmutableArray<Ip> Sources,
    bool HasAnySourceMember,
    PoolId Pool,
    GroupPhase State)
{
    /// <summary>Set for a group that was made by a call of its own.</summary>
    public ExplicitGroup? Explicit { get; init; }

    /// <summary>Generation of what switches should hold.</summary>
    public long Generation { get; init; }

    /// <summary>Every recorded switch was read back to hold it.</summary>
    public bool IsConverged { get; init; }
}

/// <summary>What switches should hold of a group, and its underlay record; also of groups in <c>Deleting</c>.</summary>
public sealed record GroupDetailRow
{
    /// <summary>The group.</summary>
    public required GroupId Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary><c>Creating</c>, <c>Active</c> or <c>Deleting</c>.</summary>
    public required GroupPhase State { get; init; }

    /// <summary>The customer-visible address.</summary>
    public required Ip Address { get; init; }

    /// <summary>The address inside the rack; null while none is free.</summary>
    public Ip? Underlay { get; init; }

    /// <summary>Its salt; null for 0.</summary>
    public int? Salt { get; init; }

    /// <summary>The pool.</summary>
    public required PoolId Pool { get; init; }

    /// <summary>Generation of what switches should hold.</summary>
    public required long Wanted { get; init; }

    /// <summary>Live members, <c>Left</c> ones included.</summary>
    public required int MemberCount { get; init; }

    /// <summary>Source filter of the switches, ascending; empty means none.</summary>
    public required ImmutableArray<Ip> Filter { get; init; }

    /// <summary>Sleds to replicate to, ascending.</summary>
    public required ImmutableArray<SledId> Sleds { get; init; }

    /// <summary>Those of them where a member is <c>Joined</c>; null in rows of earlier releases: any of them may be.</summary>
    public ImmutableArray<SledId>? JoinedSleds { get; init; }

    /// <summary>When it was marked for deletion.</summary>
    public DateTimeOffset? TimeDeleted { get; init; }

    /// <summary>Which rule marked it for deletion; null while it lives.</summary>
    public string? EndReason { get; init; }

    /// <summary>Memberships that have ended so far.</summary>
    public long MembersEnded { get; init; }

    /// <summary>Set for a group that was made by a call of its own.</summary>
    public ExplicitGroup? Explicit { get; init; }

    /// <summary>Owner string on the switches.</summary>
    public string Tag => GroupTag.Of(Id, Address);
}

/// <summary>A live membership.</summary>
public sealed record MulticastMemberRow(
    MemberId Id,
    GroupId Group,
    Ip Address,
    InstanceId Instance,
    ImmutableArray<Ip> Sources,
    MemberState State,
    SledId? Sled,
    DateTimeOffset TimeCreated,
    DateTimeOffset TimeModified);

/// <summary>How one switch stands with one group.</summary>
public sealed record GroupSwitchRow(
    GroupId Group,
    string Switch,
    long Wanted,
    long Applied,
    ImmutableArray<SledId> Unmapped,
    bool IsUnreachable,
    string? Error,
    DateTimeOffset? LaggingSince,
    DateTimeOffset? TimeVerified)
{
    /// <summary>Entries that were missing, surplus or different when it was last read.</summary>
    public ImmutableArray<SwitchDifference>? Differences { get; init; }

    /// <summary>Sleds of which it is not known yet where they are cabled; null for none.</summary>
    public ImmutableArray<SledId>? Unknown { get; init; }

    /// <summary>The generation that the error is about, of a switch that answers; null after a success or silence.</summary>
    public long? FailedFor { get; init; }
}

/// <summary>Views written by groups. Rows of one group always belong to one commit.</summary>
public static class GroupViews
{
    /// <summary>Live groups by id.</summary>
    public static readonly ViewSchema<MulticastGroupRow> Groups = new(
        "multicast_groups",
        MulticastJson.Default.MulticastGroupRow,
        ViewColumn<MulticastGroupRow>.Text("name", r => r.Name),
        ViewColumn<MulticastGroupRow>.Text("address", r => r.Address.ToString()),
        ViewColumn<MulticastGroupRow>.Text("pool", r => r.Pool.ToString()),
        ViewColumn<MulticastGroupRow>.Text("state", r => r.State.ToString()));

    /// <summary>What switches should hold, by group id.</summary>
    public static readonly ViewSchema<GroupDetailRow> Details = new(
        "multicast_group_details",
        MulticastJson.Default.GroupDetailRow,
        ViewColumn<GroupDetailRow>.Text("address", r => r.Address.ToString()),
        ViewColumn<GroupDetailRow>.Text("underlay", r => r.Underlay?.ToString() ?? ""),
        ViewColumn<GroupDetailRow>.Text("state", r => r.State.ToString()));

    /// <summary>Live members by id.</summary>
    public static readonly ViewSchema<MulticastMemberRow> Members = new(
        "multicast_members",
        MulticastJson.Default.MulticastMemberRow,
        ViewColumn<MulticastMemberRow>.Text("group", r => r.Group.ToString()),
        ViewColumn<MulticastMemberRow>.Text("instance", r => r.Instance.ToString()),
        ViewColumn<MulticastMemberRow>.Text("state", r => r.State.ToString()));

    /// <summary>Standings by <c>&lt;group id&gt;.&lt;switch key&gt;</c>.</summary>
    public static readonly ViewSchema<GroupSwitchRow> Switches = new(
        "multicast_group_switches",
        MulticastJson.Default.GroupSwitchRow,
        ViewColumn<GroupSwitchRow>.Text("group", r => r.Group.ToString()),
        ViewColumn<GroupSwitchRow>.Text("switch", r => r.Switch),
        ViewColumn<GroupSwitchRow>.Integer("lagging", r => r.LaggingSince is null ? 0 : 1));

    /// <summary>The key of a standing.</summary>
    public static string SwitchKey(GroupId group, string @switch) => $"{group}.{@switch}";

    /// <summary>The key of a membership's row in <see cref="InstanceMulticastViews.InstanceMulticast"/>.</summary>
    public static string InstanceKey(InstanceId instance, GroupId group) => $"{instance}.{group}";
}
