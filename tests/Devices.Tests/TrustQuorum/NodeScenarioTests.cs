using Gantry.Simulation.TrustQuorum;
using Gantry.TrustQuorum.Protocol;
using Shouldly;
using Xunit;
using static Gantry.Devices.Tests.TrustQuorum.NodeLab;

namespace Gantry.Devices.Tests.TrustQuorum;

/// <summary>The scenarios of tq 9 that belong to nodes.</summary>
public sealed class NodeScenarioTests
{
    [Fact]
    [Trait("spec", "tq/1")]
    public void The_first_coordinator_saves_its_share_and_queues_prepares()
    {
        var lab = new NodeLab("ABCD");

        lab.Do("A", n => n.Reconfigure(Message(1, null, "ABCD"))).ShouldBeNull();

        lab["A"].State.IsPrepared(1).ShouldBeTrue();
        lab.To<TqMessage.Prepare>().ShouldBe("BCD");
        lab["A"].CoordinatorStatus!.AckedPrepares.ShouldBe(Ids("A"));
        lab["A"].CoordinatorStatus!.Config.EncryptedRackSecrets.ShouldBeNull();
    }

    [Fact]
    [Trait("spec", "tq/2")]
    [Trait("spec", "tq/3")]
    [Trait("spec", "tq/4")]
    public void Prepares_acks_commits_and_loads_give_every_node_the_same_secret()
    {
        var lab = new NodeLab("ABCD");
        lab.Do("A", n => n.Reconfigure(Message(1, null, "ABCD")));
        lab.Deliver();
        lab["A"].CoordinatorStatus!.AckedPrepares.ShouldBe(Ids("ABCD"));

        foreach (var name in new[] { "A", "B", "C", "D" })
        {
            lab.Commit(name, 1).ShouldBe(new TqCommitResult(TqCommitStatus.Committed, null));
        }

        lab["A"].CoordinatorStatus.ShouldBeNull();
        lab.Do("A", n => n.Load(1)).IsPending.ShouldBeTrue();
        lab.Deliver();
        new[] { "A", "B", "C", "D" }.Select(n => lab.Secret(n, 1)).Distinct().Count().ShouldBe(1);

        lab.Do("B", n => n.ClearSecrets());
        lab.Do("B", n => n.Load(1)).IsPending.ShouldBeTrue();
        lab.To<TqMessage.GetShare>().ShouldBe("ACD");
    }

    [Fact]
    [Trait("spec", "tq/5")]
    public void A_member_that_missed_its_prepare_computes_its_share()
    {
        var lab = new NodeLab("ABCD");
        lab.Crash("D");
        var config = lab.Form(1, null, "ABCD", "A", committing: "ABC");
        lab.Start("D", TqPersistentState.Empty);

        lab.Do("D", n => n.PrepareAndCommit(config)).ShouldBe(new TqCommitResult(TqCommitStatus.Pending, null));
        lab.Deliver();

        lab["D"].State.Commits.ShouldBe([1UL]);
        lab["D"].State.Shares[1].Digest().ShouldBe(config.Members[3].ShareDigest);
        lab.Do("D", n => n.PrepareAndCommit(config)).Status.ShouldBe(TqCommitStatus.Committed);
    }

    [Fact]
    [Trait("spec", "tq/6")]
    public void A_prepared_node_that_restarted_commits()
    {
        var lab = new NodeLab("ABCD");
        lab.Do("A", n => n.Reconfigure(Message(1, null, "ABCD")));
        lab.Deliver();
        lab.Crash("D");
        lab.Start("D");

        lab.Commit("D", 1).Status.ShouldBe(TqCommitStatus.Committed);
    }

    [Fact]
    [Trait("spec", "tq/7")]
    public void Loading_what_is_not_committed_is_refused()
    {
        var lab = new NodeLab("ABCD");
        lab.Do("A", n => n.Load(1)).Error!.Code.ShouldBe(TqErrorCode.NoCommittedConfigurations);
        lab.Do("A", n => n.LoadLatest()).Result.Error!.Code.ShouldBe(TqErrorCode.NoCommittedConfigurations);
        lab.Form(1, null, "ABCD", "A");

        lab.Do("A", n => n.Load(2)).Error.ShouldBe(TqError.NotCommitted(2));
        lab.Secret("A", 1);
        lab.Do("A", n => n.Load(0)).Error.ShouldBe(TqError.NotAvailable(0));
    }

    [Fact]
    [Trait("spec", "tq/9")]
    [Trait("spec", "tq/10")]
    [Trait("spec", "tq/11")]
    public void A_reconfiguration_collects_old_shares_before_anything_is_saved()
    {
        var lab = new NodeLab("ABCDE");
        lab.Form(1, null, "ABCD", "A");
        var before = lab["B"].State;

        lab.Do("B", n => n.Reconfigure(Message(2, 1, "ABCDE"))).ShouldBeNull();

        lab.To<TqMessage.GetShare>().ShouldBe("ACD");
        lab["B"].State.ShouldBeSameAs(before);
        var status = lab["B"].CoordinatorStatus!;
        status.Config.Members.Length.ShouldBe(5);
        status.Config.EncryptedRackSecrets.ShouldBeNull();
        status.AckedPrepares.ShouldBeEmpty();

        var a = lab["A"].State.Shares[1];
        using var wrong = a.Copy();
        wrong.WritableY[0] ^= 1;
        lab.Tell("B", "A", new TqMessage.Share(1, wrong));
        lab.Tell("B", "A", new TqMessage.Share(2, a));
        lab.Tell("B", "E", new TqMessage.Share(1, a));
        lab.Tell("B", "A", new TqMessage.Share(1, a));
        lab.Tell("B", "A", new TqMessage.Share(1, a));
        lab["B"].CoordinatorStatus!.Config.EncryptedRackSecrets.ShouldBeNull("own and one valid share are two of three");

        lab.Tell("B", "C", new TqMessage.Share(1, lab["C"].State.Shares[1]));
        lab["B"].State.IsPrepared(2).ShouldBeTrue();
        lab["B"].State.Configs[2].EncryptedRackSecrets!.Data.Length.ShouldBe(56);
        lab.To<TqMessage.Prepare>().ShouldBe("ACDE");
    }

    [Fact]
    [Trait("spec", "tq/12")]
    public void The_secret_of_an_earlier_epoch_stays_within_reach()
    {
        var lab = new NodeLab("ABCDE");
        lab.Form(1, null, "ABCD", "A");
        var first = lab.Secret("A", 1);
        lab.Form(2, 1, "ABCDE", "B");
        lab.Form(3, 2, "BCDE", "C");

        foreach (var name in new[] { "B", "C", "D", "E" })
        {
            lab.Secret(name, 3);
            lab.Secret(name, 1).ShouldBe(first);
        }

        lab["C"].State.Configs[3].EncryptedRackSecrets!.Data.Length.ShouldBe(96);
    }

    [Fact]
    [Trait("spec", "tq/13")]
    public void A_newer_prepare_ends_coordination()
    {
        var lab = new NodeLab("ABCDE");
        lab.Form(1, null, "ABCD", "A");
        lab.Do("B", n => n.Reconfigure(Message(2, 1, "ABCDE")));
        lab.Wire.Clear();
        lab.Do("C", n => n.Reconfigure(Message(3, 1, "ABCDE")));

        lab.Deliver(e => e.Message is not TqMessage.PrepareAck);

        lab["B"].CoordinatedEpoch.ShouldBeNull();
        lab["B"].State.IsPrepared(3).ShouldBeTrue();
        lab.Wire.ShouldContain(e => e.From == Id("B") && e.Message == new TqMessage.PrepareAck(3));
    }

    [Fact]
    [Trait("spec", "tq/14")]
    [Trait("spec", "tq/15")]
    public void Prepares_that_are_too_old_or_for_others_are_dropped()
    {
        var lab = new NodeLab("ABCDE");
        lab.Form(1, null, "ABCD", "A");
        lab.Do("B", n => n.Reconfigure(Message(2, 1, "ABCD")));
        lab.Deliver(e => e.Message is TqMessage.GetShare or TqMessage.Share);
        var old = lab.Wire.First(e => e.To == Id("D")).Message.ShouldBeOfType<TqMessage.Prepare>();
        lab.Wire.Clear();
        lab.Form(3, 1, "ABCD", "C");
        var before = lab["D"].State;

        lab.Tell("D", "B", old);
        lab["D"].State.ShouldBeSameAs(before);
        lab.Tell("E", "B", old);
        lab.Tell("E", "B", new TqMessage.CommitAdvance(old.Config));
        lab["E"].State.ShouldBeSameAs(TqPersistentState.Empty);
        lab.Wire.ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "tq/16")]
    public void Another_racks_messages_and_calls_are_refused()
    {
        var lab = new NodeLab("ABCD");
        lab.Form(1, null, "ABCD", "A");
        var before = lab["A"].State;

        lab.Tell("A", "B", new TqMessage.Expunged(9), S);
        lab.Tell("A", "B", new TqMessage.GetShare(1), S);

        lab["A"].State.ShouldBeSameAs(before);
        lab.Wire.ShouldBeEmpty();
        lab.Do("A", n => n.Commit(S, 1)).Error.ShouldBe(TqError.InvalidRackId(R, S));
        lab.Do("A", n => n.Reconfigure(Message(2, 1, "ABCD") with { RackId = S })).ShouldBe(TqError.InvalidRackId(R, S));
    }

    [Fact]
    [Trait("spec", "tq/17")]
    [Trait("spec", "tq/28")]
    [Trait("spec", "tq/29")]
    public void An_LRTQ_rack_is_upgraded_and_keeps_its_secret()
    {
        var lab = new NodeLab("");
        var fixture = TqLrtqFixture.Of(4);
        foreach (var (name, i) in "ABCD".Select((c, i) => (c.ToString(), i)))
        {
            lab.Start(name, TqPersistentState.FromLrtq(fixture.For(i, R)));
        }

        lab.Start("E");
        lab.Do("A", n => n.Reconfigure(Message(2, null, "ABCD"))).ShouldBe(TqError.UpgradeFromLrtqRequired);
        lab.Do("A", n => n.UpgradeFromLrtq(Upgrade(1, "ABCD"))).ShouldBe(TqError.EpochMustBeAtLeast2);
        lab.Do("E", n => n.UpgradeFromLrtq(Upgrade(2, "ABCE"))).ShouldBe(TqError.NoLrtqShare);

        lab.Do("A", n => n.UpgradeFromLrtq(Upgrade(2, "ABCD"))).ShouldBeNull();
        lab.Do("A", n => n.Reconfigure(Message(3, null, "ABCD"))).ShouldBe(TqError.UpgradeFromLrtqInProgress);
        lab.To<TqMessage.GetLrtqShare>().ShouldBe("BCD");
        lab["A"].State.Configs.ShouldBeEmpty();
        lab.Deliver();
        foreach (var name in new[] { "A", "B", "C", "D" })
        {
            lab.Commit(name, 2).Status.ShouldBe(TqCommitStatus.Committed);
        }

        foreach (var name in new[] { "A", "B", "C", "D" })
        {
            lab.Secret(name, 2).ShouldNotBe(Hex.Of(fixture.Secret));
            lab.Secret(name, 1).ShouldBe(Hex.Of(fixture.Secret));
        }

        lab.Do("A", n => n.UpgradeFromLrtq(Upgrade(3, "ABCD"))).ShouldBe(TqError.AlreadyUpgraded(2));
        lab.Tell("A", "E", new TqMessage.GetLrtqShare());
        lab.Tell("A", "B", new TqMessage.GetLrtqShare());
        lab.Wire.Select(e => e.Message.Name).ShouldBe(["expunged", "commit_advance"]);
    }

    [Fact]
    [Trait("spec", "tq/30")]
    public void The_same_LRTQ_share_from_two_peers_counts_once()
    {
        var lab = new NodeLab("");
        var fixture = TqLrtqFixture.Of(4);
        lab.Start("A", TqPersistentState.FromLrtq(fixture.For(0, R)));
        lab.Do("A", n => n.UpgradeFromLrtq(Upgrade(2, "ABCD")));
        var second = new TqMessage.LrtqShare(fixture.For(1, R).Share);

        lab.Tell("A", "B", second);
        lab.Tell("A", "C", second);
        lab.Tell("A", "D", new TqMessage.LrtqShare(lab["A"].State.Lrtq!.Share));
        lab["A"].State.Configs.ShouldBeEmpty("two distinct shares of three are here");

        lab.Tell("A", "D", new TqMessage.LrtqShare(fixture.For(3, R).Share));
        lab["A"].State.IsPrepared(2).ShouldBeTrue();
    }

    [Fact]
    [Trait("spec", "tq/18")]
    public void A_coordinator_knows_older_equal_and_newer_requests_apart()
    {
        var lab = new NodeLab("ABCDE");
        lab.Form(3, null, "ABCD", "A");
        lab.Do("B", n => n.Reconfigure(Message(5, 3, "ABCDE"))).ShouldBeNull();
        lab.Wire.Clear();

        lab.Do("B", n => n.Reconfigure(Message(4, 3, "ABCDE"))).ShouldBe(TqError.ReconfigurationInProgress(5, 4));
        lab.Do("B", n => n.Reconfigure(Message(5, 3, "ABCD"))).ShouldBe(TqError.MismatchedReconfigurationForSameEpoch(5));
        lab.Do("B", n => n.Reconfigure(Message(5, 3, "ABCDE"))).ShouldBeNull();
        lab.Wire.ShouldBeEmpty("a repeat does nothing");
        lab.Do("B", n => n.Reconfigure(Message(6, 3, "ABCDE"))).ShouldBeNull();
        lab["B"].CoordinatedEpoch.ShouldBe(6UL);
    }

    [Fact]
    [Trait("spec", "tq/19")]
    [Trait("spec", "tq/20")]
    public void What_the_node_does_not_agree_with_changes_nothing()
    {
        var lab = new NodeLab("ABCD");
        lab.Form(1, null, "ABCD", "A");
        var before = lab["A"].State;

        lab.Do("A", n => n.Reconfigure(Message(2, null, "ABCD"))).ShouldBe(TqError.LastCommittedEpochMismatch(1, null));
        lab.Commit("A", 2).Error.ShouldBe(TqError.NotPrepared(2));
        lab["A"].State.ShouldBeSameAs(before);
        lab["A"].CoordinatedEpoch.ShouldBeNull();
    }

    [Fact]
    [Trait("spec", "tq/21")]
    public void A_node_behind_catches_up_when_it_asks_for_shares()
    {
        var lab = new NodeLab("ABCD");
        lab.Form(1, null, "ABCD", "A");
        var first = lab.Secret("A", 1);
        lab.Crash("D");
        lab.Form(2, 1, "ABCD", "A", committing: "ABC");
        lab.Start("D");

        lab.Do("D", n => n.Load(1)).IsPending.ShouldBeTrue();
        lab.Deliver();

        lab["D"].State.Commits.ShouldBe([1UL, 2UL]);
        lab.Secret("D", 2).ShouldBe(lab.Secret("A", 2));
        lab.Secret("D", 1).ShouldBe(first);
    }

    [Fact]
    [Trait("spec", "tq/22")]
    public void A_prepared_node_commits_at_once_when_it_hears_of_the_commit()
    {
        var lab = new NodeLab("ABCD");
        var config = lab.Form(1, null, "ABCD", "A", committing: "ABC");

        lab.Tell("D", "A", new TqMessage.CommitAdvance(config));

        lab["D"].State.Commits.ShouldBe([1UL]);
        lab.Wire.ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "tq/23")]
    public void A_removed_node_learns_it_and_falls_silent()
    {
        var lab = new NodeLab("ABCD");
        lab.Form(1, null, "ABCD", "A");
        lab.Crash("D");
        var config = lab.Form(2, 1, "ABC", "A", threshold: 2);
        lab.Start("D");

        lab.Tell("D", "A", new TqMessage.Expunged(0));
        lab["D"].State.Expunged.ShouldBeNull("older than what it knows");
        lab.Do("D", n => n.Load(1));
        lab.Deliver(e => e.To == Id("A") || e.From == Id("A"));

        lab["D"].State.Expunged.ShouldBe(new TqExpunged(2, Id("A")));
        lab.Wire.Clear();
        lab.Tell("D", "B", new TqMessage.GetShare(1));
        lab.Tell("D", "B", new TqMessage.CommitAdvance(config));
        lab.Wire.ShouldBeEmpty();
        lab.Commit("D", 2).Error!.Code.ShouldBe(TqErrorCode.Expunged);
        lab.Do("D", n => n.PrepareAndCommit(config)).Error!.Code.ShouldBe(TqErrorCode.Expunged);
        lab.Do("D", n => n.Reconfigure(Message(3, 1, "ABCD"))).ShouldBe(TqError.DecommissionedSled(new TqExpunged(2, Id("A")), 1));
    }

    [Fact]
    [Trait("spec", "tq/24")]
    public void A_share_of_an_uncommitted_epoch_is_given_to_its_members()
    {
        var lab = new NodeLab("ABCDE");
        lab.Form(1, null, "ABCD", "A", committing: "");

        lab.Tell("A", "B", new TqMessage.GetShare(1));
        lab.Wire.ShouldHaveSingleItem().Message.ShouldBeOfType<TqMessage.Share>();
        lab.Wire.Clear();
        lab.Tell("A", "E", new TqMessage.GetShare(1));
        lab.Wire.ShouldHaveSingleItem().Message.ShouldBe(new TqMessage.Expunged(1));
        lab.Wire.Clear();
        lab.Tell("A", "B", new TqMessage.GetShare(7));
        lab.Wire.ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "tq/25")]
    public void A_newer_commit_replaces_the_computation_of_an_older_share()
    {
        var (lab, second, third) = Behind();

        lab.Tell("D", "A", new TqMessage.CommitAdvance(second));
        lab["D"].ComputedEpoch.ShouldBe(2UL);
        lab.Tell("D", "A", new TqMessage.CommitAdvance(third));
        lab["D"].ComputedEpoch.ShouldBe(3UL);
        lab.Wire.Clear();
        lab.Tell("D", "A", new TqMessage.CommitAdvance(second));
        lab["D"].ComputedEpoch.ShouldBe(3UL);
        lab.Wire.ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "tq/26")]
    public void A_configuration_that_differs_raises_an_alarm_and_replaces_nothing()
    {
        var (lab, second, _) = Behind();
        lab.Tell("D", "A", new TqMessage.CommitAdvance(second));
        var other = second with { Members = second.Members.SetItem(0, second.Members[0] with { ShareDigest = second.Members[1].ShareDigest }) };

        lab.Tell("D", "B", new TqMessage.CommitAdvance(other));

        lab["D"].Alarms.ShouldHaveSingleItem().ShouldBe(new TqAlarm.MismatchedConfigurations(second, other, "p:B"));
        lab["D"].State.Configs[2].ShouldBe(second);
        lab.Do("D", n => n.PrepareAndCommit(other)).Status.ShouldBe(TqCommitStatus.Pending);
        lab["D"].Alarms[1].ShouldBe(new TqAlarm.MismatchedConfigurations(second, other, "Nexus"));
    }

    [Fact]
    [Trait("spec", "tq/27")]
    public void A_computation_that_a_crash_ended_begins_again_with_the_call()
    {
        var (lab, _, third) = Behind();
        lab.Do("D", n => n.PrepareAndCommit(third)).Status.ShouldBe(TqCommitStatus.Pending);
        lab.Crash("D");
        lab.Start("D");
        lab["D"].ComputedEpoch.ShouldBeNull();

        lab.Do("D", n => n.PrepareAndCommit(third)).Status.ShouldBe(TqCommitStatus.Pending);
        lab.Deliver();

        lab.Do("D", n => n.PrepareAndCommit(third)).Status.ShouldBe(TqCommitStatus.Committed);
        lab.Commit("D", 2).ShouldBe(new TqCommitResult(TqCommitStatus.Pending, null), "a stale epoch that the node skipped");
    }

    // D holds epoch 1 only; epochs 2 and 3, both with D, are committed at A to C.
    private static (NodeLab Lab, TqConfiguration Second, TqConfiguration Third) Behind()
    {
        var lab = new NodeLab("ABCD");
        lab.Form(1, null, "ABCD", "A");
        lab.Crash("D");
        var second = lab.Form(2, 1, "ABCD", "A", committing: "ABC");
        var third = lab.Form(3, 2, "ABCD", "B", committing: "ABC");
        lab.Start("D");
        lab.Wire.Clear();
        return (lab, second, third);
    }
}
