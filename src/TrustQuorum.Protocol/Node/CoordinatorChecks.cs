using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>What is tested before a node coordinates, in the order of tq 4.6 and 4.7. Pure.</summary>
internal static class CoordinatorChecks
{
    /// <summary>Rows 1 to 12; null for rows 13 and 14.</summary>
    public static TqError? WhyNot(ReconfigureMsg message, TqContext node, Coordination? current)
    {
        var state = node.State;
        if (current is { IsUpgrade: true })
        {
            return TqError.UpgradeFromLrtqInProgress;
        }

        if (state.IsLrtqOnly)
        {
            return TqError.UpgradeFromLrtqRequired;
        }

        if (WhyNotSizes(message.Members, message.Threshold, node.Self) is { } sizes)
        {
            return sizes;
        }

        if (state.RackId is { } rack && rack != message.RackId)
        {
            return TqError.InvalidRackId(rack, message.RackId);
        }

        if (state.Expunged is { } expunged)
        {
            return TqError.DecommissionedSled(expunged, state.LatestCommit);
        }

        if (message.LastCommittedEpoch != state.LatestCommit)
        {
            return TqError.LastCommittedEpochMismatch(state.LatestCommit, message.LastCommittedEpoch);
        }

        if (state.LatestConfig is { } latest && latest.Epoch >= message.Epoch)
        {
            return TqError.PreparedEpochMismatch(latest.Epoch, message.Epoch);
        }

        if (current is null || current.Config.Epoch < message.Epoch)
        {
            return null;
        }

        if (current.Config.Epoch > message.Epoch)
        {
            return TqError.ReconfigurationInProgress(current.Config.Epoch, message.Epoch);
        }

        return current.Asked == message ? null : TqError.MismatchedReconfigurationForSameEpoch(message.Epoch);
    }

    /// <summary>The same for an upgrade; there is no test for one under way.</summary>
    public static TqError? WhyNot(LrtqUpgradeMsg message, TqContext node)
    {
        var state = node.State;
        if (state.Expunged is { } expunged)
        {
            return TqError.Expunged(expunged);
        }

        if (state.RackId is { } rack && rack != message.RackId)
        {
            return TqError.InvalidRackId(rack, message.RackId);
        }

        if (state.Lrtq is null)
        {
            return TqError.NoLrtqShare;
        }

        if (state.LatestCommit is { } committed)
        {
            return TqError.AlreadyUpgraded(committed);
        }

        if (WhyNotSizes(message.Members, message.Threshold, node.Self) is { } sizes)
        {
            return sizes;
        }

        if (message.Epoch <= LrtqShareData.Epoch)
        {
            return TqError.EpochMustBeAtLeast2;
        }

        return state.LatestConfig is { } latest && latest.Epoch >= message.Epoch
            ? TqError.PreparedEpochMismatch(latest.Epoch, message.Epoch)
            : null;
    }

    private static TqError? WhyNotSizes(IReadOnlyList<BaseboardId> members, byte threshold, BaseboardId self)
    {
        if (!members.Contains(self))
        {
            return TqError.CoordinatorMustBeAMemberOfNewGroup;
        }

        if (members.Count <= threshold)
        {
            return TqError.ThresholdMismatch(members.Count, threshold);
        }

        if (members.Count is < QuorumSizes.MembersMin or > QuorumSizes.MembersMax)
        {
            return TqError.InvalidMembershipSize(members.Count);
        }

        return threshold is < QuorumSizes.ThresholdMin or > QuorumSizes.ThresholdMax ? TqError.InvalidThreshold(threshold) : null;
    }
}
