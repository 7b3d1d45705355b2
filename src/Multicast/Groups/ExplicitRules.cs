using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>Making, changing and ending a group by calls of its own (multicast 11). Pure.</summary>
internal static class ExplicitRules
{
    public static Decision<GroupEvent> Create(GroupState state, GroupBirth birth, in Turn turn)
    {
        var id = new GroupId(Guid.Parse(turn.Self.Key));
        var refusal = state.Phase switch
        {
            GroupPhase.Unborn => SourceRules.WhyNotFor(birth.Address, birth.Explicit!.DefaultSources), // the command says that it is explicit
            GroupPhase.Void => MulticastErrors.Void(id),
            _ => MulticastErrors.Another(id),
        };
        if (refusal is not null)
        {
            return Decision.Refuse<GroupEvent>(refusal);
        }

        var draft = new GroupDraft(state, turn);
        draft.Make(birth, turn.NewId(1));
        return draft.Accept(new GroupReply(GroupProjection.GroupRow(draft.State)));
    }

    public static Decision<GroupEvent> Update(GroupState state, GroupCommand.Update update, in Turn turn)
    {
        var sources = update.Sources ?? state.Explicit?.DefaultSources ?? [];
        var refusal = !state.IsLive ? MulticastErrors.NoSuchGroup(turn.Self.Key)
            : state.Explicit is null ? MulticastErrors.GroupIsImplicit(state.Name)
            : state.Phase != GroupPhase.Active ? MulticastErrors.GroupNotActive(state.Name, state.Phase)
            : SourceRules.WhyNotFor(state.Address, sources) ?? GroupRules.WhyTooManyDefaults(state, sources);
        if (refusal is not null)
        {
            return Decision.Refuse<GroupEvent>(refusal);
        }

        var before = state.Explicit!; // refused above
        var uplinks = update.Uplinks ?? before.Uplinks;
        var updated = new GroupEvent.Updated(
            update.Name ?? state.Name,
            update.Description ?? state.Description,
            before with
            {
                DefaultSources = sources,
                Vlan = update.SetsVlan ? update.Vlan : before.Vlan,
                Uplinks = uplinks,
                FormerUplinks = [.. before.FormerUplinks.Union(before.Uplinks).Except(uplinks)],
            },
            turn.Now);
        if (IsSame(state, updated))
        {
            return Decision.Unchanged<GroupEvent>(new GroupReply(GroupProjection.GroupRow(state)));
        }

        var draft = new GroupDraft(state, turn);
        draft.Add(updated);
        if (updated.Name != state.Name)
        {
            // The tag is not the name: a rename does not touch a switch (multicast 11.2).
            draft.Add(new Effect.Claim(GroupClaims.Names, updated.Name));
            draft.Add(new Effect.Release(GroupClaims.Names, state.Name));
        }

        return draft.Accept(new GroupReply(GroupProjection.GroupRow(draft.State)));
    }

    public static Decision<GroupEvent> End(GroupState state, GroupCommand.End end, in Turn turn)
    {
        if (!state.IsLive)
        {
            return Decision.Unchanged<GroupEvent>(new EndReply(null));
        }

        if (state.Explicit is null)
        {
            // It goes with its last member: there is no call that takes members out for others (multicast 1, 3.8).
            return Decision.Refuse<GroupEvent>(MulticastErrors.GroupIsImplicit(state.Name));
        }

        if (!state.Members.IsEmpty && !end.IsForced)
        {
            return Decision.Refuse<GroupEvent>(MulticastErrors.GroupHasMembers(state.Name, state.Members.Count));
        }

        var draft = new GroupDraft(state, turn);
        draft.Add(new GroupEvent.EndAsked(turn.Now));
        draft.EndMembers();
        return draft.Accept(new EndReply(draft.State.IsLive ? null : state.Pool));
    }

    public static Decision<GroupEvent> EndMore(GroupState state, in Turn turn)
    {
        var draft = new GroupDraft(state, turn);
        if (state is { IsLive: true, IsEnding: true })
        {
            draft.EndMembers();
        }

        return draft.Accept();
    }

    private static bool IsSame(GroupState state, GroupEvent.Updated updated) =>
        updated.Name == state.Name
        && updated.Description == state.Description
        && updated.Explicit.Vlan == state.Explicit!.Vlan // compared for explicit groups only
        && updated.Explicit.DefaultSources.SequenceEqual(state.Explicit.DefaultSources)
        && updated.Explicit.Uplinks.SequenceEqual(state.Explicit.Uplinks);
}
