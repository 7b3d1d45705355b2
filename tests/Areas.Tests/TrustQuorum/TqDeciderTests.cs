using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Gantry.TrustQuorum;
using Gantry.TrustQuorum.Protocol;
using Shouldly;
using Xunit;
using static Gantry.Areas.Tests.TrustQuorum.TqRack;

namespace Gantry.Areas.Tests.TrustQuorum;

/// <summary>The rack's record by plain calls: proposals, prepare and commit bookkeeping, partial commit, abort, recovery, upgrade.</summary>
public sealed class TqDeciderTests
{
    [Fact]
    [Trait("spec", "tq/31")]
    public void An_add_to_four_members_makes_epoch_2_with_K_3_and_Z_1_and_an_old_member_as_coordinator()
    {
        var rack = Formed(4);

        rack.Must(rack.Add(4));

        var record = rack.Latest;
        (record.Epoch, record.LastCommittedEpoch, record.State).ShouldBe((2, 1, TqStates.Preparing));
        (record.Threshold, record.CommitCrashTolerance).ShouldBe((3, 1));
        record.Members.Select(m => m.Id).ShouldBe(Boards(5));
        record.Members.ShouldAllBe(m => m.State == TqMemberStates.Unacked);
        Boards(4).ShouldContain(record.Coordinator);
        rack.Effects.OfType<Effect.Activity>().Count().ShouldBe(1);
    }

    [Fact]
    [Trait("spec", "tq/32")]
    public void Acks_are_counted_against_K_plus_Z_and_digests_come_with_the_first_report()
    {
        var rack = Formed(4);
        rack.Must(rack.Add(4));

        rack.Must(rack.Prepare(1));
        rack.Latest.Members.ShouldAllBe(m => m.ShareDigest != null);
        (rack.Latest.PreparedCount, rack.Latest.State).ShouldBe((1, TqStates.Preparing));
        rack.Must(rack.Prepare(3));
        rack.Latest.State.ShouldBe(TqStates.Preparing);
        rack.Must(rack.Prepare(4));

        rack.Latest.State.ShouldBe(TqStates.Committing);
        rack.Latest.TimeCommitting.ShouldBe(rack.Now);
        var sent = CommitPlan.Configuration(rack.Latest);
        sent.ShouldNotBeNull().EncryptedRackSecrets.ShouldNotBeNull();
        CommitPlan.Operations(rack.Latest).Count(o => o.IsPrepared).ShouldBe(4);
    }

    [Fact]
    [Trait("spec", "tq/32")]
    public void While_shares_are_collected_digests_are_stored_and_nothing_else()
    {
        var rack = Formed(4);
        rack.Must(rack.Add(4));

        rack.Must(rack.Prepare(0, hasSecrets: false));

        rack.Latest.Members.ShouldAllBe(m => m.ShareDigest != null);
        (rack.Latest.State, rack.Latest.EncryptedRackSecrets).ShouldBe((TqStates.Preparing, null));
    }

    [Fact]
    [Trait("spec", "tq/33")]
    public void A_member_that_caught_up_by_itself_is_committed_without_a_time_of_prepare()
    {
        var rack = Formed(4);
        rack.Must(rack.Add(4)).Must(rack.Prepare(4));

        rack.Must(rack.Commit(5));

        rack.Latest.State.ShouldBe(TqStates.Committed);
        rack.Latest.Members.Count(m => m.TimePrepared is null).ShouldBe(1);
        rack.Latest.Members.ShouldAllBe(m => m.TimeCommitted != null);
    }

    [Fact]
    [Trait("spec", "tq/34")]
    public void One_change_at_a_time_and_an_aborted_epoch_is_skipped()
    {
        var rack = Formed(4);
        rack.Must(rack.Add(4));

        rack.Refused(rack.Add(5)).ShouldSatisfyAllConditions(
            r => r.Kind.ShouldBe(RefusalKind.Conflict), r => r.Code.ShouldBe("QuorumChangeInProgress"));
        rack.Must(new AbortLatest("no")).Must(rack.Add(5));

        (rack.Latest.Epoch, rack.Latest.LastCommittedEpoch).ShouldBe((3, 1));
        rack.Latest.Members.Select(m => m.Id).ShouldBe([.. Boards(4), Board(5)]);
    }

    [Fact]
    [Trait("spec", "tq/35")]
    public void Abort_ends_what_prepares_and_nothing_later()
    {
        new TqRack().Refused(new AbortLatest("x")).Kind.ShouldBe(RefusalKind.NotFound);
        var rack = Formed(4);
        rack.Refused(new AbortLatest("x")).Code.ShouldBe("QuorumPastAbort");
        rack.Must(rack.Add(4)).Must(new AbortLatest("Aborted via API request"));
        var aborted = rack.Latest;

        (aborted.State, aborted.AbortReason, aborted.TimeAborted).ShouldBe((TqStates.Aborted, "Aborted via API request", rack.Now));
        rack.Refused(rack.Prepare(4)).Code.ShouldBe("QuorumReportStale");
        rack.Must(new AbortLatest("again")).Latest.ShouldBe(aborted);

        rack.Must(rack.Add(4)).Must(rack.Prepare(4));
        rack.Refused(new AbortLatest("x")).Code.ShouldBe("QuorumPastAbort");
        rack.Refused(new AbortLatest("x", Epoch: 2)).Code.ShouldBe("QuorumEpochMoved");
    }

    [Fact]
    [Trait("spec", "tq/36")]
    public void The_next_change_waits_for_K_plus_Z_commits_and_leaves_the_former_partially_committed()
    {
        var rack = Formed(9);
        rack.Must(rack.Add(9)).Must(rack.Prepare(10)).Must(rack.Commit(7));
        rack.Latest.AcksNeeded.ShouldBe(8);

        rack.Refused(new RemoveSled(Board(9), new ProposalFacts())).Code.ShouldBe("QuorumNotSettled");
        rack.Must(new RecordCommit(2, [Board(7)])).Must(new RemoveSled(Board(9), new ProposalFacts()));

        var former = rack.State.Base.ShouldNotBeNull();
        (former.State, former.TimeCommitted).ShouldBe((TqStates.CommittedPartially, rack.Now));
        former.Members.Count(m => m.State != TqMemberStates.Committed).ShouldBe(2);
        (rack.Latest.Epoch, rack.Latest.LastCommittedEpoch, rack.Latest.Members.Length).ShouldBe((3, 2, 9));
        former.Find(rack.Latest.Coordinator)!.State.ShouldBe(TqMemberStates.Committed);
    }

    [Fact]
    [Trait("spec", "tq/37")]
    public void Wrong_sleds_are_refused_by_name_in_the_order_of_the_checks()
    {
        var rack = Formed(4);

        rack.Refused(rack.Add(3, 4)).ShouldSatisfyAllConditions(r => r.Kind.ShouldBe(RefusalKind.InvalidRequest), r => r.Code.ShouldBe("AlreadyQuorumMember"));
        Refused(rack, new ProposalFacts { Unknown = [Board(4)] }).ShouldBe((RefusalKind.InvalidRequest, "BaseboardUnknown"));
        Refused(rack, new ProposalFacts { Elsewhere = [Board(4)] }).ShouldBe((RefusalKind.Conflict, "SledInOtherRack"));
        rack.Refused(new AddSleds([.. Enumerable.Range(4, 29).Select(Board)], new ProposalFacts { Unknown = [Board(4)] }))
            .ShouldSatisfyAllConditions(r => r.Kind.ShouldBe(RefusalKind.InvalidRequest), r => r.Code.ShouldBe("QuorumSizeInvalid"));
        rack.Refused(new RemoveSled(Board(9), new ProposalFacts())).Code.ShouldBe("NotQuorumMember");
        Formed(3).Refused(new RemoveSled(Board(1), new ProposalFacts())).Code.ShouldBe("QuorumSizeInvalid");
    }

    [Fact]
    [Trait("spec", "tq/38")]
    public void Of_two_proposals_computed_from_the_same_record_one_wins()
    {
        var rack = Formed(4);
        rack.Must(new AddSleds([Board(4)], new ProposalFacts { Epoch = 2 }));

        rack.Refused(new AddSleds([Board(5)], new ProposalFacts { Epoch = 2 })).Kind.ShouldBe(RefusalKind.Conflict);
        rack.Must(new AbortLatest("x"));
        rack.Refused(new AddSleds([Board(5)], new ProposalFacts { Epoch = 2 })).Code.ShouldBe("QuorumEpochMoved");
        rack.Events.OfType<ConfigInserted>().Count().ShouldBe(2);
    }

    [Fact]
    [Trait("spec", "tq/43")]
    public void An_upgrade_begins_at_epoch_2_happens_once_and_can_be_tried_again_after_an_abort()
    {
        var rack = new TqRack();
        var upgrade = new UpgradeLrtq(Boards(4), new ProposalFacts());

        rack.Must(upgrade);
        (rack.Latest.Epoch, rack.Latest.State, rack.Latest.LastCommittedEpoch).ShouldBe((2, TqStates.PreparingLrtqUpgrade, null));
        rack.Refused(upgrade).Kind.ShouldBe(RefusalKind.Conflict);
        rack.Must(new AbortLatest("x"));
        rack.Refused(rack.Add(5)).ShouldSatisfyAllConditions(r => r.Kind.ShouldBe(RefusalKind.InvalidRequest), r => r.Code.ShouldBe("QuorumBaseMissing"));
        rack.Must(upgrade).Settle();

        rack.Latest.Epoch.ShouldBe(3);
        rack.Refused(upgrade).Code.ShouldBe("QuorumAlreadyUpgraded");
        Formed(4).Refused(upgrade).Code.ShouldBe("QuorumAlreadyUpgraded");
    }

    [Fact]
    [Trait("spec", "tq/44")]
    public void A_member_of_what_is_in_force_or_under_way_cannot_be_expunged()
    {
        var rack = Formed(4);
        var confirm = new TqCommand.Confirm(new ConfirmNotMember(Board(3)));

        rack.Refused(confirm).ShouldSatisfyAllConditions(r => r.Kind.ShouldBe(RefusalKind.Conflict), r => r.Code.ShouldBe("SledIsQuorumMember"));
        rack.Must(new RemoveSled(Board(3), new ProposalFacts()));
        rack.Refused(confirm).Code.ShouldBe("SledIsQuorumMember");
        rack.Must(rack.Prepare(3));
        rack.Refused(confirm).Code.ShouldBe("SledIsQuorumMember");
        rack.Must(rack.Commit(3));
        rack.Must(confirm);
    }

    [Fact]
    public void An_empty_add_keeps_the_members_and_makes_a_new_epoch()
    {
        var rack = Formed(4);

        rack.Must(rack.Add());

        (rack.Latest.Epoch, rack.Latest.Members.Length).ShouldBe((2, 4));
    }

    [Fact]
    public void Recover_aborts_and_proposes_the_same_members_in_one_decision_and_avoids_a_silent_coordinator()
    {
        var rack = Formed(4);
        rack.Must(rack.Add(4));
        var lost = rack.Latest.Coordinator;

        rack.Must(new RecoverQuorum(new ProposalFacts { Answering = [.. Boards(5).Where(b => b != lost)], Draw = 3 }));

        (rack.Latest.Epoch, rack.Latest.LastCommittedEpoch, rack.Latest.State).ShouldBe((3, 1, TqStates.Preparing));
        rack.Latest.Members.Select(m => m.Id).ShouldBe(Boards(5));
        rack.Latest.Coordinator.ShouldNotBe(lost);
        rack.Settle().Refused(new RecoverQuorum(new ProposalFacts())).Code.ShouldBe("NothingToRecover");
    }

    [Fact]
    public void A_late_answer_of_the_call_changes_nothing_once_the_coordinators_digests_are_known()
    {
        var rack = Formed(4);
        rack.Must(rack.Add(4)).Must(rack.Prepare(0, hasSecrets: false));
        rack.Latest.CoordinatorCall.ShouldBe(CoordinatorCalls.Taken);

        rack.Must(Answered(2, TrustQuorumErrors.CoordinatorRefused(rack.Latest.Coordinator, 2, "it holds epoch 2 already")));

        (rack.Latest.CoordinatorCall, rack.Latest.CoordinatorError).ShouldBe((CoordinatorCalls.Taken, null));
    }

    [Fact]
    [Trait("spec", "tq/40")]
    public void A_call_whose_answer_was_lost_is_known_to_have_been_taken_when_the_digests_come()
    {
        var rack = Formed(4);
        rack.Must(rack.Add(4)).Must(Answered(2, TrustQuorumErrors.CoordinatorSilent(rack.Latest.Coordinator, 2, "no answer")));
        (rack.Latest.CoordinatorCall, rack.Latest.State).ShouldBe((CoordinatorCalls.Failed, TqStates.Preparing));

        rack.Settle();

        (rack.Latest.CoordinatorCall, rack.Latest.CoordinatorError).ShouldBe((CoordinatorCalls.Taken, null));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nobody_waits_for_the_coordinator_of_an_epoch_that_was_given_up(bool isRecovered)
    {
        var rack = Formed(4);
        rack.Must(rack.Add(4)).Must(isRecovered ? new RecoverQuorum(new ProposalFacts()) : new AbortLatest("enough"));
        var aborted = rack.Events.OfType<ConfigInserted>().Last(e => e.Record.Epoch == 2).Record;
        var given = rack.Events.OfType<ConfigAborted>().Single();

        var row = TqDecider.Apply(new TqState { Latest = aborted }, given).Latest.ShouldNotBeNull();

        (row.CoordinatorCall, row.CoordinatorError).ShouldBe((CoordinatorCalls.Failed, null));
        var before = rack.State;
        rack.Must(Answered(2, null));
        rack.State.ShouldBeSameAs(before);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_member_whose_agent_has_not_announced_itself_yet_does_not_coordinate_while_another_can(int draw)
    {
        var rack = Formed(4);

        rack.Must(new AddSleds([], new ProposalFacts { Answering = [Board(2)], Draw = draw }));

        rack.Latest.Coordinator.ShouldBe(Board(2));
    }

    [Fact]
    [Trait("spec", "tq/H10")]
    [Trait("spec", "tq/H2")]
    public void A_report_that_is_not_of_the_record_is_rejected_whole()
    {
        var rack = Formed(4);
        rack.Must(rack.Add(4));
        var good = Config(rack.Latest);
        CoordinatorConfig[] wrong =
        [
            good with { Rack = RackId.From(Guid.NewGuid()) }, good with { Epoch = 3 }, good with { Threshold = 4 },
            good with { Coordinator = Board(4) }, good with { Members = good.Members[..4] },
            good with { Members = [.. good.Members.Select(m => m with { ShareDigest = "short" })] },
            good with { EncryptedRackSecrets = new TqSealedSecrets("zz", "00") }, good with { EncryptedRackSecrets = null },
        ];

        foreach (var config in wrong)
        {
            rack.Refused(new RecordPrepare(2, config, [rack.Latest.Coordinator])).Kind.ShouldBe(RefusalKind.Conflict);
        }

        rack.Refused(new RecordPrepare(2, good, [Board(9)])).Code.ShouldBe("QuorumReportWrong");
        rack.Must(rack.Prepare(1));
        var moved = good with { Members = [.. good.Members.Select(m => m with { ShareDigest = new string('d', 64) })] };
        rack.Refused(new RecordPrepare(2, moved, [rack.Latest.Coordinator])).Code.ShouldBe("QuorumReportWrong");
        rack.Refused(new RecordCommit(2, [Board(0)])).Code.ShouldBe("QuorumReportStale");
    }

    [Fact]
    [Trait("spec", "tq/H9")]
    public void A_repeated_commit_keeps_the_first_time()
    {
        var rack = Formed(4);
        rack.Must(rack.Add(4)).Must(rack.Prepare(4)).Must(rack.Commit(2));
        var first = rack.Latest.Members[0].TimeCommitted;

        rack.Must(rack.Commit(2));

        rack.Latest.Members[0].TimeCommitted.ShouldBe(first);
        rack.Refused(new RecordCommit(2, [Board(0), Board(9)])).Code.ShouldBe("QuorumReportWrong");
    }

    [Fact]
    public void Rack_setup_hands_over_once_and_only_a_quorum_that_can_be_one()
    {
        var rack = Formed(4);
        var again = new TqCommand.Create(new RackCreated(Boards(4), Board(0)));

        rack.Must(again).Events.Count.ShouldBe(1);
        rack.Refused(new TqCommand.Create(new RackCreated(Boards(5), Board(0)))).Code.ShouldBe("QuorumAlreadyFormed");
        new TqRack().Refused(new TqCommand.Create(new RackCreated(Boards(2), Board(0)))).Code.ShouldBe("QuorumSizeInvalid");
        new TqRack().Refused(new TqCommand.Create(new RackCreated(Boards(4), Board(9)))).Code.ShouldBe("NotQuorumMember");
        rack.Latest.Members.ShouldAllBe(m => m.State == TqMemberStates.Committed);
    }

    [Fact]
    public void A_change_whose_lineage_would_not_fit_is_refused_before_anything_prepares()
    {
        var rack = Formed(4).Must(new AddSleds([], new ProposalFacts()));
        var longest = Secrets with { Data = new string('b', TrustQuorumLimits.SealedBytesMax * 2) };
        rack.Must(new RecordPrepare(rack.Latest.Epoch, Config(rack.Latest) with { EncryptedRackSecrets = longest }, rack.Latest.Members.Select(m => m.Id).ToImmutableArray()));
        rack.Must(rack.Commit(4));

        var why = rack.Refused(new AddSleds([], new ProposalFacts()));

        (why.Kind, why.Code).ShouldBe((RefusalKind.Conflict, "QuorumLineageFull"));
        rack.Latest.State.ShouldBe(TqStates.Committed);
    }

    [Fact]
    [Trait("spec", "tq/8")]
    public void Without_a_record_nothing_can_be_added_or_removed()
    {
        new TqRack().Refused(new AddSleds([Board(0)], new ProposalFacts())).Kind.ShouldBe(RefusalKind.InvalidRequest);
        new TqRack().Refused(new RemoveSled(Board(0), new ProposalFacts())).Code.ShouldBe("QuorumNotSetUp");
    }

    [Theory]
    [InlineData(3, 2, 0)]
    [InlineData(4, 3, 0)]
    [InlineData(5, 3, 1)]
    [InlineData(8, 5, 1)]
    [InlineData(9, 5, 2)]
    [InlineData(15, 8, 2)]
    [InlineData(16, 9, 3)]
    [InlineData(23, 12, 3)]
    [InlineData(24, 13, 4)]
    [InlineData(32, 17, 4)]
    public void K_and_Z_follow_the_table_and_stay_with_the_record(int members, int threshold, int tolerance)
    {
        var rack = Formed(members);

        (rack.Latest.Threshold, rack.Latest.CommitCrashTolerance).ShouldBe((threshold, tolerance));
        (QuorumSizes.Threshold(members), QuorumSizes.CommitCrashTolerance(members)).ShouldBe((threshold, tolerance));
    }

    [Fact]
    public void Operations_are_shared_out_in_runs_and_the_last_client_takes_the_rest()
    {
        ImmutableArray<int> work = [.. Enumerable.Range(0, 13)];

        CommitPlan.Share(work, 5).Select(s => s.Length).ShouldBe([2, 2, 2, 2, 5]);
        CommitPlan.Share(work, 5).SelectMany(s => s).ShouldBe(work);
        CommitPlan.Share(work, 1).Single().ShouldBe(work);
        CommitPlan.Share(work, 0).ShouldBeEmpty();
    }

    private static (RefusalKind Kind, string Code) Refused(TqRack rack, ProposalFacts facts)
    {
        var why = rack.Refused(new AddSleds([Board(4)], facts));
        return (why.Kind, why.Code);
    }

    private static TqCommand Answered(long epoch, Refusal? why) => new TqCommand.CoordinatorReplied(
        TqDecider.CallToken(Id, epoch), why is null ? new Reply.Accepted(Done.Instance) : new Reply.Refused(why));
}
