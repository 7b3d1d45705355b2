using System.Collections.Immutable;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.TrustQuorum;

/// <summary>Refusals of the area, each with its stable code (statuses: trust-quorum 5.8, column "Required").</summary>
internal static class TrustQuorumErrors
{
    private const string Abort = "wait for it, or give it up: gantry quorum abort";

    public static Refusal NoQuorum(string rack) => Refusal.Invalid(
        "QuorumNotSetUp",
        $"rack {rack} has no trust quorum configuration",
        "a quorum is formed at rack setup with 3 sleds or more; a rack of the older scheme needs gantry quorum upgrade-lrtq first");

    public static Refusal NoBase(string rack, long epoch) => Refusal.Invalid(
        "QuorumBaseMissing",
        $"epoch {epoch} of rack {rack} was aborted and there is no committed configuration below it",
        "start over with gantry quorum upgrade-lrtq or gantry quorum recover");

    public static Refusal AlreadyMembers(ImmutableArray<BaseboardId> sleds, long epoch) => Refusal.Invalid(
        "AlreadyQuorumMember", $"already in epoch {epoch}: {string.Join(", ", sleds)}", "leave them out");

    public static Refusal NotMember(BaseboardId sled, long epoch) => Refusal.Invalid(
        "NotQuorumMember", $"sled {sled} is not in epoch {epoch}", "gantry quorum show lists the members");

    public static Refusal WrongSize(int count) => Refusal.Invalid(
        "QuorumSizeInvalid", $"the new epoch would have {count} members; {QuorumSizes.MembersMin} to {QuorumSizes.MembersMax} are possible");

    public static Refusal UnknownSleds(ImmutableArray<BaseboardId> sleds) => Refusal.Invalid(
        "BaseboardUnknown",
        $"no inventory has seen {string.Join(", ", sleds)}",
        "part and serial must fit together; gantry api GET /v1/system/hardware/sleds-uninitialized lists what is plugged in");

    public static Refusal Elsewhere(ImmutableArray<BaseboardId> sleds) => Refusal.Conflict(
        "SledInOtherRack", $"commissioned in another rack: {string.Join(", ", sleds)}", "remove and expunge it there first");

    public static Refusal EpochMoved(long latest, long asked) => Refusal.Conflict(
        "QuorumEpochMoved",
        $"epoch {asked} was proposed and the newest is {latest}: somebody else was faster",
        "look at gantry quorum show, then decide again");

    public static Refusal StillPreparing(long epoch) => Refusal.Conflict(
        "QuorumChangeInProgress", $"epoch {epoch} is still preparing", Abort);

    public static Refusal TooFewCommits(long epoch, int committed, int needed) => Refusal.Conflict(
        "QuorumNotSettled",
        $"epoch {epoch} is committing: {committed} members committed, {needed} must have before the next change",
        "wait; a member that is off catches up by itself when it is back");

    public static Refusal LineageFull(long epoch, int max) => Refusal.Conflict(
        "QuorumLineageFull",
        $"epoch {epoch} carries the secrets of {max} earlier epochs, and no more fit into a configuration",
        "the rack unlocks as before; its members can change again only after it is set up anew");

    public static Refusal NoCoordinator(long epoch) => Refusal.Conflict(
        "QuorumNoCoordinator",
        $"no proposed member has committed epoch {epoch}, so none can coordinate",
        "keep at least one member that committed it");

    public static Refusal AlreadyUpgraded(long epoch) => Refusal.Conflict(
        "QuorumAlreadyUpgraded", $"the rack uses trust quorum already: epoch {epoch}");

    public static Refusal UpgradeInProgress(long epoch) => Refusal.Conflict(
        "QuorumChangeInProgress", $"an upgrade is preparing at epoch {epoch}", Abort);

    public static Refusal NothingToRecover(long epoch, string state) => Refusal.Conflict(
        "NothingToRecover",
        $"epoch {epoch} is {state}; only one that is preparing or aborted can be recovered",
        state == TqStates.Committing ? "it can only go forward now: bring its members back" : "change the members with add or remove");

    public static Refusal NoRecord(string rack) => Refusal.NotFound("rack membership", rack);

    public static Refusal NotAbortable(long epoch, string state) => Refusal.Conflict(
        "QuorumPastAbort",
        $"epoch {epoch} is {state} and cannot be given up: its members use it",
        "let it finish, then change the members again");

    public static Refusal NotLatest(long epoch, long latest) => Refusal.Conflict(
        "QuorumEpochMoved", $"epoch {epoch} is not the newest any more, {latest} is", "look at gantry quorum show");

    public static Refusal Stale(long epoch, string state, string what) => Refusal.Conflict(
        "QuorumReportStale", $"{what} of epoch {epoch} comes too late: the record is {state}");

    public static Refusal WrongReport(long epoch, string why) => Refusal.Conflict(
        "QuorumReportWrong",
        $"the report on epoch {epoch} was not recorded: {why}",
        "give the epoch up with gantry quorum abort, or take gantry quorum recover");

    public static Refusal AlreadyFormed(string rack, long epoch) => Refusal.Conflict(
        "QuorumAlreadyFormed", $"rack {rack} has a configuration already, the newest is epoch {epoch}");

    public static Refusal LeavingWaits(BaseboardId sled, long epoch, string state) => new(
        RefusalKind.Unavailable,
        "QuorumLeavingWaits",
        $"sled {sled} leaves the quorum: epoch {epoch} is {state}",
        "watch it with gantry quorum status; gantry quorum abort gives up an epoch that is preparing");

    public static Refusal SledIsMember(BaseboardId sled, long epoch) => Refusal.Conflict(
        "SledIsQuorumMember",
        $"sled {sled} is a member of quorum epoch {epoch}",
        $"gantry quorum remove {sled.SerialNumber} --wait, then try again");

    public static Refusal CoordinatorGone(BaseboardId sled, long epoch) => Refusal.Conflict(
        "QuorumCoordinatorGone",
        $"the chosen coordinator {sled} is no commissioned sled of the rack any more; epoch {epoch} was aborted",
        "ask again: another one is chosen");

    public static Refusal CoordinatorSilent(BaseboardId sled, long epoch, string why) => StaysPreparing(
        RefusalKind.Unavailable, "QuorumCoordinatorSilent", $"coordinator {sled} may or may not have taken epoch {epoch}: {why}");

    public static Refusal CoordinatorRefused(BaseboardId sled, long epoch, string why) => StaysPreparing(
        RefusalKind.Bug, "QuorumCoordinatorRefused", $"coordinator {sled} did not take epoch {epoch}: {why}");

    public static Refusal GivenUp(long epoch, string? why) => Refusal.Conflict(
        "QuorumGivenUp",
        $"epoch {epoch} was given up while its coordinator was asked: {why}",
        "look at gantry quorum show: somebody else decided; then decide again");

    private static Refusal StaysPreparing(RefusalKind kind, string code, string message) =>
        new(kind, code, message, "the epoch stays preparing: see gantry quorum status, then gantry quorum recover or abort");
}
