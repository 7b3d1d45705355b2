using System.Collections.Immutable;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.TrustQuorum;

/// <summary>What is said to a coordinator, and what is made of its answer (trust-quorum 5.3, 6.3). Pure.</summary>
internal static class PreparePlan
{
    /// <summary>The request that makes a member of the rack's older scheme the coordinator of an upgrade.</summary>
    public static LrtqUpgradeMsg Upgrade(TqRecord record) => new()
    {
        RackId = record.Rack, Epoch = (ulong)record.Epoch, Members = Ids(record), Threshold = (byte)record.Threshold,
    };

    /// <summary>The request that makes a member the coordinator.</summary>
    public static ReconfigureMsg Reconfigure(TqRecord record) => new()
    {
        RackId = record.Rack,
        Epoch = (ulong)record.Epoch,
        LastCommittedEpoch = (ulong?)record.LastCommittedEpoch,
        Members = Ids(record),
        Threshold = (byte)record.Threshold,
    };

    /// <summary>
    /// The report of what the coordinator says; null when it says nothing of this record: not yet, or not any more (H5). An answer on a later
    /// epoch is reported, and the record rejects it by name.
    /// </summary>
    public static RecordPrepare? Report(TqRecord record, TqCoordinatorStatus? said) =>
        said is null || (long)said.Config.Epoch < record.Epoch
            ? null
            : new RecordPrepare(record.Epoch, CommitPlan.Told(said.Config), said.AckedPrepares);

    private static ImmutableArray<Gantry.Primitives.BaseboardId> Ids(TqRecord record) => [.. record.Members.Select(m => m.Id)];
}
