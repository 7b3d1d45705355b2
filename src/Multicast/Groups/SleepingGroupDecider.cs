using Gantry.Actors;

namespace Gantry.Multicast;

/// <summary>
/// A group while the feature is off: no row of it or of its members is written (multicast 9.1 I17). What instances, timers and turns say is taken
/// and comes to nothing; <see cref="MemberRecall"/> asks for it anew when the feature is on again.
/// </summary>
internal sealed class SleepingGroupDecider : IDecider<GroupState, GroupCommand, GroupEvent>
{
    /// <inheritdoc/>
    public static GroupState Initial => GroupState.Unborn;

    /// <inheritdoc/>
    public static Decision<GroupEvent> Decide(GroupState state, GroupCommand command, in Turn turn) => command switch
    {
        GroupCommand.Join or GroupCommand.Leave or GroupCommand.Make or GroupCommand.Update or GroupCommand.End =>
            Decision.Refuse<GroupEvent>(MulticastErrors.Disabled()),

        // Questions of pools and instances; a group that is void by the answer has no row.
        GroupCommand.Abandon or GroupCommand.AskHolding or GroupCommand.AskMember => GroupDecider.Decide(state, command, turn),
        _ => Decision.Unchanged<GroupEvent>(),
    };

    /// <inheritdoc/>
    public static GroupState Apply(GroupState state, GroupEvent fact) => GroupDecider.Apply(state, fact);
}
