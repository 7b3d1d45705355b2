using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Contracts;

/// <summary>
/// Inventory → TrustQuorum, to <see cref="Addresses.TqConfig"/>: rack setup has formed the first quorum (trust-quorum 5.2 T1). The same again is
/// fine, anything else is refused once there is a record.
/// </summary>
/// <param name="Members">Members of epoch 1, 3 to 32.</param>
/// <param name="Coordinator">The sled that set the rack up: one of them.</param>
[Wire("tq.rack-created")]
public sealed record RackCreated(ImmutableArray<BaseboardId> Members, BaseboardId Coordinator) : ICommand<Done>;

/// <summary>
/// Inventory → TrustQuorum before an expunge, to <see cref="Addresses.TqConfig"/>: accepted when the hardware is neither in the newest committed
/// configuration nor in one under way; else refused <c>SledIsQuorumMember</c> (trust-quorum 5.3).
/// </summary>
[Wire("tq.confirm-not-member")]
public sealed record ConfirmNotMember(BaseboardId Sled) : ICommand<Done>;

/// <summary>
/// TrustQuorum → Inventory, to <see cref="Addresses.Rack"/>: a member committed and has no sled yet: gives out sled id and subnet. The same
/// hardware gets the same answer until that sled is expunged (trust-quorum 6.4).
/// </summary>
[Wire("tq.member-committed")]
public sealed record MemberCommitted(BaseboardId Sled) : ICommand<SledCommissioned>;

/// <summary>The reply to <see cref="MemberCommitted"/>.</summary>
/// <param name="Sled">The id that the hardware gets.</param>
/// <param name="Subnet">Its /64.</param>
[Wire("tq.sled-commissioned")]
public sealed record SledCommissioned(SledId Sled, string Subnet);

/// <summary>
/// Input of the activity <see cref="QuorumActivities.Leave"/>: the hardware leaves its rack's quorum. Accepted once no configuration in force or
/// under way lists it; until then refused as unavailable with what it waits for, and worth asking again.
/// </summary>
[Wire("tq.leave-quorum")]
public sealed record LeaveQuorum(RackId Rack, BaseboardId Sled);

/// <summary>Names of activities that TrustQuorum offers.</summary>
public static class QuorumActivities
{
    /// <summary>Takes <see cref="LeaveQuorum"/>.</summary>
    public const string Leave = "quorum-leave";
}
