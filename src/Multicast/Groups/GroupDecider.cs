using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>The group's state machine (multicast 4.1), with its members' (4.2) in <see cref="MemberRules"/>.</summary>
public sealed class GroupDecider : IDecider<GroupState, GroupCommand, GroupEvent>
{
    /// <inheritdoc/>
    public static GroupState Initial => GroupState.Unborn;

    /// <inheritdoc/>
    public static Decision<GroupEvent> Decide(GroupState state, GroupCommand command, in Turn turn) => command switch
    {
        GroupCommand.Join c => Join(state, c, turn),
        GroupCommand.Make c => ExplicitRules.Create(state, c.Birth, turn),
        GroupCommand.Update c => ExplicitRules.Update(state, c, turn),
        GroupCommand.End c => ExplicitRules.End(state, c, turn),
        GroupCommand.EndMore => ExplicitRules.EndMore(state, turn),
        GroupCommand.Leave c => Leave(state, c, turn),
        GroupCommand.Undo c => Undo(state, c, turn),
        GroupCommand.Abandon c => Abandon(state, c, turn),
        GroupCommand.AskHolding => AskHolding(state, turn),
        GroupCommand.AskMember c => AskMember(state, c, turn),
        GroupCommand.InstanceMoved c => InstanceMoved(state, c, turn),
        GroupCommand.InstanceGone c => InstanceGone(state, c, turn),
        GroupCommand.LinkUnderlay c => LinkUnderlay(state, c, turn),
        GroupCommand.Settle => Settle(state, turn),
        GroupCommand.Sweep => Sweep(state, turn),
        GroupCommand.RecordApplied c => RecordApplied(state, c.Report, turn),
        _ => Decision.Unchanged<GroupEvent>(),
    };

    /// <inheritdoc/>
    public static GroupState Apply(GroupState state, GroupEvent fact) => GroupApply.Apply(state, fact);

    // ---- joining and leaving -------------------------------------------------------------------------------------

    private static Decision<GroupEvent> Join(GroupState state, GroupCommand.Join join, in Turn turn)
    {
        var id = IdOf(turn);
        switch (state.Phase)
        {
            case GroupPhase.Void:
                return Decision.Refuse<GroupEvent>(MulticastErrors.Void(id));
            case GroupPhase.Deleting or GroupPhase.Gone:
                return Decision.Refuse<GroupEvent>(MulticastErrors.GroupDeleting(id));
            case GroupPhase.Unborn:
                return join.Create is { } birth
                    ? Create(state, join, birth, turn)
                    : Decision.Refuse<GroupEvent>(MulticastErrors.NoSuchGroup(id.ToString()));
            case var _ when state.IsEnding:
                return Decision.Refuse<GroupEvent>(MulticastErrors.GroupDeleting(id));
            default:
                break;
        }

        if (join.Create is { } other && (other.Name != state.Name || other.Address != state.Address))
        {
            return Decision.Refuse<GroupEvent>(MulticastErrors.Another(id));
        }

        var member = state.Members.GetValueOrDefault(join.Instance);
        return member?.State is MemberState.Joining or MemberState.Joined
            ? Decision.Unchanged<GroupEvent>(GroupRules.ReplyFor(state, member)) // FIX-10: neither counted nor validated again
            : Attach(new GroupDraft(state, turn), member, join, turn);
    }

    private static Decision<GroupEvent> Create(GroupState state, GroupCommand.Join join, GroupBirth birth, in Turn turn)
    {
        var draft = new GroupDraft(state, turn);
        draft.Make(birth, turn.NewId(1));
        return Attach(draft, null, join, turn);
    }

    private static Decision<GroupEvent> Attach(GroupDraft draft, Member? left, GroupCommand.Join join, in Turn turn)
    {
        var state = draft.State;
        var given = join.Sources ?? (left is null ? state.Explicit?.DefaultSources : null);
        var sources = given ?? left?.Sources ?? [];
        var refusal = SourceRules.WhyNotFor(state.Address, given)
            ?? GroupRules.WhyTooManySources(state, state.Address, join.Instance, sources)
            ?? (left is null && state.Members.Count >= MulticastLimits.MembersPerGroup
                ? MulticastErrors.MemberLimit(state.Id)
                : null);
        if (refusal is not null)
        {
            return Decision.Refuse<GroupEvent>(refusal);
        }

        var facts = left is not null && left.Facts.Generation > join.Facts.Generation ? left.Facts : join.Facts;
        draft.Add(left is null
            ? new GroupEvent.MemberAdded(new MemberId(turn.NewId(0)), join.Instance, sources, facts, turn.Now)
            : new GroupEvent.MemberRejoined(join.Instance, sources, facts, turn.Now));
        var member = draft.State.Members[join.Instance];
        draft.Add(new Effect.Post(
            Addresses.InstanceMulticast(join.Instance),
            new MembershipCommand.Confirm(state.Id, member.Id, facts.Generation)));
        draft.SettleLater();
        return draft.Accept(GroupRules.ReplyFor(draft.State, member));
    }

    private static Decision<GroupEvent> Leave(GroupState state, GroupCommand.Leave leave, in Turn turn)
    {
        if (!state.IsLive || !state.Members.TryGetValue(leave.Instance, out var member))
        {
            return Decision.Unchanged<GroupEvent>(new LeaveReply(null, null));
        }

        var draft = new GroupDraft(state, turn);
        draft.Remove(member, "M16: left");
        draft.EndIfEmpty("G5: the last member left", afterGrace: false);
        return draft.Accept(new LeaveReply(member.Id, draft.State.IsLive ? null : state.Pool));
    }

    private static Decision<GroupEvent> Undo(GroupState state, GroupCommand.Undo undo, in Turn turn)
    {
        if (!state.IsLive || !state.Members.TryGetValue(undo.Instance, out var member))
        {
            return Decision.Unchanged<GroupEvent>();
        }

        var draft = new GroupDraft(state, turn);
        draft.Remove(member, "the creation of the instance was undone");
        draft.EndIfEmpty(Swept(state, "no member after an undone creation"), afterGrace: true);
        return draft.Accept();
    }

    // ---- questions of pool and instance-multicast ----------------------------------------------------------------

    private static Decision<GroupEvent> Abandon(GroupState state, GroupCommand.Abandon abandon, in Turn turn)
    {
        if (state.Phase != GroupPhase.Unborn)
        {
            return Decision.Unchanged<GroupEvent>(new AbandonReply(state.Phase == GroupPhase.Void));
        }

        var id = IdOf(turn);
        return Decision.Accept<GroupEvent>(
            new AbandonReply(IsVoid: true),
            [new GroupEvent.Voided(id)],
            [new Effect.Post(Addresses.IpPool(abandon.Pool), new PoolCommand.Release(id))]);
    }

    private static Decision<GroupEvent> AskHolding(GroupState state, in Turn turn) => state.Phase == GroupPhase.Unborn
        ? Decision.Accept<GroupEvent>(new HoldingReply(IsHeld: false), [new GroupEvent.Voided(IdOf(turn))])
        : Decision.Unchanged<GroupEvent>(new HoldingReply(state.IsLive));

    private static Decision<GroupEvent> AskMember(GroupState state, GroupCommand.AskMember ask, in Turn turn) =>
        state.Phase == GroupPhase.Unborn
            ? Decision.Accept<GroupEvent>(new IsMemberReply(null), [new GroupEvent.Voided(IdOf(turn))])
            : Decision.Unchanged<GroupEvent>(new IsMemberReply(state.Members.GetValueOrDefault(ask.Instance)?.Id));

    // ---- news of instances ---------------------------------------------------------------------------------------

    private static Decision<GroupEvent> InstanceMoved(GroupState state, GroupCommand.InstanceMoved moved, in Turn turn)
    {
        if (!state.Members.TryGetValue(moved.Instance, out var member)
            || member.Facts.Generation >= moved.Facts.Generation)
        {
            return Decision.Unchanged<GroupEvent>();
        }

        var draft = new GroupDraft(state, turn);
        draft.Add(new GroupEvent.MemberTold(moved.Instance, moved.Facts, turn.Now));
        if (state.IsLive && MemberRules.Next(draft.State, draft.State.Members[moved.Instance], turn.Now) is { } step)
        {
            draft.Add(step);
        }

        draft.SettleLater();
        return draft.Accept();
    }

    private static Decision<GroupEvent> InstanceGone(GroupState state, GroupCommand.InstanceGone gone, in Turn turn)
    {
        if (!state.Members.TryGetValue(gone.Instance, out var member))
        {
            return Decision.Unchanged<GroupEvent>();
        }

        var draft = new GroupDraft(state, turn);
        draft.Remove(member, "M16: the instance was deleted");
        draft.EndIfEmpty(Swept(state, "the last member's instance was deleted"), afterGrace: true);
        return draft.Accept();
    }

    // ---- timers --------------------------------------------------------------------------------------------------

    private static Decision<GroupEvent> Settle(GroupState state, in Turn turn)
    {
        var draft = new GroupDraft(state, turn);
        if (state.IsLive)
        {
            draft.StepMembers();
            draft.SettleLater();
        }

        return draft.Accept();
    }

    private static Decision<GroupEvent> Sweep(GroupState state, in Turn turn)
    {
        var draft = new GroupDraft(state, turn);
        draft.EndIfEmpty(Swept(state, "no member after the grace"), afterGrace: false);
        return draft.Accept();
    }

    // ---- reports of the reconciler -------------------------------------------------------------------------------

    private static Decision<GroupEvent> RecordApplied(GroupState state, SwitchReport report, in Turn turn)
    {
        if (!state.IsLive && state.Phase != GroupPhase.Deleting)
        {
            return Decision.Unchanged<GroupEvent>();
        }

        var draft = new GroupDraft(state, turn);
        RecordSwitches(draft, report);
        RecordStandings(draft, report);
        if (draft.State.Phase == GroupPhase.Deleting)
        {
            EndIfGoneEverywhere(draft);
            return draft.Accept();
        }

        // FIX-8: a group without members is never activated.
        if (draft.State.Phase == GroupPhase.Creating
            && (!draft.State.Members.IsEmpty || draft.State.Explicit is not null)
            && GroupRules.IsOnAllReachable(draft.State, generation: 1))
        {
            draft.Add(new GroupEvent.Activated(turn.Now));
        }

        draft.StepMembers();
        draft.SettleLater();
        return draft.Accept();
    }

    private static Decision<GroupEvent> LinkUnderlay(GroupState state, GroupCommand.LinkUnderlay link, in Turn turn)
    {
        if (!state.IsLive || state.Underlay is not null)
        {
            return Decision.Unchanged<GroupEvent>();
        }

        var draft = new GroupDraft(state, turn);
        draft.Link(link.Salt);
        return draft.Accept();
    }

    private static void RecordSwitches(GroupDraft draft, SwitchReport report)
    {
        var keys = report.Recorded.Select(r => r.Key).Append(report.Switch).Distinct().Order(StringComparer.Ordinal).ToImmutableArray();
        if (!keys.SequenceEqual(draft.State.Switches.Keys))
        {
            draft.Add(new GroupEvent.SwitchesRecorded(keys, draft.Now));
        }
    }

    private static void RecordStandings(GroupDraft draft, SwitchReport report)
    {
        var generation = Math.Min(report.Generation, draft.State.Wanted);
        if (IsNews(draft.State, report, generation))
        {
            draft.Add(new GroupEvent.SwitchReported(
                report.Switch, generation, report.Result, report.Unmapped, report.Error, report.Since, draft.Now, report.Differences,
                report.Unknown));
        }

        foreach (var other in report.Recorded)
        {
            var standing = draft.State.Switches[other.Key];
            if (other.Key != report.Switch
                && other.DownSince is { } since
                && standing.Applied < generation
                && !standing.IsLeftOut(generation))
            {
                draft.Add(new GroupEvent.SwitchReported(
                    other.Key, generation, SwitchResult.Unreachable, [], other.Why, since, draft.Now));
            }
        }
    }

    private static bool IsNews(GroupState state, SwitchReport report, long generation)
    {
        var standing = state.Switches[report.Switch];
        return report.Result switch
        {
            SwitchResult.Applied => generation > standing.Applied
                || standing.Error is not null
                || standing.LaggingSince is not null && standing.Applied >= state.Wanted
                || !standing.Unmapped.SequenceEqual(report.Unmapped)
                || !(standing.Unknown ?? []).SequenceEqual(report.Unknown ?? []),
            SwitchResult.Failed => standing.FailedFor is null || generation > standing.FailedFor || standing.Error != report.Error
                || !SwitchDifference.AreSame(standing.Differences, report.Differences),
            _ => standing.Applied < generation && !standing.IsLeftOut(generation),
        };
    }

    private static void EndIfGoneEverywhere(GroupDraft draft)
    {
        if (GroupRules.IsOnAll(draft.State))
        {
            draft.Add(new GroupEvent.Gone(draft.Now));
            if (draft.State.Underlay is { } underlay)
            {
                draft.Add(new Effect.Release(GroupClaims.Underlays, underlay.ToString()));
            }
        }
    }

    // Both rules are the sweep's; the status counts the one for active groups (multicast 9.2).
    private static string Swept(GroupState state, string why) => $"{(state.Phase == GroupPhase.Creating ? "G4" : "G6")}: {why}";

    private static GroupId IdOf(in Turn turn) => new(Guid.Parse(turn.Self.Key));
}
