using Gantry.Actors;
using Gantry.Devices;
using Gantry.Primitives;
using Gantry.TrustQuorum;
using Shouldly;
using Xunit;
using static Gantry.Areas.Tests.TrustQuorum.TqRack;

namespace Gantry.Areas.Tests.TrustQuorum;

/// <summary>The one call to a coordinator when it runs a second time: a process that died on the way does not mark a good epoch as failed.</summary>
public sealed class CoordinateActivityTests
{
    private static readonly DeviceOutcome<NoContent> s_had = new DeviceOutcome<NoContent>.Rejected(500, "PreparedEpochMismatch", "this node already holds epoch 2");

    [Fact]
    [Trait("spec", "tq/31")]
    public async Task The_coordinator_gets_the_whole_proposal()
    {
        using var world = Proposed();

        (await world.CallCoordinatorAsync()).ShouldBeOfType<Reply.Accepted>();

        var sent = world.Proposed.ShouldHaveSingleItem();
        (sent.RackId, sent.Epoch, sent.LastCommittedEpoch, sent.Threshold).ShouldBe((Id, 2UL, 1UL, (byte)3));
        sent.Members.ShouldBe(Boards(5));
    }

    [Fact]
    public async Task A_coordinator_that_prepares_the_epoch_already_took_it()
    {
        using var world = Proposed();
        world.Taking = s_had;
        world.Coordination = PassWorld.Said(world.Coordinating(1));

        (await world.CallCoordinatorAsync()).ShouldBeOfType<Reply.Accepted>();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_lost_it_or_works_on_another_epoch_did_not(bool isOnAnother)
    {
        using var world = Proposed();
        world.Taking = s_had;
        world.Coordination = PassWorld.Said(isOnAnother ? world.Coordinating(1, r => r with { Epoch = 7 }) : null);

        (await world.CallCoordinatorAsync()).ShouldBeOfType<Reply.Refused>().Why.Code.ShouldBe("QuorumCoordinatorRefused");
    }

    [Fact]
    [Trait("spec", "tq/40")]
    public async Task Silence_may_have_been_a_yes_so_nothing_is_sent_again_and_the_record_stays_preparing()
    {
        using var world = Proposed();
        world.Taking = new DeviceOutcome<NoContent>.NoAnswer("nothing within 60 s");

        var why = (await world.CallCoordinatorAsync()).ShouldBeOfType<Reply.Refused>().Why;

        (why.Kind, why.Code).ShouldBe((RefusalKind.Unavailable, "QuorumCoordinatorSilent"));
        world.Proposed.Count.ShouldBe(1);
        world.Rack.Latest.State.ShouldBe(TqStates.Preparing);
    }

    [Fact]
    public async Task A_record_that_is_decided_needs_no_call_any_more()
    {
        using var world = Proposed();
        world.Rack.Must(world.Rack.Prepare(5));
        world.Publish();

        (await world.CallCoordinatorAsync()).ShouldBeOfType<Reply.Accepted>();

        world.Proposed.ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "tq/39")]
    public async Task A_decommissioned_coordinator_aborts_the_record_and_says_why_in_one_decision()
    {
        var rack = Formed(4);
        rack.Must(rack.Add(4));
        using var world = new PassWorld(rack, sleds: 0);
        var before = rack.Events.Count;

        (await world.CallCoordinatorAsync()).ShouldBeOfType<Reply.Refused>().Why.Code.ShouldBe("QuorumCoordinatorGone");

        rack.Events.Skip(before).Select(e => e.GetType()).ShouldBe([typeof(CoordinatorAnswered), typeof(ConfigAborted)]);
        (rack.Latest.State, rack.Latest.CoordinatorError?.Code).ShouldBe((TqStates.Aborted, "QuorumCoordinatorGone"));
    }

    private static PassWorld Proposed()
    {
        var rack = Formed(4);
        rack.Must(rack.Add(4));
        return new PassWorld(rack, sleds: 4);
    }
}
