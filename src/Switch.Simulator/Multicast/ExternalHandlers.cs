namespace Gantry.Switch.Simulator;

/// <summary>POST and PUT of external groups (switch-dpd 2.2 rows 4 and 5).</summary>
internal static class ExternalHandlers
{
    public static SimAnswer Create(SimCall call)
    {
        var body = call.Body();
        var address = body.Address("group_ip");
        var tag = body.OptionalText("tag") ?? $"{call.Request.NewId}:{address}";
        var nat = GroupRules.ReadNat(body);
        var vlan = GroupRules.ReadVlan(body);
        var given = GroupRules.ReadSources(body, call.Version);
        call.RequireMulticast();
        if (nat is null)
        {
            throw DaemonException.Invalid("NAT target is required for external multicast groups");
        }

        if (call.State.Groups.ContainsKey(address))
        {
            throw DaemonException.Conflict($"multicast group {address} already exists");
        }

        GroupRules.CheckSources(given);
        GroupRules.CheckExternalAddress(address, given);
        GroupRules.CheckNotUnderlay(address);
        GroupRules.CheckNat(nat);
        GroupRules.CheckTracked(call.State, nat);
        var underlay = (UnderlayGroup)call.State.Groups[nat.Internal];
        var group = new ExternalGroup(address, tag, underlay.ExternalId, nat, vlan, GroupRules.Normalise(given));

        if (call.State.Mode == SwitchMode.Faithful)
        {
            return FaithfulExternal.Create(call, group, given);
        }

        var faults = call.Request.Faults;
        call.State = GroupTables.AddSources(call.State, address, group.Sources, faults);
        GroupRules.CheckVlan(vlan);
        call.State = GroupTables.AddNat(call.State, address, nat, vlan, faults);
        call.State = GroupTables.AddRoute(call.State, address, vlan, faults);
        call.State = call.State with
        {
            Groups = call.State.Groups.Add(address, group),
            Refs = call.State.Refs.SetItem(nat.Internal, address),
        };
        call.State = GroupTables.SyncDecap(call.State, underlay, faults);
        GroupRules.CheckTag(tag);
        return new SimAnswer(201, GroupAnswers.Own(group));
    }

    public static SimAnswer Update(SimCall call)
    {
        var address = call.Address(0);
        var tag = GroupHandlers.TagOf(call, address);
        var body = call.Body();
        var nat = GroupRules.ReadNat(body);
        var vlan = GroupRules.ReadVlan(body);
        var given = GroupRules.ReadSources(body, call.Version);
        call.RequireMulticast();
        var present = call.State.Groups.GetValueOrDefault(address)
            ?? throw DaemonException.NotFound($"multicast group {address} not found");
        GroupRules.CheckMatch(present, tag ?? present.Tag);
        var isFaithful = call.State.Mode == SwitchMode.Faithful;
        if (!isFaithful)
        {
            GroupRules.CheckNotUnderlay(address); // K14
        }

        GroupHandlers.CheckChip(call, present);
        if (nat is null)
        {
            throw DaemonException.Invalid("NAT target is required for external multicast groups");
        }

        GroupRules.CheckSources(given);
        GroupRules.CheckExternalAddress(address, given);
        GroupRules.CheckNat(nat);
        if (isFaithful)
        {
            return FaithfulExternal.Update(call, present, nat, vlan, given);
        }

        GroupRules.CheckVlan(vlan);
        GroupRules.CheckTracked(call.State, nat);
        var old = (ExternalGroup)present; // it is not in the underlay range

        // S7: no list keeps the stored one; on a source-specific group it was refused above.
        var sources = given is null ? old.Sources : GroupRules.Normalise(given);
        var group = old with { Nat = nat, Vlan = vlan, Sources = sources };
        Apply(call, old, group);
        return new SimAnswer(call.Version.IsAtLeast(8) ? 200 : 201, GroupAnswers.Own(group));
    }

    private static void Apply(SimCall call, ExternalGroup old, ExternalGroup group)
    {
        var faults = call.Request.Faults;
        if (!(old.Sources ?? []).SequenceEqual(group.Sources ?? []))
        {
            call.State = GroupTables.RemoveSources(call.State, old.Address, old.Sources);
            call.State = GroupTables.AddSources(call.State, group.Address, group.Sources, faults);
        }

        if (old.Vlan != group.Vlan)
        {
            // The VLAN is part of the key.
            call.State = GroupTables.RemoveNat(call.State, old.Address, old.Vlan);
            call.State = GroupTables.AddNat(call.State, group.Address, group.Nat, group.Vlan, faults);
            call.State = GroupTables.UpdateRoute(call.State, group.Address, group.Vlan);
        }
        else if (old.Nat != group.Nat)
        {
            call.State = GroupTables.UpdateNat(call.State, group.Address, group.Nat, group.Vlan);
        }

        call.State = call.State with { Groups = call.State.Groups.SetItem(group.Address, group) };
        if (old.Nat.Internal != group.Nat.Internal)
        {
            call.State = call.State with
            {
                Refs = call.State.Refs.Remove(old.Nat.Internal).SetItem(group.Nat.Internal, group.Address),
            };
            call.State = GroupHandlers.SyncDecapOf(call.State, old.Nat.Internal, faults);
        }

        call.State = GroupHandlers.SyncDecapOf(call.State, group.Nat.Internal, faults);
    }
}
