using Gantry.Actors;
using Gantry.TrustQuorum;
using Shouldly;
using Xunit;
using static Gantry.Areas.Tests.TrustQuorum.TqRack;

namespace Gantry.Areas.Tests.TrustQuorum;

/// <summary>The product's driver, pass by pass (trust-quorum 6.2 to 6.5).</summary>
public sealed class QuorumPassTests
{
    [Fact]
    [Trait("spec", "tq/32")]
    [Trait("spec", "tq/H2")]
    public async Task The_pass_that_hears_the_deciding_acknowledgement_sends_the_commits_with_the_recorded_secrets()
    {
        using var world = Proposed();
        world.Coordination = PassWorld.Said(world.Coordinating(3));
        (await world.DriveAsync()).End.ShouldBe(ReconcileEnd.After);
        world.Rack.Latest.State.ShouldBe(TqStates.Preparing);
        world.Committed.ShouldBeEmpty();

        world.Coordination = PassWorld.Said(world.Coordinating(4));
        await world.DriveAsync();

        world.Rack.Latest.State.ShouldBe(TqStates.Committing);
        world.Committed.Count.ShouldBe(4);
        var (late, sent) = world.PreparedAndCommitted.ShouldHaveSingleItem();
        late.ShouldBe(world.Rack.Latest.Members.Single(m => m.State == TqMemberStates.Unacked).Id);
        Convert.ToHexStringLower(sent.EncryptedRackSecrets.ShouldNotBeNull().Data.AsSpan()).ShouldBe(Secrets.Data);
        world.Rack.Latest.CommittedCount.ShouldBe(4);
    }

    [Fact]
    [Trait("spec", "tq/41")]
    [Trait("spec", "tq/H5")]
    public async Task A_coordinator_without_state_is_an_error_once_it_had_answered_and_not_before()
    {
        using var world = Proposed();
        (await world.DriveAsync()).End.ShouldBe(ReconcileEnd.After, "its call is still out");
        world.Status.Errors.ShouldBeEmpty();

        world.Rack.Must(new TqCommand.CoordinatorReplied(TqDecider.CallToken(Id, 2), new Reply.Accepted(Done.Instance)));
        world.Publish();
        (await world.DriveAsync()).End.ShouldBe(ReconcileEnd.Retry);

        world.Status.Errors.ShouldHaveSingleItem().ShouldBe($"rack_id: {Id}, epoch: 2: coordinator holds no state for this reconfiguration; abort required");
        world.Rack.Latest.State.ShouldBe(TqStates.Preparing);
    }

    [Fact]
    [Trait("spec", "tq/H10")]
    public async Task A_report_that_the_record_refuses_is_told_and_changes_nothing()
    {
        using var world = Proposed();
        world.Coordination = PassWorld.Said(world.Coordinating(5, r => r with { Epoch = 3 }));
        var before = world.Rack.State;

        (await world.DriveAsync()).End.ShouldBe(ReconcileEnd.Retry);

        world.Status.Errors.ShouldHaveSingleItem().ShouldContain("the coordinator works on epoch 3");
        world.Rack.State.ShouldBeSameAs(before);
        world.Committed.ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "tq/42")]
    [Trait("spec", "tq/H3")]
    public async Task A_new_members_agent_is_told_to_use_the_quorum_and_not_to_learn_the_older_scheme()
    {
        using var world = Proposed();
        world.Rack.Settle();
        world.Publish();

        (await world.StartAgentsAsync()).End.ShouldBe(ReconcileEnd.After);

        var start = world.Started.ShouldHaveSingleItem();
        start.SledId.ShouldBe(Board(4));
        (start.StartRequest.Generation, start.StartRequest.SchemaVersion).ShouldBe((0UL, 1U));
        var body = start.StartRequest.Body;
        (body.RackId, body.UseTrustQuorum, body.IsLrtqLearner, body.Subnet.Net).ShouldBe((Id, true, false, "fd00:1122:3344:125::/64"));
    }

    [Fact]
    [Trait("spec", "tq/42")]
    public async Task An_agent_that_never_registers_is_started_ever_more_seldom_and_the_status_says_since_when()
    {
        using var world = Proposed();
        world.Rack.Settle();
        world.Publish();
        var first = await world.StartAgentsAsync();
        var began = world.Time.Now;
        world.Status.Statuses.ShouldHaveSingleItem().ShouldContain("      started:\n");

        world.Time.MoveTo(began.AddHours(1));
        var late = await world.StartAgentsAsync();

        late.Delay.ShouldBeGreaterThan(first.Delay * 10);
        world.Status.Statuses.ShouldHaveSingleItem().ShouldContain($"        {Board(4)}: started, not registered since {began:O}\n");

        world.Register(4);
        (await world.StartAgentsAsync()).End.ShouldBe(ReconcileEnd.Done);
        world.Status.Statuses.ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "tq/49")]
    public async Task A_member_that_its_client_has_no_session_with_stays_prepared_and_is_tried_again()
    {
        using var world = Proposed();
        world.Lost = Board(4); // no sled of its own: always somebody else's to reach
        world.Coordination = PassWorld.Said(world.Coordinating(5));

        (await world.DriveAsync()).End.ShouldBe(ReconcileEnd.Retry);

        world.Rack.Latest.Members.Where(m => m.State == TqMemberStates.Prepared).Select(m => m.Id).ShouldBe([Board(4)]);
        world.Lost = null;
        (await world.DriveAsync()).End.ShouldBe(ReconcileEnd.Done);
        world.Rack.Latest.State.ShouldBe(TqStates.Committed);
    }

    private static PassWorld Proposed()
    {
        var rack = Formed(4);
        rack.Must(rack.Add(4));
        return new PassWorld(rack, sleds: 4);
    }
}
