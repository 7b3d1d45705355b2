using Gantry.TrustQuorum.Protocol;
using Shouldly;
using Xunit;
using static Gantry.Devices.Tests.TrustQuorum.NodeLab;

namespace Gantry.Devices.Tests.TrustQuorum;

/// <summary>Rows of tq 4.5 to 4.13 that no scenario reaches.</summary>
public sealed class NodeRowTests
{
    [Theory]
    [InlineData("BCD", 2, TqErrorCode.CoordinatorMustBeAMemberOfNewGroup)]
    [InlineData("ABC", 3, TqErrorCode.ThresholdMismatch)]
    [InlineData("ABC", 4, TqErrorCode.ThresholdMismatch)]
    [InlineData("AB", 1, TqErrorCode.InvalidMembershipSize)]
    [InlineData("ABCD", 1, TqErrorCode.InvalidThreshold)]
    [InlineData("ABCD", 0, TqErrorCode.InvalidThreshold)]
    public void Sizes_are_tested_in_order(string members, byte threshold, TqErrorCode code)
    {
        var lab = new NodeLab("ABCD");

        lab.Do("A", n => n.Reconfigure(Message(1, null, members, threshold)))!.Code.ShouldBe(code);

        lab["A"].State.ShouldBeSameAs(TqPersistentState.Empty);
        lab.Wire.ShouldBeEmpty();
    }

    [Fact]
    public void Thirty_two_members_are_the_most()
    {
        var many = string.Concat(Enumerable.Range(0, 33).Select(i => (char)('A' + i)));
        var lab = new NodeLab("A");

        lab.Do("A", n => n.Reconfigure(Message(1, null, many, 17)))!.Code.ShouldBe(TqErrorCode.InvalidMembershipSize);
        lab.Do("A", n => n.Reconfigure(Message(1, null, many, 32)))!.Code.ShouldBe(TqErrorCode.InvalidMembershipSize);
        lab.Do("A", n => n.Reconfigure(Message(1, null, many[..32], 31))).ShouldBeNull();
    }

    [Fact]
    public void A_repeat_while_preparing_meets_the_stored_configuration()
    {
        var lab = new NodeLab("ABCD");
        lab.Do("A", n => n.Reconfigure(Message(1, null, "ABCD")));

        lab.Do("A", n => n.Reconfigure(Message(1, null, "ABCD"))).ShouldBe(TqError.PreparedEpochMismatch(1, 1));
    }

    [Fact]
    public void Acks_count_for_members_and_their_epoch_only_and_are_not_saved()
    {
        var lab = new NodeLab("ABCDE");
        lab.Do("A", n => n.Reconfigure(Message(1, null, "ABCD")));
        var before = lab["A"].State;

        lab.Tell("A", "E", new TqMessage.PrepareAck(1));
        lab.Tell("A", "B", new TqMessage.PrepareAck(2));
        lab.Tell("B", "A", new TqMessage.PrepareAck(1));
        lab["A"].CoordinatorStatus!.AckedPrepares.ShouldBe(Ids("A"));
        lab.Tell("A", "B", new TqMessage.PrepareAck(1));

        lab["A"].CoordinatorStatus!.AckedPrepares.ShouldBe(Ids("AB"));
        lab["A"].State.ShouldBeSameAs(before);
    }

    [Fact]
    public void A_doubled_prepare_is_acknowledged_again_and_not_saved_again()
    {
        var lab = new NodeLab("ABCD");
        lab.Do("A", n => n.Reconfigure(Message(1, null, "ABCD")));
        var prepare = lab.Wire.First(e => e.To == Id("B")).Message;
        lab.Tell("B", "A", prepare);
        var before = lab["B"].State;
        lab.Wire.Clear();

        lab.Tell("B", "A", prepare);

        lab["B"].State.ShouldBeSameAs(before);
        lab.Wire.ShouldHaveSingleItem().Message.ShouldBe(new TqMessage.PrepareAck(1));
    }

    [Fact]
    public void A_coordinator_that_restarts_has_lost_its_coordination()
    {
        var lab = new NodeLab("ABCD");
        lab.Do("A", n => n.Reconfigure(Message(1, null, "ABCD")));
        lab.Crash("A");
        lab.Start("A");

        lab["A"].CoordinatorStatus.ShouldBeNull();
        lab["A"].State.IsPrepared(1).ShouldBeTrue();
    }

    [Fact]
    public void A_peer_that_connects_late_gets_what_it_is_owed_and_a_tick_sends_it_again()
    {
        var lab = new NodeLab("ABC");
        lab.Do("A", n => n.Reconfigure(Message(1, null, "ABCD")));
        lab.Deliver();

        lab.Start("D");
        lab.To<TqMessage.Prepare>().ShouldBe("D");
        lab.Wire.Clear();
        lab.Do("A", n => n.Tick());
        lab.To<TqMessage.Prepare>().ShouldBe("D");
        lab.Deliver();
        lab.Do("A", n => n.Tick());
        lab.Wire.ShouldBeEmpty();
    }

    [Fact]
    public void The_loader_asks_again_at_a_connect_even_what_it_has()
    {
        var lab = new NodeLab("ABCD");
        lab.Form(1, null, "ABCD", "A");
        lab.Cut("A", "C");
        lab.Cut("A", "D");
        lab.Do("A", n => n.Load(1)).IsPending.ShouldBeTrue();
        lab.Deliver();
        lab.Do("A", n => n.Load(1)).IsPending.ShouldBeTrue();
        lab.Wire.ShouldBeEmpty("nothing is sent again for a repeat");

        lab.Cut("A", "B");
        lab.Connect("A", "B");
        lab.To<TqMessage.GetShare>().ShouldBe("B");
        lab.Deliver();
        lab["A"].LoadedEpochs.ShouldBeEmpty();
        lab.Connect("A", "C");
        lab.Deliver();
        lab["A"].LoadedEpochs.ShouldBe([1UL]);
    }

    [Fact]
    public void While_coordinating_shares_do_not_reach_a_computation_but_reach_the_loader()
    {
        var lab = new NodeLab("ABCD");
        lab.Form(1, null, "ABCD", "A");
        lab.Do("A", n => n.Reconfigure(Message(2, 1, "ABCD")));
        lab.Wire.Clear();
        lab.Do("A", n => n.Load(1));
        lab.Wire.Clear();

        lab.Tell("A", "B", new TqMessage.Share(1, lab["B"].State.Shares[1]));
        lab.Tell("A", "C", new TqMessage.Share(1, lab["C"].State.Shares[1]));

        lab["A"].LoadedEpochs.ShouldBe([1UL]);
        lab["A"].State.IsPrepared(2).ShouldBeTrue();
    }

    [Fact]
    public void Expunge_ends_coordination_and_computation_and_leaves_loaded_secrets()
    {
        var lab = new NodeLab("ABCD");
        lab.Form(1, null, "ABCD", "A");
        lab.Secret("A", 1);
        lab.Do("A", n => n.Reconfigure(Message(2, 1, "ABCD")));

        lab.Tell("A", "B", new TqMessage.Expunged(2));

        lab["A"].CoordinatedEpoch.ShouldBeNull();
        lab["A"].State.Expunged.ShouldBe(new TqExpunged(2, Id("B")));
        lab.Do("A", n => n.Load(1)).Secret.ShouldNotBeNull();
        lab.Tell("A", "C", new TqMessage.Expunged(3));
        lab["A"].State.Expunged.ShouldBe(new TqExpunged(2, Id("B")), "set once");
    }

    [Fact]
    public void A_node_without_configurations_ignores_being_expunged()
    {
        var lab = new NodeLab("AB");

        lab.Tell("A", "B", new TqMessage.Expunged(5));

        lab["A"].State.ShouldBeSameAs(TqPersistentState.Empty);
    }

    [Fact]
    public void Commit_answers_for_the_very_epoch_and_leaves_a_computation_alone()
    {
        var lab = new NodeLab("ABCD");
        lab.Form(1, null, "ABCD", "A");
        lab.Form(3, 1, "ABCD", "A");

        lab.Commit("A", 3).Status.ShouldBe(TqCommitStatus.Committed);
        lab.Commit("A", 1).Status.ShouldBe(TqCommitStatus.Committed);
        lab.Commit("A", 2).ShouldBe(new TqCommitResult(TqCommitStatus.Pending, null));
    }

    [Fact]
    public void Prepare_and_commit_for_others_is_ignored_and_pending()
    {
        var lab = new NodeLab("ABCDE");
        var config = lab.Form(1, null, "ABCD", "A");

        lab.Do("E", n => n.PrepareAndCommit(config)).ShouldBe(new TqCommitResult(TqCommitStatus.Pending, null));

        lab["E"].State.ShouldBeSameAs(TqPersistentState.Empty);
    }

    [Fact]
    public void Two_coordinators_of_one_epoch_stop_the_second()
    {
        var lab = new NodeLab("ABCD");
        lab.Form(1, null, "ABCD", "A");
        lab.Do("A", n => n.Reconfigure(Message(2, 1, "ABCD")));
        lab.Do("B", n => n.Reconfigure(Message(2, 1, "ABCD")));
        lab.Deliver(e => e.To == Id("A") || e.From == Id("A") ? e.Message is TqMessage.GetShare && e.From == Id("B") : e.Message is not TqMessage.PrepareAck);
        lab.Deliver(e => e.From == Id("B") && e.Message is TqMessage.Prepare && e.To == Id("A"));

        Should.Throw<Gantry.Primitives.InvariantException>(() =>
        {
            lab.Tell("A", "C", new TqMessage.Share(1, lab["C"].State.Shares[1]));
            lab.Tell("A", "D", new TqMessage.Share(1, lab["D"].State.Shares[1]));
        });
    }

    [Fact]
    public void Alarms_are_gone_after_a_restart_and_repeat_once()
    {
        var lab = new NodeLab("ABCD");
        var config = lab.Form(1, null, "ABCD", "A", committing: "A");
        lab.Crash("D");
        lab.Start("D", TqPersistentState.Empty);
        lab.Tell("D", "A", new TqMessage.CommitAdvance(config with { Threshold = 2 }));
        lab.Tell("D", "A", new TqMessage.CommitAdvance(config));
        lab.Tell("D", "A", new TqMessage.CommitAdvance(config));

        lab["D"].Alarms.Count.ShouldBe(1);
        lab.Crash("D");
        lab.Start("D");
        lab["D"].Alarms.ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "tq/H8")]
    public void A_failure_on_the_way_to_preparing_keeps_the_shares_and_the_next_share_tries_again()
    {
        var lab = new NodeLab("ABCD");
        lab.Form(1, null, "ABCD", "A");
        var whole = lab.Form(2, 1, "ABCD", "A");

        // The prior secrets in A's own copy are damaged: they do not open.
        var damaged = whole with { EncryptedRackSecrets = new EncryptedRackSecrets(whole.EncryptedRackSecrets!.Salt, [.. new byte[56]]) };
        var state = lab["A"].State;
        lab.Start("A", TqPersistentState.Of(
            null, [state.Configs[1], damaged], state.Shares, state.Commits, null));
        var notes = new List<TqNoteKind>();
        lab["A"].OnNote = note => notes.Add(note.Kind);
        lab.Do("A", n => n.Reconfigure(NodeLab.Message(3, 2, "ABCD"))).ShouldBeNull();
        var made = lab["A"].CoordinatorStatus!.Config.Members;

        lab.Deliver();

        notes.Count(n => n == TqNoteKind.PreparingFailed).ShouldBe(2, "with the third share, and again with the fourth");
        lab["A"].CoordinatorStatus.ShouldNotBeNull().Config.Members.AsSpan().SequenceEqual(made.AsSpan()).ShouldBeTrue("the shares are those made first");
        lab["A"].CoordinatorStatus!.AckedPrepares.ShouldBeEmpty();
        lab["A"].State.Configs.ContainsKey(3).ShouldBeFalse();
        lab["A"].Alarms.ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "tq/H6")]
    public void A_digest_is_64_lower_case_digits_with_its_leading_zeroes()
    {
        byte[] bytes = [0x00, 0x0a, .. new byte[29], 0x01];

        new ShareDigest(bytes).ToString().ShouldBe("000a" + new string('0', 58) + "01");
        ShareDigest.TryParse(new ShareDigest(bytes).ToString(), out var again).ShouldBeTrue();
        again.ShouldBe(new ShareDigest(bytes));
    }

    [Fact]
    public void Alarms_are_bounded()
    {
        var lab = new NodeLab("ABCD");
        var config = lab.Form(1, null, "ABCD", "A");

        for (var i = 0; i < TqContext.AlarmsMax + 5; i++)
        {
            var other = config with { Coordinator = NodeLab.Id("B"), Threshold = (byte)(i % 2 + 2), Epoch = 1, EncryptedRackSecrets = new EncryptedRackSecrets([.. new byte[32]], [(byte)i]) };
            lab.Tell("A", "B", new TqMessage.Prepare(other, KeyShare.Blank(1, 32)));
        }

        lab["A"].Alarms.Count.ShouldBe(TqContext.AlarmsMax);
    }
}
