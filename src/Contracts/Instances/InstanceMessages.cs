using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Contracts;

/// <summary>
/// Instances → Multicast, to <see cref="Addresses.InstanceMulticast"/>: posted at each commit that changes the internal state, the active VMM or its
/// sled. The receiver keeps the one with the highest generation.
/// </summary>
/// <param name="Instance">The instance.</param>
/// <param name="StateGeneration">The instance's state generation; a lower one is old news.</param>
/// <param name="IsValid">Internal state is <c>creating</c> or <c>vmm</c> (multicast 4.2).</param>
/// <param name="ActiveVmm">The active VMM, if any.</param>
/// <param name="Sled">Its sled; null when there is none or the VMM is <c>saga_unwound</c>.</param>
[Wire("instance.changed")]
public sealed record InstanceChanged(
    InstanceId Instance, long StateGeneration, bool IsValid, VmmId? ActiveVmm, SledId? Sled);

/// <summary>Instances → Multicast: the instance is gone for good; all its memberships end.</summary>
[Wire("instance.deleted")]
public sealed record InstanceDeleted(InstanceId Instance);

/// <summary>
/// Input of the activity <see cref="MulticastActivities.Join"/>: joins one group for an instance that is being created; the result
/// is <see cref="JoinedForInstance"/>.
/// </summary>
/// <param name="Instance">The instance.</param>
/// <param name="Silo">The silo whose pools may be used when the group has to be created.</param>
/// <param name="Group">Group by UUID, address or name.</param>
/// <param name="Sources">As in the request: null, empty or a list.</param>
/// <param name="IpVersion"><c>v4</c>, <c>v6</c> or null.</param>
/// <param name="Caller">On whose behalf.</param>
[Wire("multicast.join-for-instance")]
public sealed record JoinForInstance(
    InstanceId Instance, SiloId Silo, string Group, ImmutableArray<string>? Sources, string? IpVersion, Principal Caller);

/// <summary>The result of <see cref="JoinForInstance"/>.</summary>
[Wire("multicast.joined-for-instance")]
public sealed record JoinedForInstance(GroupId Group, MemberId Member);

/// <summary>Input of the activity <see cref="MulticastActivities.Undo"/>: takes back one join of a creation that unwinds.</summary>
[Wire("multicast.undo-join")]
public sealed record UndoJoin(InstanceId Instance, GroupId Group);

/// <summary>
/// Input of the activity <see cref="MulticastActivities.Replace"/>: full replacement of an instance's memberships (multicast 3.7, E8).
/// </summary>
[Wire("multicast.replace-memberships")]
public sealed record ReplaceMemberships(InstanceId Instance, SiloId Silo, ImmutableArray<JoinForInstance> Wanted);

/// <summary>Activities that Multicast offers to the sagas of Instances.</summary>
public static class MulticastActivities
{
    /// <summary>Takes <see cref="JoinForInstance"/>.</summary>
    public const string Join = "multicast-join";

    /// <summary>Takes <see cref="UndoJoin"/>.</summary>
    public const string Undo = "multicast-undo-join";

    /// <summary>Takes <see cref="ReplaceMemberships"/>.</summary>
    public const string Replace = "multicast-replace";
}
