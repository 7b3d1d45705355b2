using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>The state of a group after each event. Pure; recovery and live run call the same.</summary>
internal static class GroupApply
{
    public static GroupState Apply(GroupState state, GroupEvent fact) => fact switch
    {
        GroupEvent.Created e => Created(e),
        GroupEvent.Voided e => state with { Id = e.Id, Phase = GroupPhase.Void },
        GroupEvent.MemberAdded e => Added(state, e),
        GroupEvent.MemberRejoined e => Rejoined(state, e),
        GroupEvent.UnderlayLinked e => Raise(state with { Underlay = e.Underlay, Salt = e.Salt, TimeModified = e.At }, e.At),
        GroupEvent.MemberTold e => Told(state, e),
        GroupEvent.MemberMoved e => Moved(state, e),
        GroupEvent.MemberStateChanged e => StateChanged(state, e),
        GroupEvent.MemberRemoved e => Raise(
            state with { Members = state.Members.Remove(e.Instance), MembersEnded = state.MembersEnded + 1 }, e.At),
        GroupEvent.Updated e => Raise(
            state with { Name = e.Name, Description = e.Description, Explicit = e.Explicit, TimeModified = e.At }, e.At),
        GroupEvent.EndAsked e => state with { IsEnding = true, TimeModified = e.At },
        GroupEvent.Activated e => state with { Phase = GroupPhase.Active, TimeModified = e.At },
        GroupEvent.MarkedDeleting e => Raise(
            state with { Phase = GroupPhase.Deleting, TimeDeleted = e.At, TimeModified = e.At, EndReason = e.Reason }, e.At),
        GroupEvent.SwitchesRecorded e => Recorded(state, e),
        GroupEvent.SwitchReported e => Reported(state, e),
        GroupEvent.Gone => state with { Phase = GroupPhase.Gone, Switches = GroupState.NoSwitches },
        _ => state,
    };

    private static GroupState Created(GroupEvent.Created e) => new()
    {
        Phase = GroupPhase.Creating,
        Id = e.Id,
        Name = e.Name,
        Description = e.Description,
        Address = e.Address,
        Pool = e.Pool,
        Range = e.Range,
        UnderlayId = e.UnderlayId,
        Underlay = e.Underlay,
        Salt = e.Salt,
        TimeCreated = e.At,
        TimeModified = e.At,
        Wanted = 1,
        Explicit = e.Explicit,
        Switches = GroupState.NoSwitches.AddRange(
            e.Switches.Distinct().Select(key => KeyValuePair.Create(key, new SwitchStanding { LaggingSince = e.At }))),
    };

    private static GroupState Added(GroupState state, GroupEvent.MemberAdded e)
    {
        var raised = Raise(state, e.At);
        return raised with
        {
            Members = raised.Members.SetItem(e.Instance, new Member
            {
                Id = e.Member,
                Instance = e.Instance,
                State = MemberState.Joining,
                Sled = e.Facts.Sled,
                Sources = e.Sources,
                Facts = e.Facts,
                Since = raised.Wanted,
                TimeCreated = e.At,
                TimeModified = e.At,
            }),
        };
    }

    private static GroupState Rejoined(GroupState state, GroupEvent.MemberRejoined e)
    {
        var raised = Raise(state, e.At);
        return Change(raised, e.Instance, m => m with
        {
            State = MemberState.Joining,
            Sources = e.Sources,
            Facts = e.Facts,
            Sled = e.Facts.Sled,
            Since = raised.Wanted,
            TimeModified = e.At,
        });
    }

    private static GroupState Told(GroupState state, GroupEvent.MemberTold e)
    {
        var told = Change(state, e.Instance, m => m with { Facts = e.Facts });

        // A Joined member whose sled is gone, or back, changes what switches should hold, and nothing else yet (M10).
        return e.At is { } at
            && told.Members.GetValueOrDefault(e.Instance) is { State: MemberState.Joined, Facts.IsValid: true } member
            && member.IsCarried != state.Members[e.Instance].IsCarried
                ? Change(Raise(told, at), e.Instance, m => m with { Since = told.Wanted + 1 })
                : told;
    }

    private static GroupState Moved(GroupState state, GroupEvent.MemberMoved e)
    {
        var raised = Raise(state, e.At);
        return Change(raised, e.Instance, m => m with { Sled = e.To, Since = raised.Wanted, TimeModified = e.At });
    }

    private static GroupState StateChanged(GroupState state, GroupEvent.MemberStateChanged e)
    {
        // Between Joining and Joined nothing changes for the switches: they carry both.
        if (e.From != MemberState.Left && e.To != MemberState.Left)
        {
            return Change(state, e.Instance, m => m with { State = e.To, TimeModified = e.At });
        }

        var raised = Raise(state, e.At);
        return Change(
            raised, e.Instance, m => m with { State = e.To, Sled = e.Sled, Since = raised.Wanted, TimeModified = e.At });
    }

    private static GroupState Recorded(GroupState state, GroupEvent.SwitchesRecorded e) => state with
    {
        Switches = GroupState.NoSwitches.AddRange(e.Keys.Distinct().Select(key => KeyValuePair.Create(
            key, state.Switches.GetValueOrDefault(key) ?? new SwitchStanding { LaggingSince = e.At, LeftOutFor = state.Wanted }))),
    };

    private static GroupState Reported(GroupState state, GroupEvent.SwitchReported e)
    {
        var standing = state.Switches.GetValueOrDefault(e.Switch) ?? new SwitchStanding();
        var next = e.Result switch
        {
            SwitchResult.Applied => Succeeded(state, standing, e),
            SwitchResult.Failed => standing with
            {
                FailedFor = e.Generation,
                UnreachableFor = null,
                Error = e.Error,
                Differences = e.Differences,
                LaggingSince = standing.LaggingSince ?? e.Since,
            },
            _ => standing with
            {
                UnreachableFor = e.Generation,
                LeftOutFor = e.Generation,
                FailedFor = null,
                Error = e.Error,
                Differences = null,
                LaggingSince = standing.LaggingSince ?? e.Since,
            },
        };
        return state with { Switches = state.Switches.SetItem(e.Switch, next) };
    }

    private static SwitchStanding Succeeded(GroupState state, SwitchStanding standing, GroupEvent.SwitchReported e)
    {
        var applied = Math.Max(standing.Applied, e.Generation);
        return standing with
        {
            Applied = applied,
            Unmapped = e.Unmapped,
            Unknown = e.Unknown,
            UnreachableFor = null,
            LeftOutFor = null,
            FailedFor = null,
            Error = null,
            Differences = null,
            LaggingSince = applied >= state.Wanted ? null : standing.LaggingSince,
            TimeVerified = e.At,
        };
    }

    // What switches should hold has changed: every one of them is behind from now on.
    private static GroupState Raise(GroupState state, DateTimeOffset at) => state with
    {
        Wanted = state.Wanted + 1,
        Switches = state.Switches.Values.All(s => s.LaggingSince is not null)
            ? state.Switches
            : state.Switches.SetItems(state.Switches.Select(
                s => KeyValuePair.Create(s.Key, s.Value with { LaggingSince = s.Value.LaggingSince ?? at }))),
    };

    private static GroupState Change(GroupState state, InstanceId instance, Func<Member, Member> change) =>
        state.Members.TryGetValue(instance, out var member)
            ? state with { Members = state.Members.SetItem(instance, change(member)) }
            : state;
}
