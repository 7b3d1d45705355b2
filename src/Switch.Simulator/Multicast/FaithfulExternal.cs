using System.Collections.Immutable;

namespace Gantry.Switch.Simulator;

/// <summary>External groups as the real daemon treats them (switch-dpd 3.6: K1, K3, K5, K6, K7, K10, K11, K14, K18).</summary>
internal static class FaithfulExternal
{
    /// <summary>The table phase of a create, with what a failure leaves behind.</summary>
    public static SimAnswer Create(SimCall call, ExternalGroup group, ImmutableArray<Ip?>? given)
    {
        var (before, faults) = (call.State, call.Request.Faults);
        var underlay = (UnderlayGroup)before.Groups[group.Nat.Internal];
        try
        {
            call.State = AddGiven(before, group.Address, given, faults);
            GroupRules.CheckVlan(group.Vlan);
            call.State = GroupTables.AddNat(call.State, group.Address, group.Nat, group.Vlan, faults);
            call.State = GroupTables.AddRoute(call.State, group.Address, group.Vlan, faults);
            call.State = call.State with
            {
                Groups = call.State.Groups.Add(group.Address, group),
                Refs = call.State.Refs.SetItem(group.Nat.Internal, group.Address),
            };
            if (group.Vlan is not null && !underlay.Members.IsEmpty)
            {
                call.State = call.State.Holds(TableNames.Decap, $"{underlay.ExternalId}")
                    ? GroupTables.SyncDecap(call.State, underlay, faults)
                    : throw DaemonException.Internal(); // K6
            }

            if (faults.FailsMidway)
            {
                throw DaemonException.Internal();
            }
        }
        catch (DaemonException e)
        {
            throw e.Keeping(Undone(before, group, given, underlay));
        }

        try
        {
            GroupRules.CheckTag(group.Tag);
        }
        catch (DaemonException e)
        {
            // K1: the tables stay, soft state does not.
            throw e.Keeping(call.State with { Groups = before.Groups, Refs = before.Refs });
        }

        return new SimAnswer(201, GroupAnswers.Own(group));
    }

    /// <summary>A change in place; an entry that is not there drops the group (F7), a refusal changes nothing (F4).</summary>
    public static SimAnswer Update(SimCall call, SimGroup present, NatTarget nat, int? vlan, ImmutableArray<Ip?>? given)
    {
        if (present is not ExternalGroup old)
        {
            // K14: an underlay group becomes a hybrid that only later calls trip over.
            var hybrid = new ExternalGroup(present.Address, present.Tag, present.ExternalId, nat, vlan, GroupRules.Normalise(given));
            call.State = call.State with { Groups = call.State.Groups.SetItem(present.Address, hybrid) };
            return Answer(call, hybrid);
        }

        // K3: no list keeps the stored one, while the chip is told to let everyone in.
        var (filter, faults) = (GroupRules.Normalise(given), call.Request.Faults);
        var group = old with { Nat = nat, Vlan = vlan, Sources = given is null ? old.Sources : filter };
        var before = call.State;
        try
        {
            if (!(old.Sources ?? []).SequenceEqual(filter ?? []))
            {
                call.State = GroupTables.RemoveSources(call.State, old.Address, old.Sources);
                call.State = GroupTables.AddSources(call.State, group.Address, filter, faults);
            }

            ChangeNat(call, old, group);
        }
        catch (DaemonException e) when (e is { Status: 404, Code: null, Keep: null })
        {
            throw e.Keeping(WithoutSoft(before, old));
        }

        call.State = call.State with { Groups = call.State.Groups.SetItem(group.Address, group) };
        if (old.Nat.Internal != group.Nat.Internal)
        {
            call.State = call.State with { Refs = call.State.Refs.Remove(old.Nat.Internal).SetItem(group.Nat.Internal, group.Address) };
        }

        if (old.Vlan != group.Vlan
            && call.State.Groups.GetValueOrDefault(group.Nat.Internal) is UnderlayGroup { Members.IsEmpty: false } underlay)
        {
            call.State = call.State.Holds(TableNames.Decap, $"{underlay.ExternalId}")
                ? GroupTables.SyncDecap(call.State, underlay, faults)
                : throw DaemonException.Missing().Keeping(before); // K6: this group stays as it was
        }

        return Answer(call, group);
    }

    /// <summary>K3, F6: soft state forgets the group first; a missing entry ends it there, with the reference kept. K10: the VLAN stays.</summary>
    public static SwitchState Delete(SwitchState state, ExternalGroup group)
    {
        try
        {
            state = GroupTables.RemoveSources(state, group.Address, group.Sources);
            state = GroupTables.RemoveNat(state, group.Address, group.Vlan);
            state = GroupTables.RemoveRoute(state, group.Address);
        }
        catch (DaemonException e)
        {
            throw e.Keeping(WithoutSoft(state, group));
        }

        return WithoutSoft(state with { Refs = state.Refs.Remove(group.Nat.Internal) }, group);
    }

    /// <summary>Forgets a group in soft state; its ids go back when nobody shows them any more (A5).</summary>
    public static SwitchState WithoutSoft(SwitchState state, SimGroup group)
    {
        state = state with { Groups = state.Groups.Remove(group.Address) };
        if (group is UnderlayGroup underlay)
        {
            state = state with { HeldIds = state.HeldIds.SetItem(underlay.ExternalId, underlay.UnderlayId) };
        }

        return GroupHandlers.ReturnHeld(state, group.ExternalId);
    }

    private static SimAnswer Answer(SimCall call, ExternalGroup group) =>
        new(call.Version.IsAtLeast(8) ? 200 : 201, GroupAnswers.Own(group));

    private static void ChangeNat(SimCall call, ExternalGroup old, ExternalGroup group)
    {
        if (old.Vlan == group.Vlan)
        {
            call.State = old.Nat == group.Nat ? call.State : GroupTables.UpdateNat(call.State, group.Address, group.Nat, group.Vlan);
            return;
        }

        GroupRules.CheckVlan(group.Vlan);
        GroupRules.CheckTracked(call.State, group.Nat); // K7: asked for only here
        call.State = GroupTables.RemoveNat(call.State, old.Address, old.Vlan);
        call.State = GroupTables.AddNat(call.State, group.Address, group.Nat, group.Vlan, call.Request.Faults);
        call.State = GroupTables.UpdateRoute(call.State, group.Address, group.Vlan);
    }

    // K11: a source that is given twice is added twice.
    private static SwitchState AddGiven(SwitchState state, Ip address, ImmutableArray<Ip?>? given, ModelFaults faults) =>
        given is { Length: > 0 } list && list.All(s => s is not null)
            ? list.Aggregate(state, (s, source) => GroupTables.AddSources(s, address, [source.GetValueOrDefault()], faults))
            : GroupTables.AddSources(state, address, sources: null, faults);

    // F3: whatever is in the tables under this key goes, be it a residue of K1. K18: for an empty list no entry is looked for. K5: an IPv6
    // group takes the decapsulation entry along.
    private static SwitchState Undone(SwitchState state, ExternalGroup group, ImmutableArray<Ip?>? given, UnderlayGroup underlay)
    {
        var isEmpty = given is { Length: 0 };
        if (isEmpty)
        {
            var any = group.Address.IsV6 ? "::/0" : "0.0.0.0/0";
            if (!state.Holds(TableNames.Source(group.Address.IsV6), any, $"{group.Address}"))
            {
                state = GroupTables.AddSources(state, group.Address, sources: null, ModelFaults.None);
            }
        }
        else
        {
            state = GroupTables.Prefixes(group.Address, group.Sources)
                .Aggregate(state, (s, prefix) => WithoutEntry(s, TableNames.Source(group.Address.IsV6), prefix, $"{group.Address}"));
        }

        state = WithoutEntry(
            state, TableNames.Nat(group.Address.IsV6), $"{group.Address}", group.Vlan is null ? "false" : "true", $"{group.Vlan ?? 0}");
        state = WithoutEntry(state, TableNames.Route(group.Address.IsV6), $"{group.Address}");
        return group.Address.IsV6 ? WithoutEntry(state, TableNames.Decap, $"{underlay.ExternalId}") : state;
    }

    private static SwitchState WithoutEntry(SwitchState state, string table, params string[] keys) =>
        state.Holds(table, keys) ? state.Remove(table, keys) : state;
}
