using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Areas.Tests.TrustQuorum;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;
using MemberState = Gantry.Multicast.MemberState;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>At which level a change of state is told (multicast 9.2); that each is told once, <c>TransitionHttpTests</c> shows.</summary>
public sealed class GroupTransitionTests
{
    private static readonly InstanceId s_instance = new(GuidForm.FromText("instance"));
    private static readonly SledId s_sled = new(GuidForm.FromText("sled"));

    [Theory]
    [InlineData(MemberState.Joined, MemberState.Joining, "M9: a switch did not take the new sled's port", "Warning")]
    [InlineData(MemberState.Joined, MemberState.Left, "M11: no switch port leads to the sled", "Warning")]
    [InlineData(MemberState.Joined, MemberState.Left, "M15: the instance's VMM is gone", "Information")]
    [InlineData(MemberState.Joining, MemberState.Joined, "M4: on every reachable switch", "Information")]
    [Trait("spec", "multicast/9.2")]
    public void What_nobody_asked_for_is_a_warning(MemberState from, MemberState to, string reason, string level)
    {
        using var log = new LogCapture();
        using var logs = LoggerFactory.Create(b => b.AddProvider(log));
        var state = State(from);

        new GroupTransitions(logs.CreateLogger<GroupTransitions>()).Committed(
            Commit(state, new GroupEvent.MemberStateChanged(s_instance, from, to, s_sled, reason, DateTimeOffset.UnixEpoch)));

        log.Text.ShouldBe(
            $"{level} 2309 member {state.Members[s_instance].Id} of group {state.Id}, instance {s_instance}, is {to}, was {from}: {reason} ");
    }

    [Fact]
    [Trait("spec", "multicast/9.2")]
    public void Other_events_are_no_changes_of_state_and_a_move_names_both_sleds()
    {
        using var log = new LogCapture();
        using var logs = LoggerFactory.Create(b => b.AddProvider(log));
        var to = new SledId(GuidForm.FromText("sled 2"));

        new GroupTransitions(logs.CreateLogger<GroupTransitions>()).Committed(Commit(
            State(MemberState.Joined),
            new GroupEvent.MemberTold(s_instance, new InstanceFacts(3, IsValid: true, to), DateTimeOffset.UnixEpoch),
            new GroupEvent.SwitchesRecorded(["a"], DateTimeOffset.UnixEpoch),
            new GroupEvent.SwitchReported("a", 1, SwitchResult.Applied, [], null, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch),
            new GroupEvent.MemberMoved(s_instance, s_sled, to, DateTimeOffset.UnixEpoch)));

        log.Text.ShouldEndWith($"is Joined, was Joined: M8: from sled {s_sled} to {to} ");
        log.Text.Split('\n').Length.ShouldBe(1);
    }

    private static GroupState State(MemberState state) => new()
    {
        Id = new GroupId(GuidForm.FromText("group")),
        Phase = GroupPhase.Active,
        Members = ImmutableDictionary<InstanceId, Member>.Empty.Add(s_instance, new Member
        {
            Id = new MemberId(GuidForm.FromText("member")),
            Instance = s_instance,
            State = state,
            Sled = s_sled,
            Sources = [],
            Facts = new InstanceFacts(2, IsValid: true, s_sled),
            TimeCreated = DateTimeOffset.UnixEpoch,
            TimeModified = DateTimeOffset.UnixEpoch,
        }),
    };

    private static LaneCommit Commit(GroupState before, params ImmutableArray<GroupEvent> events) => new()
    {
        Entity = Addresses.MulticastGroup(before.Id),
        Shard = new ShardId(0),
        Epoch = 1,
        Revision = 1,
        Position = 1,
        At = DateTimeOffset.UnixEpoch,
        Cause = "test",
        Caller = new Principal(PrincipalKind.Host, "test"),
        Before = before,
        Events = events.CastArray<object>(),
    };
}
