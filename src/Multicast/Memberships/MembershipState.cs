using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>
/// One instance's memberships: the place that holds the limit of 32, and what the instance was last told to be (engine 7.2).
/// </summary>
[Wire("instance-multicast.state")]
public sealed record MembershipState
{
    /// <summary>Nothing known.</summary>
    public static readonly MembershipState Empty = new();

    /// <summary>The instance as last told. Before the first message: being created, nowhere.</summary>
    public InstanceFacts Facts { get; init; } = new(0, IsValid: true, null);

    /// <summary>The instance is gone for good.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>Groups that count against the limit.</summary>
    public ImmutableDictionary<GroupId, MembershipEntry> Entries { get; init; } = ImmutableDictionary<GroupId, MembershipEntry>.Empty;
}

/// <summary>One group of an instance.</summary>
/// <param name="Member">The membership as the group confirmed it; null while only reserved.</param>
/// <param name="IsReserved">A join is on its way.</param>
public sealed record MembershipEntry(MemberId? Member, bool IsReserved);
