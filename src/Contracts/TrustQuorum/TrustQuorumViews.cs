using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Contracts;

/// <summary>A sled's standing in its rack's newest configurations: one row per member of the committed one in force or one under way.</summary>
/// <param name="Rack">The rack.</param>
/// <param name="Sled">The hardware.</param>
/// <param name="Epoch">The newest epoch that lists it.</param>
/// <param name="State"><c>unacked</c>, <c>prepared</c> or <c>committed</c> in that epoch.</param>
/// <param name="CommittedEpoch">The newest epoch that it committed; null when none is known.</param>
public sealed record RackMemberRow(RackId Rack, BaseboardId Sled, long Epoch, string State, long? CommittedEpoch);

/// <summary>Views of TrustQuorum that others read.</summary>
public static class TrustQuorumViews
{
    /// <summary>Members by <c>&lt;rack id&gt;|&lt;part&gt;:&lt;serial&gt;</c>.</summary>
    public static readonly ViewSchema<RackMemberRow> RackMembers = new(
        "rack_members",
        ContractsJson.Default.RackMemberRow,
        ViewColumn<RackMemberRow>.Text("rack", r => r.Rack.ToString()),
        ViewColumn<RackMemberRow>.Text("sled", r => r.Sled.ToString()));

    /// <summary>The key of a member's row.</summary>
    public static string MemberKey(RackId rack, BaseboardId sled) => $"{rack}|{sled}";
}
