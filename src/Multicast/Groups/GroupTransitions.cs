using Gantry.Actors;
using Microsoft.Extensions.Logging;

namespace Gantry.Multicast;

/// <summary>Writes every change of state of a group and of a member to the log, once, when it is durable (multicast 9.2).</summary>
internal sealed class GroupTransitions(ILogger<GroupTransitions> log) : ICommitWatcher
{
    private const string Nothing = "none";

    public string Kind => GroupKind.Kind.Name;

    public void Committed(LaneCommit commit)
    {
        var state = (GroupState)commit.Before;
        foreach (var fact in commit.Events.Cast<GroupEvent>())
        {
            var after = GroupApply.Apply(state, fact);
            LogGroup(state, fact, after);
            LogMember(state, fact, after);
            state = after;
        }
    }

    private void LogGroup(GroupState before, GroupEvent fact, GroupState after)
    {
        if (before.Phase != after.Phase)
        {
            log.GroupIs(after.Id.ToString(), Word(before.Phase), Word(after.Phase), ReasonOf(fact, after));
        }
    }

    private static string ReasonOf(GroupEvent fact, GroupState after) => fact switch
    {
        GroupEvent.Created { Explicit: not null } => "G1: made by a call of its own",
        GroupEvent.Created => "G1: first join",
        GroupEvent.Activated => "G3: on every reachable switch",
        GroupEvent.MarkedDeleting e => e.Reason,
        GroupEvent.Gone when after.Underlay is null => "G7: nothing of it was on any switch",
        GroupEvent.Gone => "G7: gone from every recorded switch",
        GroupEvent.Voided => "its first join was given up",
        _ => fact.GetType().Name,
    };

    private void LogMember(GroupState before, GroupEvent fact, GroupState after)
    {
        switch (fact)
        {
            case GroupEvent.MemberAdded e:
                Log(after, after.Members[e.Instance], Nothing, nameof(MemberState.Joining), "M1: joined");
                break;
            case GroupEvent.MemberRejoined e when before.Members.GetValueOrDefault(e.Instance) is { } left:
                Log(after, left, left.State.ToString(), nameof(MemberState.Joining), "M14: joined again");
                break;
            case GroupEvent.MemberMoved e when before.Members.GetValueOrDefault(e.Instance) is { } moved:
                var rule = moved.State == MemberState.Joined ? "M8" : "M3";
                Log(after, moved, moved.State.ToString(), moved.State.ToString(), $"{rule}: from sled {e.From?.ToString() ?? Nothing} to {e.To?.ToString() ?? Nothing}");
                break;
            case GroupEvent.MemberStateChanged e when before.Members.GetValueOrDefault(e.Instance) is { } changed:
                // The switches or the cabling took it away: nobody asked for that.
                var level = e.From == MemberState.Joined && (e.To == MemberState.Joining || e.Reason.StartsWith("M11", StringComparison.Ordinal))
                    ? LogLevel.Warning
                    : LogLevel.Information;
                Log(after, changed, e.From.ToString(), e.To.ToString(), e.Reason, level);
                break;
            case GroupEvent.MemberRemoved e when before.Members.GetValueOrDefault(e.Instance) is { } removed:
                Log(after, removed, removed.State.ToString(), Nothing, e.Reason);
                break;
            default:
                break;
        }
    }

    private void Log(GroupState group, Member member, string from, string to, string reason, LogLevel level = LogLevel.Information) =>
        log.MemberIs(level, member.Id.ToString(), group.Id.ToString(), member.Instance.ToString(), from, to, reason);

    private static string Word(GroupPhase phase) => phase is GroupPhase.Unborn or GroupPhase.Gone ? Nothing : phase.ToString();
}
