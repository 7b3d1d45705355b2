using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Why a node refused a call (tq 4.6 to 4.10, 4.14). The name of the code is what sled agents answer as <c>error_code</c>.</summary>
/// <param name="Code">Which.</param>
/// <param name="Message">With present values and bounds.</param>
public sealed record TqError(TqErrorCode Code, string Message)
{
    internal static readonly TqError UpgradeFromLrtqInProgress = new(
        TqErrorCode.UpgradeFromLrtqInProgress, "this node coordinates an upgrade from LRTQ; abort it or let it finish");

    internal static readonly TqError UpgradeFromLrtqRequired = new(
        TqErrorCode.UpgradeFromLrtqRequired, "this node only has LRTQ data; the rack must be upgraded first");

    internal static readonly TqError CoordinatorMustBeAMemberOfNewGroup = new(
        TqErrorCode.CoordinatorMustBeAMemberOfNewGroup, "the coordinator is not among the members asked for");

    internal static readonly TqError NoLrtqShare = new(TqErrorCode.NoLrtqShare, "this node holds no LRTQ share");

    internal static readonly TqError EpochMustBeAtLeast2 = new(
        TqErrorCode.EpochMustBeAtLeast2, "the epoch of an upgrade is at least 2: LRTQ counts as epoch 1");

    internal static readonly TqError NoCommittedConfigurations = new(
        TqErrorCode.NoCommittedConfigurations, "this node has no committed configuration");

    internal static readonly TqError Disconnected = new(TqErrorCode.Disconnected, "there is no session with the destination");

    internal static readonly TqError Busy = new(TqErrorCode.Busy, "the node's queue is full; ask again");

    internal static readonly TqError Stopped = new(
        TqErrorCode.Stopped, "the node has stopped: its state could not be saved or broke a rule; see its log and restart it");

    internal static readonly TqError InvalidResponse = new(
        TqErrorCode.InvalidResponse, "the destination answered with something else than was asked for");

    internal static TqError ThresholdMismatch(int members, int threshold) => new(
        TqErrorCode.ThresholdMismatch, $"threshold {threshold} is not below the number of members, {members}");

    internal static TqError InvalidMembershipSize(int members) => new(
        TqErrorCode.InvalidMembershipSize, $"{members} members; allowed are {QuorumSizes.MembersMin} to {QuorumSizes.MembersMax}");

    internal static TqError InvalidThreshold(int threshold) => new(
        TqErrorCode.InvalidThreshold, $"threshold {threshold}; allowed are {QuorumSizes.ThresholdMin} to {QuorumSizes.ThresholdMax}");

    internal static TqError InvalidRackId(RackId expected, RackId got) => new(
        TqErrorCode.InvalidRackId, $"this node is of rack {expected}, not {got}");

    internal static TqError DecommissionedSled(TqExpunged expunged, ulong? lastPrepared) => new(
        TqErrorCode.DecommissionedSled,
        $"this node was removed as of epoch {expunged.Epoch}, says {expunged.From}; its last committed epoch is {Text(lastPrepared)}");

    internal static TqError Expunged(TqExpunged expunged) => new(
        TqErrorCode.Expunged, $"this node was removed as of epoch {expunged.Epoch}, says {expunged.From}");

    internal static TqError LastCommittedEpochMismatch(ulong? node, ulong? message) => new(
        TqErrorCode.LastCommittedEpochMismatch, $"the last committed epoch is {Text(node)} on this node and {Text(message)} in the request");

    internal static TqError PreparedEpochMismatch(ulong existing, ulong asked) => new(
        TqErrorCode.PreparedEpochMismatch, $"this node already holds a configuration of epoch {existing}; {asked} is not greater");

    internal static TqError ReconfigurationInProgress(ulong current, ulong asked) => new(
        TqErrorCode.ReconfigurationInProgress, $"this node coordinates epoch {current}; {asked} is older");

    internal static TqError MismatchedReconfigurationForSameEpoch(ulong epoch) => new(
        TqErrorCode.MismatchedReconfigurationForSameEpoch, $"this node coordinates another request for epoch {epoch}");

    internal static TqError Configuration(SplitError error) => new(TqErrorCode.Configuration, $"the secret cannot be split: {error}");

    internal static TqError AlreadyUpgraded(ulong epoch) => new(
        TqErrorCode.AlreadyUpgraded, $"this node already has committed epoch {epoch}");

    internal static TqError NotPrepared(ulong epoch) => new(
        TqErrorCode.NotPrepared, $"this node holds no configuration or no share of epoch {epoch}");

    internal static TqError NotCommitted(ulong epoch) => new(TqErrorCode.NotCommitted, $"epoch {epoch} is not committed on this node");

    internal static TqError NotAvailable(ulong epoch) => new(
        TqErrorCode.NotAvailable, $"the secret of epoch {epoch} is not among those that the latest configuration carries");

    internal static TqError Alarm(TqAlarm alarm) => new(TqErrorCode.Alarm, $"alarm {alarm.Name}; see the node's status");

    internal static TqError StaleNetworkConfig(ulong current, ulong given) => new(
        TqErrorCode.StaleNetworkConfig, $"the node has generation {current}; {given} is not newer");

    private static string Text(ulong? epoch) => epoch?.ToString() ?? "none";
}

/// <summary>Names of refusals.</summary>
public enum TqErrorCode
{
    /// <summary>An upgrade from LRTQ is being coordinated.</summary>
    UpgradeFromLrtqInProgress,

    /// <summary>The node has LRTQ data only.</summary>
    UpgradeFromLrtqRequired,

    /// <summary>The coordinator is not a member.</summary>
    CoordinatorMustBeAMemberOfNewGroup,

    /// <summary>K is not below N.</summary>
    ThresholdMismatch,

    /// <summary>N out of bounds.</summary>
    InvalidMembershipSize,

    /// <summary>K out of bounds.</summary>
    InvalidThreshold,

    /// <summary>Another rack.</summary>
    InvalidRackId,

    /// <summary>A removed node shall coordinate.</summary>
    DecommissionedSled,

    /// <summary>Node and control plane disagree on the last commit.</summary>
    LastCommittedEpochMismatch,

    /// <summary>The node holds a configuration at least as new.</summary>
    PreparedEpochMismatch,

    /// <summary>A newer reconfiguration is coordinated.</summary>
    ReconfigurationInProgress,

    /// <summary>Another request for the epoch being coordinated.</summary>
    MismatchedReconfigurationForSameEpoch,

    /// <summary>The secret cannot be split so.</summary>
    Configuration,

    /// <summary>The node was removed.</summary>
    Expunged,

    /// <summary>No LRTQ share.</summary>
    NoLrtqShare,

    /// <summary>The upgrade is done.</summary>
    AlreadyUpgraded,

    /// <summary>Epoch 1 is LRTQ's.</summary>
    EpochMustBeAtLeast2,

    /// <summary>No configuration or share of that epoch.</summary>
    NotPrepared,

    /// <summary>Nothing is committed.</summary>
    NoCommittedConfigurations,

    /// <summary>That epoch is not committed.</summary>
    NotCommitted,

    /// <summary>That epoch is not in the lineage.</summary>
    NotAvailable,

    /// <summary>An invariant is broken.</summary>
    Alarm,

    /// <summary>No session with the peer.</summary>
    Disconnected,

    /// <summary>An answer of the wrong kind.</summary>
    InvalidResponse,

    /// <summary>The answer could not be taken.</summary>
    RecvError,

    /// <summary>The queue is full.</summary>
    Busy,

    /// <summary>Not newer than what the node has.</summary>
    StaleNetworkConfig,

    /// <summary>The node stopped.</summary>
    Stopped,
}
