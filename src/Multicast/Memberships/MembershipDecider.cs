using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>
/// Keeps one instance's list of groups and forwards what the instance becomes. Groups confirm by mail; whatever crossed on the way is
/// settled by the confirmation, which carries what the group knew.
/// </summary>
public sealed class MembershipDecider : IDecider<MembershipState, MembershipCommand, MembershipEvent>
{
    /// <inheritdoc/>
    public static MembershipState Initial => MembershipState.Empty;

    /// <inheritdoc/>
    public static Decision<MembershipEvent> Decide(MembershipState state, MembershipCommand command, in Turn turn) => command switch
    {
        MembershipCommand.Reserve c => Reserve(state, c, turn),
        MembershipCommand.Unreserve c => Unreserve(state, c.Group),
        MembershipCommand.Confirm c => Confirm(state, c, turn),
        MembershipCommand.Ended c => Ended(state, c),
        MembershipCommand.Told c => Told(state, c.Facts, turn),
        MembershipCommand.Deleted => Deleted(state, turn),
        MembershipCommand.Check c => Check(state, c.Group, turn),
        MembershipCommand.Checked c => Checked(state, c, turn),
        _ => Decision.Unchanged<MembershipEvent>(),
    };

    /// <inheritdoc/>
    public static MembershipState Apply(MembershipState state, MembershipEvent fact) => fact switch
    {
        MembershipEvent.Reserved e => With(state, e.Group, entry => new MembershipEntry(entry?.Member, IsReserved: true)),
        MembershipEvent.Confirmed e => With(state, e.Group, _ => new MembershipEntry(e.Member, IsReserved: false)),
        MembershipEvent.ReservationDropped e => With(
            state, e.Group, entry => entry?.Member is null ? null : entry with { IsReserved = false }),
        MembershipEvent.GroupLeft e => With(
            state, e.Group, entry => entry is { IsReserved: true } ? entry with { Member = null } : null),
        MembershipEvent.InstanceTold e => state with { Facts = e.Facts },
        MembershipEvent.InstanceDeleted => state with { IsDeleted = true },
        _ => state,
    };

    private static Decision<MembershipEvent> Reserve(MembershipState state, MembershipCommand.Reserve reserve, in Turn turn)
    {
        if (state.IsDeleted)
        {
            return Decision.Refuse<MembershipEvent>(MulticastErrors.InstanceGone(InstanceOf(turn)));
        }

        if (!state.Entries.ContainsKey(reserve.Group) && state.Entries.Count >= MulticastLimits.GroupsPerInstance)
        {
            return Decision.Refuse<MembershipEvent>(MulticastErrors.GroupLimit(InstanceOf(turn)));
        }

        var events = ImmutableArray.CreateBuilder<MembershipEvent>();
        var effects = ImmutableArray.CreateBuilder<Effect>();
        var facts = state.Facts;
        if (reserve.Facts is { } read && read.Generation > facts.Generation)
        {
            facts = read;
            events.Add(new MembershipEvent.InstanceTold(read));
            effects.AddRange(Forward(state, turn, read));
        }

        events.Add(new MembershipEvent.Reserved(reserve.Group));
        effects.Add(new Effect.SetTimer(
            TimerOf(reserve.Group), MulticastLimits.UnconfirmedFor, new MembershipCommand.Check(reserve.Group)));
        return Decision.Accept(new ReservedReply(facts), events.ToImmutable(), effects.ToImmutable());
    }

    private static Decision<MembershipEvent> Unreserve(MembershipState state, GroupId group) =>
        state.Entries.GetValueOrDefault(group) is { IsReserved: true }
            ? Decision.Accept<MembershipEvent>(
                null, [new MembershipEvent.ReservationDropped(group)], [new Effect.CancelTimer(TimerOf(group))])
            : Decision.Unchanged<MembershipEvent>();

    private static Decision<MembershipEvent> Confirm(MembershipState state, MembershipCommand.Confirm confirm, in Turn turn)
    {
        var effects = ImmutableArray.Create<Effect>(new Effect.CancelTimer(TimerOf(confirm.Group)));
        if (state.IsDeleted)
        {
            effects = effects.Add(Post(confirm.Group, new GroupCommand.InstanceGone(InstanceOf(turn))));
        }
        else if (state.Facts.Generation > confirm.FactsGeneration)
        {
            effects = effects.Add(Post(confirm.Group, new GroupCommand.InstanceMoved(InstanceOf(turn), state.Facts)));
        }

        return Decision.Accept<MembershipEvent>(null, [new MembershipEvent.Confirmed(confirm.Group, confirm.Member)], effects);
    }

    private static Decision<MembershipEvent> Ended(MembershipState state, MembershipCommand.Ended ended) =>
        state.Entries.GetValueOrDefault(ended.Group)?.Member == ended.Member
            ? Decision.Accept<MembershipEvent>(null, [new MembershipEvent.GroupLeft(ended.Group, ended.Member)])
            : Decision.Unchanged<MembershipEvent>();

    private static Decision<MembershipEvent> Told(MembershipState state, InstanceFacts facts, in Turn turn) =>
        state.IsDeleted || facts.Generation <= state.Facts.Generation
            ? Decision.Unchanged<MembershipEvent>()
            : Decision.Accept(null, [(MembershipEvent)new MembershipEvent.InstanceTold(facts)], [.. Forward(state, turn, facts)]);

    private static Decision<MembershipEvent> Deleted(MembershipState state, in Turn turn)
    {
        if (state.IsDeleted)
        {
            return Decision.Unchanged<MembershipEvent>();
        }

        var gone = new GroupCommand.InstanceGone(InstanceOf(turn));
        return Decision.Accept(
            null,
            [(MembershipEvent)new MembershipEvent.InstanceDeleted()],
            [.. state.Entries.Keys.Select(group => Post(group, gone))]);
    }

    private static Decision<MembershipEvent> Check(MembershipState state, GroupId group, in Turn turn) =>
        state.Entries.GetValueOrDefault(group) is { IsReserved: true }
            ? Decision.Accept<MembershipEvent>(
                null,
                [new MembershipEvent.Reserved(group)], // nothing new; an effect needs an event to commit with
                [
                    new Effect.Post(
                        Addresses.MulticastGroup(group), new GroupCommand.AskMember(InstanceOf(turn)), default, group.ToString()),
                ])
            : Decision.Unchanged<MembershipEvent>();

    private static Decision<MembershipEvent> Checked(MembershipState state, MembershipCommand.Checked answer, in Turn turn)
    {
        if (state.Entries.GetValueOrDefault(answer.Group) is not { IsReserved: true })
        {
            return Decision.Unchanged<MembershipEvent>();
        }

        return answer.Reply is Reply.Accepted { Value: IsMemberReply { Member: { } member } }
            ? Confirm(state, new MembershipCommand.Confirm(answer.Group, member, FactsGeneration: -1), turn)
            : Decision.Accept<MembershipEvent>(null, [new MembershipEvent.ReservationDropped(answer.Group)]);
    }

    private static IEnumerable<Effect> Forward(MembershipState state, Turn turn, InstanceFacts facts) =>
        state.Entries.Keys.Select(group => Post(group, new GroupCommand.InstanceMoved(InstanceOf(turn), facts)));

    private static Effect Post(GroupId group, GroupCommand command) => new Effect.Post(Addresses.MulticastGroup(group), command);

    private static MembershipState With(
        MembershipState state, GroupId group, Func<MembershipEntry?, MembershipEntry?> change) => state with
        {
            Entries = change(state.Entries.GetValueOrDefault(group)) is { } entry
                ? state.Entries.SetItem(group, entry)
                : state.Entries.Remove(group),
        };

    private static string TimerOf(GroupId group) => $"check.{group}";

    private static InstanceId InstanceOf(in Turn turn) => new(Guid.Parse(turn.Self.Key));
}
