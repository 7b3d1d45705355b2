using System.Collections.Immutable;

namespace Gantry.Switch.Simulator;

/// <summary>Underlay groups as the real daemon treats them (switch-dpd 3.6: K2, K4, K6).</summary>
internal static class FaithfulUnderlay
{
    /// <summary>K2: the ids go back, the replication groups of that number stay, so that no later create can make them.</summary>
    public static SwitchState AfterBadTag(SwitchState before, UnderlayGroup group) => before with
    {
        Pre = before.Pre.SetItem(group.ExternalId, []).SetItem(group.UnderlayId, []),
    };

    /// <summary>K4: a change of members that fails leaves the replication engine where it was, while soft state keeps the old list.</summary>
    public static void ChangeLanes(SimCall call, UnderlayGroup old, ImmutableArray<SimMember> members)
    {
        var before = call.State;
        try
        {
            foreach (var gone in old.Members.Except(members))
            {
                call.State = call.State.RemoveLane(GroupTables.PreOf(old, gone), gone.Lane);
            }

            if (call.Request.Faults.FailsMidway)
            {
                throw DaemonException.Internal();
            }

            foreach (var added in members.Except(old.Members))
            {
                GroupRules.CheckLanes([added]);
                call.State = call.State.AddLane(GroupTables.PreOf(old, added), added.Lane);
            }
        }
        catch (DaemonException e)
        {
            throw e.Keeping(before with { Pre = call.State.Pre });
        }
    }

    /// <summary>K6: the decapsulation entry is made only for an <c>External</c> member, and later changes count on it being there.</summary>
    public static void ChangeTables(SimCall call, UnderlayGroup old, UnderlayGroup group)
    {
        var faults = call.Request.Faults;
        var key = $"{group.ExternalId}";
        switch (old.Members.IsEmpty, group.Members.IsEmpty)
        {
            case (true, true):
                return;
            case (true, false):
                call.State = GroupTables.AddReplication(call.State, group, faults);
                if (group.Members.Any(m => m.IsExternal))
                {
                    call.State = GroupTables.SyncDecap(call.State, group, faults);
                }

                return;
            case (false, true):
                call.State = OrDropped(call, old, s => s.Remove(TableNames.Decap, key));
                call.State = OrDropped(call, old, s => s.Remove(TableNames.Replication, group.Address.ToString()));
                return;
            default:
                if (!old.Members.Where(m => m.IsExternal).SequenceEqual(group.Members.Where(m => m.IsExternal)))
                {
                    call.State = OrDropped(call, old, s => s.Holds(TableNames.Decap, key)
                        ? GroupTables.SyncDecap(s, group, faults)
                        : throw DaemonException.Missing());
                }

                return;
        }
    }

    /// <summary>K6, F6: what fails halfway stays in the chip; soft state has forgotten the group already.</summary>
    public static SwitchState Delete(SimCall call, SwitchState state, UnderlayGroup group)
    {
        var before = call.State;
        call.State = state;
        if (!group.Members.IsEmpty)
        {
            call.State = OrDropped(call, group, s => s.Remove(TableNames.Replication, group.Address.ToString()));
            call.State = OrDropped(call, group, s => s.Remove(TableNames.Decap, $"{group.ExternalId}"));
        }

        call.State = OrDropped(call, group, s => GroupTables.RemoveRoute(s, group.Address));
        state = call.State.DestroyPre(group.ExternalId).DestroyPre(group.UnderlayId);
        call.State = before;
        return FaithfulExternal.WithoutSoft(state, group);
    }

    private static SwitchState OrDropped(SimCall call, UnderlayGroup group, Func<SwitchState, SwitchState> change)
    {
        try
        {
            return change(call.State);
        }
        catch (DaemonException e) when (e is { Status: 404, Code: null })
        {
            throw e.Keeping(FaithfulExternal.WithoutSoft(call.State, group));
        }
    }
}
