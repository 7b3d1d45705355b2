using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>The pool's rules: ranges (multicast 2.3, 2.4), links (2.5), allocation (2.6).</summary>
public sealed class PoolDecider : IDecider<PoolState, PoolCommand, PoolEvent>
{
    internal const string NameClaims = "ip-pool-name";
    internal const string EpochClaims = "ip-range-epoch";

    /// <inheritdoc/>
    public static PoolState Initial => PoolState.None;

    /// <inheritdoc/>
    public static Decision<PoolEvent> Decide(PoolState state, PoolCommand command, in Turn turn)
    {
        if (command is PoolCommand.Create create)
        {
            return Create(state, create, turn);
        }

        if (!state.IsLive)
        {
            return command is PoolCommand.Release or PoolCommand.Confirm or PoolCommand.Demote or PoolCommand.Check or PoolCommand.Checked
                or PoolCommand.EndLease or PoolCommand.ConfirmLease or PoolCommand.CheckLease or PoolCommand.LeaseChecked
                ? Decision.Unchanged<PoolEvent>()
                : Decision.Refuse<PoolEvent>(MulticastErrors.NoSuchPool(turn.Self.Key));
        }

        return command switch
        {
            PoolCommand.Update c => Update(state, c, turn),
            PoolCommand.Assign c => Assign(state, c, turn),
            PoolCommand.Delete => Delete(state, turn),
            PoolCommand.AddRange c => AddRange(state, c, turn),
            PoolCommand.RemoveRange c => RemoveRange(state, c),
            PoolCommand.Link c => Link(state, c),
            PoolCommand.SetDefault c => SetDefault(state, c),
            PoolCommand.Demote c => Demote(state, c),
            PoolCommand.Unlink c => Unlink(state, c),
            PoolCommand.Allocate c => Allocate(state, c),
            PoolCommand.Confirm c => Confirm(state, c),
            PoolCommand.Release c => Release(state, c.Group),
            PoolCommand.Check c => Check(state, c.Group),
            PoolCommand.Checked c => Checked(state, c),
            PoolCommand.Lend c => PoolLending.Lend(state, c),
            PoolCommand.ConfirmLease c => PoolLending.Confirm(state, c),
            PoolCommand.EndLease c => PoolLending.End(state, c.Lease),
            PoolCommand.CheckLease c => PoolLending.Check(state, c.Lease),
            PoolCommand.LeaseChecked c => PoolLending.Checked(state, c),
            _ => Decision.Unchanged<PoolEvent>(),
        };
    }

    /// <inheritdoc/>
    public static PoolState Apply(PoolState state, PoolEvent fact) => PoolApply.Apply(state, fact);

    // ---- the pool itself -----------------------------------------------------------------------------------------

    private static Decision<PoolEvent> Create(PoolState state, PoolCommand.Create create, in Turn turn)
    {
        if (state.IsLive || state.IsDeleted)
        {
            return Decision.Refuse<PoolEvent>(MulticastErrors.PoolNameTaken(create.Name));
        }

        if (create.Network is not null && create.Type != PoolType.Multicast)
        {
            return Decision.Refuse<PoolEvent>(MulticastErrors.NetworkOfUnicastPool(create.Name));
        }

        var created = new PoolEvent.Created(
            new PoolId(Guid.Parse(turn.Self.Key)),
            create.Name,
            create.Description,
            create.Type,
            create.Version,
            create.Assignment,
            turn.Now)
        {
            Network = create.Network,
        };
        return Decision.Accept<PoolEvent>(
            new PoolReply(PoolViews.RowOf(PoolApply.Apply(state, created))),
            [created],
            [new Effect.Claim(NameClaims, create.Name)]);
    }

    private static Decision<PoolEvent> Update(PoolState state, PoolCommand.Update update, in Turn turn)
    {
        if ((update.SetsMvlan || update.Uplinks is not null) && state.Type != PoolType.Multicast)
        {
            return Decision.Refuse<PoolEvent>(MulticastErrors.NetworkOfUnicastPool(state.Name));
        }

        var (name, description) = (update.Name ?? state.Name, update.Description ?? state.Description);
        var before = state.Network ?? PoolNetwork.None;
        var network = before.With(update.SetsMvlan, update.Mvlan, update.Uplinks);
        if (name == state.Name && description == state.Description && network == before)
        {
            return Decision.Unchanged<PoolEvent>(new PoolReply(PoolViews.RowOf(state)));
        }

        var updated = new PoolEvent.Updated(name, description, turn.Now) { Network = network == PoolNetwork.None ? null : network };
        return Decision.Accept<PoolEvent>(
            new PoolReply(PoolViews.RowOf(PoolApply.Apply(state, updated))),
            [updated],
            name == state.Name ? [] : [new Effect.Claim(NameClaims, name), new Effect.Release(NameClaims, state.Name)]);
    }

    private static Decision<PoolEvent> Assign(PoolState state, PoolCommand.Assign assign, in Turn turn)
    {
        if (assign.Assignment == state.Assignment)
        {
            return Decision.Unchanged<PoolEvent>(new PoolReply(PoolViews.RowOf(state)));
        }

        if (assign.Assignment == PoolAssignment.SystemServices && !state.Links.IsEmpty)
        {
            return Decision.Refuse<PoolEvent>(MulticastErrors.CannotAssignLinkedPool(state.Name, state.Links.Count));
        }

        var assigned = new PoolEvent.Assigned(assign.Assignment, turn.Now);
        return Decision.Accept<PoolEvent>(new PoolReply(PoolViews.RowOf(PoolApply.Apply(state, assigned))), [assigned]);
    }

    private static Decision<PoolEvent> Delete(PoolState state, in Turn turn) => state.Ranges.IsEmpty
        ? Decision.Accept<PoolEvent>(
            null, [new PoolEvent.Deleted(turn.Now)], [new Effect.Release(NameClaims, state.Name)])
        : Decision.Refuse<PoolEvent>(MulticastErrors.PoolHasRanges(state.Name, state.Ranges.Length));

    // ---- ranges --------------------------------------------------------------------------------------------------

    private static Decision<PoolEvent> AddRange(PoolState state, PoolCommand.AddRange add, in Turn turn)
    {
        var own = state.Ranges.Select(r => r.Range).ToImmutableArray();
        if (RangeRules.WhyNot(add.Range, state.Nature, own, own.Select(r => (r, state.Name))) is { } refusal)
        {
            return Decision.Refuse<PoolEvent>(refusal);
        }

        if (own.Length >= MulticastLimits.RangesPerPool)
        {
            return Decision.Refuse<PoolEvent>(MulticastErrors.TooManyRanges(state.Name));
        }

        var range = new PoolRange(new PoolRangeId(turn.NewId(0)), add.Range.First, add.Range.Last, turn.Now);
        return Decision.Accept<PoolEvent>(
            new PoolRangeReply(PoolViews.RowOf(state, range)),
            [new PoolEvent.RangeAdded(range, add.Epoch)],
            [new Effect.Claim(EpochClaims, add.Epoch.ToString(System.Globalization.CultureInfo.InvariantCulture))]);
    }

    private static Decision<PoolEvent> RemoveRange(PoolState state, PoolCommand.RemoveRange remove)
    {
        if (state.Ranges.FirstOrDefault(r => r.Range == remove.Range) is not { } range)
        {
            return Decision.Refuse<PoolEvent>(MulticastErrors.NoSuchRange(remove.Range));
        }

        var groups = state.Given.Values.Count(a => a.Range == range.Id);
        var externalIps = state.Lent.Values.Count(l => l.Range == range.Id);
        return groups + externalIps == 0
            ? Decision.Accept<PoolEvent>(null, [new PoolEvent.RangeRemoved(range.Id)])
            : Decision.Refuse<PoolEvent>(groups > 0
                ? MulticastErrors.RangeInUse(remove.Range, groups)
                : ExternalIpErrors.RangeInUse(remove.Range, externalIps));
    }

    // ---- links ---------------------------------------------------------------------------------------------------

    private static Decision<PoolEvent> Link(PoolState state, PoolCommand.Link link)
    {
        var refusal = state.Assignment == PoolAssignment.SystemServices ? MulticastErrors.CannotLinkSystemPool(state.Name)
            : state.Links.ContainsKey(link.Silo) ? MulticastErrors.LinkExists(state.Name, link.Silo)
            : state.Links.Count >= MulticastLimits.LinksPerPool ? MulticastErrors.TooManyLinks(state.Name)
            : null;
        return refusal is null
            ? Put(state, link.Silo, link.IsDefault, link.Plan, new PoolLink(IsDefault: false, 0))
            : Decision.Refuse<PoolEvent>(refusal);
    }

    private static Decision<PoolEvent> SetDefault(PoolState state, PoolCommand.SetDefault set) =>
        state.Links.TryGetValue(set.Silo, out var link)
            ? Put(state, set.Silo, set.IsDefault, set.Plan, link)
            : Decision.Refuse<PoolEvent>(MulticastErrors.NoSuchLink(state.Name, set.Silo.ToString()));

    private static Decision<PoolEvent> Put(PoolState state, SiloId silo, bool isDefault, PoolDefaultPlan plan, PoolLink before)
    {
        // Not being the default any more keeps the count: an older link must not become the default by that.
        var link = new PoolLink(isDefault, isDefault ? plan.Epoch : before.DefaultEpoch);
        if (!isDefault && !before.IsDefault && state.Links.ContainsKey(silo))
        {
            return Decision.Unchanged<PoolEvent>();
        }

        return Decision.Accept<PoolEvent>(
            null,
            [new PoolEvent.Linked(silo, link)],
            isDefault && plan.Previous is { } previous && previous != state.Id
                ? [new Effect.Post(Addresses.IpPool(previous), new PoolCommand.Demote(silo, plan.Epoch))]
                : []);
    }

    private static Decision<PoolEvent> Demote(PoolState state, PoolCommand.Demote demote) =>
        state.Links.GetValueOrDefault(demote.Silo) is { IsDefault: true } link && link.DefaultEpoch < demote.Epoch
            ? Decision.Accept<PoolEvent>(null, [new PoolEvent.Linked(demote.Silo, link with { IsDefault = false })])
            : Decision.Unchanged<PoolEvent>();

    private static Decision<PoolEvent> Unlink(PoolState state, PoolCommand.Unlink unlink)
    {
        var refusal = !state.Links.ContainsKey(unlink.Silo) ? MulticastErrors.NoSuchLink(state.Name, unlink.Silo.ToString())
            : !state.Given.IsEmpty ? MulticastErrors.LinkInUse(state.Name, state.Given.Count)
            : !state.Lent.IsEmpty ? ExternalIpErrors.LinkInUse(state.Name, state.Lent.Count)
            : null;
        return refusal is null
            ? Decision.Accept<PoolEvent>(null, [new PoolEvent.Unlinked(unlink.Silo)])
            : Decision.Refuse<PoolEvent>(refusal);
    }

    // ---- addresses -----------------------------------------------------------------------------------------------

    private static Decision<PoolEvent> Allocate(PoolState state, PoolCommand.Allocate allocate)
    {
        if (state.Given.TryGetValue(allocate.Group, out var held))
        {
            return Decision.Unchanged<PoolEvent>(new AllocationReply(allocate.Group, held.Address, held.Range));
        }

        if (state.Type != PoolType.Multicast || state.Given.Count >= MulticastLimits.AddressesPerPool)
        {
            return Decision.Refuse<PoolEvent>(MulticastErrors.Exhausted(state.Name));
        }

        if (allocate.Address is { } wanted)
        {
            // Somebody else's address: the caller joins that group, whichever of the two makes it.
            var (holder, taken) = state.Given.FirstOrDefault(g => g.Value.Address == wanted);
            if (taken is not null)
            {
                return Decision.Unchanged<PoolEvent>(new AllocationReply(holder, wanted, taken.Range));
            }

            return state.Ranges.FirstOrDefault(r => r.Range.Contains(wanted)) is { } range
                ? Give(allocate.Group, wanted, range.Id)
                : Decision.Refuse<PoolEvent>(MulticastErrors.Unavailable(wanted, state.Name));
        }

        return FirstFit.Lowest(state.Ranges, state.Given.Values.Select(a => a.Address)) is { } free
            ? Give(allocate.Group, free.Address, free.Range.Id)
            : Decision.Refuse<PoolEvent>(MulticastErrors.Exhausted(state.Name));
    }

    private static Decision<PoolEvent> Give(GroupId group, Ip address, PoolRangeId range) => Decision.Accept<PoolEvent>(
        new AllocationReply(group, address, range),
        [new PoolEvent.Allocated(group, new Allocation(address, range, IsConfirmed: false))],
        [new Effect.SetTimer(TimerOf(group), MulticastLimits.UnconfirmedFor, new PoolCommand.Check(group))]);

    private static Decision<PoolEvent> Confirm(PoolState state, PoolCommand.Confirm confirm)
    {
        if (state.Given.GetValueOrDefault(confirm.Group) is { IsConfirmed: true })
        {
            return Decision.Unchanged<PoolEvent>();
        }

        // The group holds the claim on the address. Whoever else was promised it meanwhile will not get that claim.
        var events = ImmutableArray.CreateBuilder<PoolEvent>();
        foreach (var (group, other) in state.Given)
        {
            if (other.Address == confirm.Address && group != confirm.Group)
            {
                events.Add(new PoolEvent.Released(group, other.Address));
            }
        }

        events.Add(new PoolEvent.Allocated(
            confirm.Group, new Allocation(confirm.Address, confirm.Range, IsConfirmed: true)));
        return Decision.Accept(null, events.ToImmutable(), [new Effect.CancelTimer(TimerOf(confirm.Group))]);
    }

    private static Decision<PoolEvent> Release(PoolState state, GroupId group) =>
        state.Given.TryGetValue(group, out var held)
            ? Decision.Accept<PoolEvent>(
                null, [new PoolEvent.Released(group, held.Address)], [new Effect.CancelTimer(TimerOf(group))])
            : Decision.Unchanged<PoolEvent>();

    private static Decision<PoolEvent> Check(PoolState state, GroupId group) =>
        state.Given.GetValueOrDefault(group) is { IsConfirmed: false } held
            ? Decision.Accept<PoolEvent>(
                null,
                [new PoolEvent.Allocated(group, held)], // nothing new; an effect needs an event to commit with
                [new Effect.Post(Addresses.MulticastGroup(group), new GroupCommand.AskHolding(), default, group.ToString())])
            : Decision.Unchanged<PoolEvent>();

    private static Decision<PoolEvent> Checked(PoolState state, PoolCommand.Checked answer)
    {
        if (state.Given.GetValueOrDefault(answer.Group) is not { IsConfirmed: false } held)
        {
            return Decision.Unchanged<PoolEvent>();
        }

        return answer.Reply is Reply.Accepted { Value: HoldingReply { IsHeld: true } }
            ? Confirm(state, new PoolCommand.Confirm(answer.Group, held.Address, held.Range))
            : Release(state, answer.Group);
    }

    private static string TimerOf(GroupId group) => $"check.{group}";
}
