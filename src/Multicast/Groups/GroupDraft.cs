using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>A decision in the making: events are applied as they are added, so that later rules see what earlier ones did.</summary>
internal sealed class GroupDraft(GroupState before, Turn turn)
{
    // A decision has at most 64 events (engine 2.1); what is left over is done by the settle timer.
    private const int MemberStepsMax = 40;

    private const string SettleTimer = "settle";
    private const string SweepTimer = "sweep";
    private const string EndTimer = "end";

    private readonly long _wantedBefore = before.Wanted;
    private readonly ImmutableArray<GroupEvent>.Builder _events = ImmutableArray.CreateBuilder<GroupEvent>();
    private readonly ImmutableArray<Effect>.Builder _effects = ImmutableArray.CreateBuilder<Effect>();

    /// <summary>The state after the events so far.</summary>
    public GroupState State { get; private set; } = before;

    public DateTimeOffset Now => turn.Now;

    public void Add(GroupEvent fact)
    {
        State = GroupApply.Apply(State, fact);
        _events.Add(fact);
    }

    public void Add(Effect effect) => _effects.Add(effect);

    /// <summary>Makes the group with everything that is unique about it (G1).</summary>
    public void Make(GroupBirth birth, Guid underlayId)
    {
        var id = new GroupId(Guid.Parse(turn.Self.Key));
        Ip? underlay = birth.Salt is { } salt ? UnderlayAddress.Derive(birth.Address, salt) : null;
        Add(new GroupEvent.Created(
            id,
            birth.Name,
            birth.Description,
            birth.Address,
            birth.Pool,
            birth.Range,
            new UnderlayGroupId(underlayId),
            underlay,
            StoredSalt(birth.Salt),
            birth.Switches,
            turn.Now,
            birth.Explicit));
        Add(new Effect.Claim(GroupClaims.Names, birth.Name));
        Add(new Effect.Claim(GroupClaims.Addresses, birth.Address.ToString()));
        ClaimUnderlay(underlay);
        Add(new Effect.Post(
            Contracts.Addresses.IpPool(birth.Pool), new PoolCommand.Confirm(id, birth.Address, birth.Range)));
    }

    /// <summary>Gives a group that was made without one its underlay address (multicast 6.2).</summary>
    public void Link(int salt)
    {
        var underlay = UnderlayAddress.Derive(State.Address, salt);
        Add(new GroupEvent.UnderlayLinked(underlay, StoredSalt(salt), Now));
        ClaimUnderlay(underlay);
    }

    /// <summary>Takes members out of a group that ends, as many as fit into one decision, and looks again soon for the rest.</summary>
    public void EndMembers()
    {
        foreach (var member in State.Members.Values.Take(MemberStepsMax))
        {
            Remove(member, "the group was deleted");
        }

        if (State.Members.IsEmpty)
        {
            EndIfEmpty("it was deleted", afterGrace: false);
        }
        else
        {
            Add(new Effect.SetTimer(EndTimer, TimeSpan.Zero, new GroupCommand.EndMore()));
        }
    }

    /// <summary>Every member takes the steps that its rules ask for; at most one state change each.</summary>
    public void StepMembers()
    {
        var steps = 0;
        foreach (var instance in State.Members.Keys)
        {
            if (MemberRules.Next(State, State.Members[instance], Now) is not { } step)
            {
                continue;
            }

            if (steps++ == MemberStepsMax)
            {
                break;
            }

            Add(step);
        }
    }

    /// <summary>Looks again soon when a member's rules ask for one more step.</summary>
    public void SettleLater()
    {
        if (State.IsLive && State.Members.Values.Any(m => MemberRules.Next(State, m, Now) is not null))
        {
            Add(new Effect.SetTimer(SettleTimer, TimeSpan.Zero, new GroupCommand.Settle()));
        }
    }

    /// <summary>G4 to G6: without a member the group ends, at once or when its grace is over.</summary>
    public void EndIfEmpty(string reason, bool afterGrace)
    {
        if (!State.IsLive || !State.Members.IsEmpty || State is { Explicit: not null, IsEnding: false })
        {
            return;
        }

        var left = State.TimeCreated + MulticastLimits.OrphanGrace - Now;
        if (afterGrace && left >= TimeSpan.Zero)
        {
            Add(new Effect.SetTimer(SweepTimer, left + TimeSpan.FromMilliseconds(1), new GroupCommand.Sweep()));
            return;
        }

        Add(new GroupEvent.MarkedDeleting(reason, Now));
        Add(new Effect.Release(GroupClaims.Names, State.Name));
        Add(new Effect.Release(GroupClaims.Addresses, State.Address.ToString()));
        Add(new Effect.Post(Addresses.IpPool(State.Pool), new PoolCommand.Release(State.Id)));
        if (State.Underlay is null)
        {
            Add(new GroupEvent.Gone(Now)); // never linked: there is nothing of it on any switch (multicast 5.8)
        }
    }

    /// <summary>Ends one membership and tells the instance's own record.</summary>
    public void Remove(Member member, string reason)
    {
        Add(new GroupEvent.MemberRemoved(member.Id, member.Instance, reason, Now));
        Add(new Effect.Post(
            Addresses.InstanceMulticast(member.Instance), new MembershipCommand.Ended(State.Id, member.Id)));
    }

    public Decision<GroupEvent> Accept(object? reply = null)
    {
        if (_events.Count == 0)
        {
            return Decision.Unchanged<GroupEvent>(reply);
        }

        if (State.Wanted != _wantedBefore)
        {
            foreach (var key in State.Switches.Keys)
            {
                Add(new Effect.Nudge(Reconcilers.Multicast, key));
            }
        }

        Invariant.Check(_events.Count <= 64, "a decision has at most 64 events");
        return Decision.Accept(reply, _events.ToImmutable(), _effects.ToImmutable());
    }

    // Salt 0 is stored as null, as upstream.
    private static int? StoredSalt(int? salt) => salt == 0 ? null : salt;

    private void ClaimUnderlay(Ip? underlay)
    {
        if (underlay is { } address)
        {
            Add(new Effect.Claim(GroupClaims.Underlays, address.ToString()));
        }
    }
}

/// <summary>Spaces of unique values.</summary>
internal static class GroupClaims
{
    public const string Names = "multicast-group-name";
    public const string Addresses = "multicast-group-address";
    public const string Underlays = "multicast-underlay-address";
}
