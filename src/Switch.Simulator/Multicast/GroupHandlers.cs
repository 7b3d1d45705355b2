namespace Gantry.Switch.Simulator;

/// <summary>Calls on groups of either kind (switch-dpd 2.2 rows 6 to 12).</summary>
internal static class GroupHandlers
{
    public static SimAnswer List(SimCall call)
    {
        call.Limit();
        call.RequireMulticast();
        return Page(call, call.State.Groups.Values);
    }

    public static SimAnswer ListByTag(SimCall call)
    {
        call.Limit();
        call.RequireMulticast();
        var tag = call.Parameter(0);
        return Page(call, call.State.Groups.Values.Where(g => string.Equals(g.Tag, tag, StringComparison.Ordinal)));
    }

    public static SimAnswer Get(SimCall call)
    {
        var address = call.Address(0);
        call.RequireMulticast();
        return call.State.Groups.TryGetValue(address, out var group)
            ? new SimAnswer(200, GroupAnswers.Mixed(group))
            : throw DaemonException.NotFound($"multicast group {address} not found");
    }

    public static SimAnswer Delete(SimCall call)
    {
        var address = call.Address(0);
        var tag = TagOf(call, address);
        call.RequireMulticast();
        call.State = DeleteOne(call, address, tag);
        return SimAnswer.NoContent;
    }

    /// <summary>G6: externals first, then underlays, in key order; the first error ends it and earlier deletions stay.</summary>
    public static SimAnswer DeleteByTag(SimCall call)
    {
        call.RequireMulticast();
        var tag = call.Parameter(0);
        var tagged = call.State.Groups.Values.Where(g => string.Equals(g.Tag, tag, StringComparison.Ordinal)).ToArray();
        foreach (var group in tagged.OfType<ExternalGroup>().Cast<SimGroup>().Concat(tagged.OfType<UnderlayGroup>()))
        {
            try
            {
                call.State = DeleteOne(call, group.Address, tag);
            }
            catch (DaemonException e) when (e.Keep is null)
            {
                throw e.Keeping(call.State);
            }
        }

        return SimAnswer.NoContent;
    }

    public static SimAnswer DeleteAll(SimCall call)
    {
        call.RequireMulticast();
        call.State = Cleared(call.State);
        return SimAnswer.NoContent;
    }

    /// <summary>Gone since version 8: every group has a tag.</summary>
    public static SimAnswer DeleteUntagged(SimCall call)
    {
        if (call.Version.IsAtLeast(8))
        {
            throw new DaemonException(410, code: null, "multicast groups always have a tag; delete them by it"); // T9: even without multicast
        }

        call.RequireMulticast();
        return SimAnswer.NoContent;
    }

    /// <summary>The daemon's reset of all groups.</summary>
    public static SwitchState Cleared(SwitchState state) => TableNames.Multicast.Aggregate(state, (s, table) => s.Clear(table)) with
    {
        Groups = state.Groups.Clear(),
        Refs = state.Refs.Clear(),
        Pre = state.Pre.Clear(),
        HeldIds = state.HeldIds.Clear(),
        Ids = IdPool.Full,
    };

    /// <summary>G1; before version 8 the tag was not asked for. Null means: whatever is stored.</summary>
    public static string? TagOf(SimCall call, Ip address) => !call.Version.IsAtLeast(8)
        ? call.OptionalQuery("tag") ?? call.State.Groups.GetValueOrDefault(address)?.Tag
        : call.Query("tag");

    /// <summary>F7: an update that finds its chip entry missing drops the group and answers 404 without an error code.</summary>
    public static void CheckChip(SimCall call, SimGroup group)
    {
        if (!call.State.Holds(TableNames.Route(group.Address.IsV6), group.Address.ToString()))
        {
            throw new DaemonException(404, code: null, "Not Found") 
            {
                Keep = call.State.Mode == SwitchMode.Faithful ? FaithfulExternal.WithoutSoft(call.State, group) : Dropped(call.State, group),
            };
        }
    }

    public static SwitchState SyncDecapOf(SwitchState state, Ip underlay, ModelFaults faults) =>
        state.Groups.GetValueOrDefault(underlay) is UnderlayGroup group ? GroupTables.SyncDecap(state, group, faults) : state;

    private static SimAnswer Page(SimCall call, IEnumerable<SimGroup> groups) =>
        Paging.Page(call, groups, "group_ip", g => g.Address, GroupAnswers.Mixed);

    private static SwitchState DeleteOne(SimCall call, Ip address, string? tag)
    {
        var state = call.State;
        if (state.Refs.ContainsKey(address))
        {
            throw DaemonException.Invalid($"multicast group {address} is still referenced by an external group");
        }

        if (!state.Groups.TryGetValue(address, out var group))
        {
            throw DaemonException.NotFound($"multicast group {address} not found");
        }

        GroupRules.CheckMatch(group, tag ?? group.Tag);
        CheckChip(call, group);
        return (group, state.Mode) switch
        {
            (ExternalGroup external, SwitchMode.Faithful) => FaithfulExternal.Delete(state, external),
            (ExternalGroup external, _) => DeleteExternal(state, external, call.Request.Faults),
            (UnderlayGroup underlay, SwitchMode.Faithful) => FaithfulUnderlay.Delete(call, state, underlay),
            (UnderlayGroup underlay, _) => DeleteUnderlay(state, underlay),
            _ => throw new InvalidOperationException("two kinds of group exist"),
        };
    }

    private static SwitchState DeleteExternal(SwitchState state, ExternalGroup group, ModelFaults faults)
    {
        state = GroupTables.RemoveSources(state, group.Address, group.Sources);
        state = GroupTables.RemoveNat(state, group.Address, group.Vlan);
        state = GroupTables.RemoveRoute(state, group.Address);
        state = state with { Groups = state.Groups.Remove(group.Address), Refs = state.Refs.Remove(group.Nat.Internal) };
        return SyncDecapOf(ReturnHeld(state, group.ExternalId), group.Nat.Internal, faults);
    }

    private static SwitchState DeleteUnderlay(SwitchState state, UnderlayGroup group)
    {
        if (!group.Members.IsEmpty)
        {
            state = state.Remove(TableNames.Replication, group.Address.ToString());
            state = state.Remove(TableNames.Decap, $"{group.ExternalId}");
        }

        state = GroupTables.RemoveRoute(state, group.Address).DestroyPre(group.ExternalId).DestroyPre(group.UnderlayId);
        state = state with
        {
            Groups = state.Groups.Remove(group.Address),
            HeldIds = state.HeldIds.Add(group.ExternalId, group.UnderlayId),
        };
        return ReturnHeld(state, group.ExternalId);
    }

    // A5: ids live as long as any group shows them.
    internal static SwitchState ReturnHeld(SwitchState state, int external) =>
        state.HeldIds.TryGetValue(external, out var underlay) && !state.Groups.Values.Any(g => g.ExternalId == external)
            ? state with { HeldIds = state.HeldIds.Remove(external), Ids = state.Ids.Push(external, underlay) }
            : state;

    // What is left of the group in the chip goes too, so that it can be created again (strict mode).
    private static SwitchState Dropped(SwitchState state, SimGroup group)
    {
        foreach (var table in TableNames.Multicast)
        {
            var address = group.Address.ToString();
            var stale = state.Tables[table].Entries.Values
                .Where(e => e.Keys.Any(k => k.Name == "dst_addr" && k.Value == address)
                    || (group is UnderlayGroup && e.Keys.Any(k => k.Name == "mcast_external_grp" && k.Value == $"{group.ExternalId}")))
                .ToArray();
            state = stale.Aggregate(state, (s, e) => s.Remove(table, [.. e.Keys.Select(k => k.Value)]));
        }

        state = state with { Groups = state.Groups.Remove(group.Address) };
        return group switch
        {
            ExternalGroup e => ReturnHeld(state with { Refs = state.Refs.Remove(e.Nat.Internal) }, e.ExternalId),
            UnderlayGroup u => ReturnHeld(
                state.DestroyPre(u.ExternalId).DestroyPre(u.UnderlayId) with { HeldIds = state.HeldIds.SetItem(u.ExternalId, u.UnderlayId) },
                u.ExternalId),
            _ => state,
        };
    }
}
