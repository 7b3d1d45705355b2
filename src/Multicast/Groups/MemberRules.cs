namespace Gantry.Multicast;

/// <summary>
/// The member state machine of multicast 4.2, one step at a time: what one look at the member asks for. Pure. The rules M1, M14 and M16 are
/// commands of the group.
/// </summary>
internal static class MemberRules
{
    /// <summary>The member's next step, or null at rest.</summary>
    public static GroupEvent? Next(GroupState state, Member member, DateTimeOffset now) => member.State switch
    {
        MemberState.Joining => NextOfJoining(state, member, now),
        MemberState.Joined => NextOfJoined(state, member, now),
        _ => NextOfLeft(state, member, now),
    };

    private static GroupEvent? NextOfJoining(GroupState state, Member member, DateTimeOffset now)
    {
        if (!member.Facts.IsValid)
        {
            return Left(member, "M2: the instance does not run", now);
        }

        if (member.Sled != member.Facts.Sled)
        {
            return Moved(member, now);
        }

        var isReady = state.Phase == GroupPhase.Active
            && member.IsCarried
            && GroupRules.IsOnAllReachable(state, member.Since)
            && !GroupRules.IsUnmapped(state, member)
            && !GroupRules.IsUnknown(state, member);
        return isReady
            ? new GroupEvent.MemberStateChanged(
                member.Instance, member.State, MemberState.Joined, member.Sled, "M4: on every reachable switch", now)
            : null;
    }

    private static GroupEvent? NextOfJoined(GroupState state, Member member, DateTimeOffset now)
    {
        if (!member.Facts.IsValid)
        {
            return Left(member, "M15: the instance's VMM is gone", now);
        }

        if (member.Facts.Sled is null)
        {
            // Off the switches first; one that does not take the port away keeps it Joined.
            return GroupRules.IsOnAllReachable(state, member.Since) ? Left(member, "M10: the instance has no sled", now) : null;
        }

        if (member.Sled != member.Facts.Sled)
        {
            return Moved(member, now);
        }

        if (GroupRules.IsRefused(state, member))
        {
            return new GroupEvent.MemberStateChanged(
                member.Instance, member.State, MemberState.Joining, member.Sled, "M9: a switch did not take the new sled's port", now);
        }

        return GroupRules.IsUnmapped(state, member) ? Left(member, "M11: no switch port leads to the sled", now) : null;
    }

    private static GroupEvent? NextOfLeft(GroupState state, Member member, DateTimeOffset now) =>
        member.Facts.IsValid && state.Phase == GroupPhase.Active
            ? new GroupEvent.MemberStateChanged(
                member.Instance, member.State, MemberState.Joining, member.Facts.Sled, "M12: the instance runs", now)
            : null;

    private static GroupEvent.MemberMoved Moved(Member member, DateTimeOffset now) =>
        new(member.Instance, member.Sled, member.Facts.Sled, now);

    private static GroupEvent.MemberStateChanged Left(Member member, string reason, DateTimeOffset now) =>
        new(member.Instance, member.State, MemberState.Left, null, reason, now);
}
