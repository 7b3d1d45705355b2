using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>Where a group stands in its life (multicast 4.1), with the ends that only this product has.</summary>
public enum GroupPhase
{
    /// <summary>Nobody has joined yet.</summary>
    Unborn,

    /// <summary>Given up before it was made: its id is never used (see <see cref="GroupCommand.AskHolding"/>).</summary>
    Void,

    /// <summary><c>Creating</c>: not yet on every reachable switch.</summary>
    Creating,

    /// <summary><c>Active</c>: was seen on every reachable switch.</summary>
    Active,

    /// <summary><c>Deleting</c>: invisible; waits until every recorded switch confirmed that it is gone there. No way back.</summary>
    Deleting,

    /// <summary>Row gone.</summary>
    Gone,
}

/// <summary>States of a member (multicast 4.2).</summary>
public enum MemberState
{
    /// <summary>Wants to be on the switches.</summary>
    Joining,

    /// <summary>On every reachable switch.</summary>
    Joined,

    /// <summary>Its instance does not run; the membership stays.</summary>
    Left,
}

/// <summary>
/// A multicast group with its underlay record and its members: one decision covers all three (engine 7.2).
/// </summary>
[Wire("multicast-group.state")]
public sealed record GroupState : IHasGeneration
{
    /// <summary>No switch, ordered by bytes. Stands before <see cref="Unborn"/>, which is made of it.</summary>
    internal static readonly ImmutableSortedDictionary<string, SwitchStanding> NoSwitches =
        ImmutableSortedDictionary.Create<string, SwitchStanding>(StringComparer.Ordinal);

    /// <summary>Before the first join.</summary>
    public static readonly GroupState Unborn = new();

    /// <summary>Where it stands.</summary>
    public GroupPhase Phase { get; init; }

    /// <summary>The group.</summary>
    public GroupId Id { get; init; }

    /// <summary>Name, unique over live groups of the fleet; never changes.</summary>
    public string Name { get; init; } = "";

    /// <summary>Free text.</summary>
    public string Description { get; init; } = "";

    /// <summary>The customer-visible address; never changes.</summary>
    public Ip Address { get; init; }

    /// <summary>The pool that the address is from.</summary>
    public PoolId Pool { get; init; }

    /// <summary>The range of the pool that the address is from.</summary>
    public PoolRangeId Range { get; init; }

    /// <summary>The underlay record's id.</summary>
    public UnderlayGroupId UnderlayId { get; init; }

    /// <summary>
    /// The address inside the rack: <see cref="UnderlayAddress.Derive"/> of address and salt. Null until one of the 256 is free (multicast 6.2).
    /// </summary>
    public Ip? Underlay { get; init; }

    /// <summary>The salt; null for 0, as stored upstream.</summary>
    public int? Salt { get; init; }

    /// <summary>Birth.</summary>
    public DateTimeOffset TimeCreated { get; init; }

    /// <summary>Last change of the group's own state.</summary>
    public DateTimeOffset TimeModified { get; init; }

    /// <summary>When it was marked for deletion.</summary>
    public DateTimeOffset? TimeDeleted { get; init; }

    /// <summary>
    /// Generation of what switches should hold: rises with every change of members, their sleds and sources, and with the deletion. A
    /// switch that applied this generation is up to date.
    /// </summary>
    public long Wanted { get; init; }

    /// <summary>What was asked for is what switches should hold and how the group is called: one number for both.</summary>
    [JsonIgnore]
    public long Generation => Wanted;

    /// <summary>Set for a group that was made by a call of its own; null for one that its first join made.</summary>
    public ExplicitGroup? Explicit { get; init; }

    /// <summary>It was asked to end: nobody joins it any more, and its members are being taken out.</summary>
    public bool IsEnding { get; init; }

    /// <summary>Which rule marked it for deletion; empty while it lives.</summary>
    public string EndReason { get; init; } = "";

    /// <summary>Memberships that have ended so far.</summary>
    public long MembersEnded { get; init; }

    /// <summary>Overlay network id of the NAT target.</summary>
    [JsonIgnore]
    public int Vni => Explicit?.Vni ?? MulticastLimits.Vni;

    /// <summary>Live members by instance, <c>Left</c> ones included.</summary>
    public ImmutableDictionary<InstanceId, Member> Members { get; init; } = ImmutableDictionary<InstanceId, Member>.Empty;

    /// <summary>Every recorded switch by its key <c>&lt;rack id&gt;-&lt;slot&gt;</c>.</summary>
    public ImmutableSortedDictionary<string, SwitchStanding> Switches { get; init; } = NoSwitches;

    /// <summary>Owner string on the switches: <c>{id}:{address}</c>.</summary>
    public string Tag => GroupTag.Of(Id, Address);

    /// <summary>Visible to callers.</summary>
    public bool IsLive => Phase is GroupPhase.Creating or GroupPhase.Active;
}

/// <summary>The membership of one instance.</summary>
public sealed record Member
{
    /// <summary>Its id, kept over stop and start.</summary>
    public required MemberId Id { get; init; }

    /// <summary>The instance.</summary>
    public required InstanceId Instance { get; init; }

    /// <summary>The state.</summary>
    public required MemberState State { get; init; }

    /// <summary>Where the instance runs, as stored on the row: null when <c>Left</c>.</summary>
    public SledId? Sled { get; init; }

    /// <summary>Source filter, ascending; empty means any source.</summary>
    public required ImmutableArray<Ip> Sources { get; init; }

    /// <summary>What the instance was last told to be.</summary>
    public required InstanceFacts Facts { get; init; }

    /// <summary>The group's wanted generation from which switches carry this member's sled.</summary>
    public long Since { get; init; }

    /// <summary>Birth.</summary>
    public required DateTimeOffset TimeCreated { get; init; }

    /// <summary>Last change of state, sled or sources.</summary>
    public required DateTimeOffset TimeModified { get; init; }

    /// <summary>Whether switches should carry it: it wants traffic and has somewhere to send it.</summary>
    public bool IsCarried => State != MemberState.Left && Facts is { IsValid: true, Sled: not null } && Sled is not null;
}

/// <summary>What is known of an instance (multicast 4.2, <c>InstanceChanged</c>).</summary>
/// <param name="Generation">State generation; the highest one counts.</param>
/// <param name="IsValid">Internal state <c>creating</c> or <c>vmm</c>.</param>
/// <param name="Sled">Sled of the active VMM, or none.</param>
public sealed record InstanceFacts(long Generation, bool IsValid, SledId? Sled)
{
    /// <summary>What the instance's row says.</summary>
    internal static InstanceFacts Of(InstanceRow row) => new(row.StateGeneration, IsValidState(row.State), row.Sled);

    /// <summary>Whether an instance of this internal state is one that takes traffic (multicast 4.2).</summary>
    internal static bool IsValidState(string state) => state is "creating" or "vmm";
}

/// <summary>How one switch stands with one group.</summary>
public sealed record SwitchStanding
{
    /// <summary>Highest generation that was read back from it; 0 for none.</summary>
    public long Applied { get; init; }

    /// <summary>Sleds of that generation that no rear port leads to, definitively.</summary>
    public ImmutableArray<SledId> Unmapped { get; init; } = [];

    /// <summary>Sleds of that generation of which it is not known yet where they are cabled; null for none.</summary>
    public ImmutableArray<SledId>? Unknown { get; init; }

    /// <summary>Generation for which it was found unreachable; null after it answered.</summary>
    public long? UnreachableFor { get; init; }

    /// <summary>Generation for which it answered with an error; null after a success.</summary>
    public long? FailedFor { get; init; }

    /// <summary>
    /// Newest generation that was made without it: it did not answer, or was not recorded yet. Outlives failures, unlike
    /// <see cref="UnreachableFor"/>; null after a success.
    /// </summary>
    public long? LeftOutFor { get; init; }

    /// <summary>Why it is behind; null when the last turn went well.</summary>
    public string? Error { get; init; }

    /// <summary>Entries that were missing, surplus or different when it was last read; null when the last turn went well.</summary>
    public ImmutableArray<SwitchDifference>? Differences { get; init; }

    /// <summary>Since when it is behind; null when it is not.</summary>
    public DateTimeOffset? LaggingSince { get; init; }

    /// <summary>When it was last read back and right after being behind.</summary>
    public DateTimeOffset? TimeVerified { get; init; }

    /// <summary>It may be left out for a change of this generation: it did not answer when the change was to be made.</summary>
    public bool IsLeftOut(long generation) => UnreachableFor >= generation;
}

/// <summary>The owner string of a group's objects on switches.</summary>
public static class GroupTag
{
    /// <summary><c>{group uuid}:{multicast ip}</c>, at most 76 characters of <c>A-Za-z0-9_.:-</c>.</summary>
    public static string Of(GroupId id, Ip address) => $"{id}:{address}";

    /// <summary>The group of a tag of our form; null for a foreign one.</summary>
    public static GroupId? TryParse(string tag)
    {
        var colon = tag.IndexOf(':', StringComparison.Ordinal);
        return colon == 36
            && Guid.TryParseExact(tag[..colon], "D", out var id)
            && Ip.TryParse(tag[(colon + 1)..]) is { } address
            && string.Equals(tag, Of(new GroupId(id), address), StringComparison.Ordinal)
                ? new GroupId(id)
                : null;
    }
}
