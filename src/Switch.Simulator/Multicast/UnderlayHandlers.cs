using System.Collections.Immutable;

namespace Gantry.Switch.Simulator;

/// <summary>POST, GET and PUT of underlay groups (switch-dpd 2.2 rows 1 to 3).</summary>
internal static class UnderlayHandlers
{
    public static SimAnswer Create(SimCall call)
    {
        var body = call.Body();
        var address = Underlay(body.Address("group_ip"));
        var tag = body.OptionalText("tag") ?? $"{call.Request.NewId}:{address}";
        var members = GroupRules.ReadMembers(body);
        call.RequireMulticast();
        if (call.State.Groups.ContainsKey(address))
        {
            throw DaemonException.Conflict($"multicast group {address} already exists");
        }

        var before = call.State;
        var group = Allocate(call, address, tag, members);
        call.State = call.State.CreatePre(group.ExternalId).CreatePre(group.UnderlayId);
        GroupRules.CheckLanes(members);
        call.State = members.Aggregate(call.State, (s, m) => s.AddLane(GroupTables.PreOf(group, m), m.Lane));
        if (!members.IsEmpty)
        {
            call.State = GroupTables.AddReplication(call.State, group, call.Request.Faults);
        }

        call.State = GroupTables.AddRoute(call.State, address, vlan: null, call.Request.Faults);
        call.State = GroupTables.SyncDecap(call.State, group, call.Request.Faults);
        CheckTag(before, group);
        call.State = call.State with { Groups = call.State.Groups.Add(address, group) };
        return new SimAnswer(201, GroupAnswers.Own(group));
    }

    public static SimAnswer Get(SimCall call)
    {
        var address = Underlay(call.Address(0));
        call.RequireMulticast();
        return new SimAnswer(200, GroupAnswers.Own(Find(call.State, address)));
    }

    public static SimAnswer SetMembers(SimCall call)
    {
        var address = Underlay(call.Address(0));
        var tag = GroupHandlers.TagOf(call, address);
        var members = GroupRules.ReadMembers(call.Body());
        call.RequireMulticast();
        var old = Find(call.State, address);
        GroupRules.CheckMatch(old, tag ?? old.Tag);
        GroupHandlers.CheckChip(call, old);
        var isFaithful = call.State.Mode == SwitchMode.Faithful;

        // K12: duplicates are stored as given, the replication engine holds them once.
        var group = old with { Members = members };
        if (isFaithful)
        {
            FaithfulUnderlay.ChangeLanes(call, old, members);
            FaithfulUnderlay.ChangeTables(call, old, group);
        }
        else
        {
            Change(call, old, group);
        }

        call.State = call.State with { Groups = call.State.Groups.SetItem(address, group) };
        return new SimAnswer(200, GroupAnswers.Own(group));
    }

    private static void Change(SimCall call, UnderlayGroup old, UnderlayGroup group)
    {
        var members = group.Members;
        GroupRules.CheckLanes(members);
        foreach (var gone in old.Members.Except(members))
        {
            call.State = call.State.RemoveLane(GroupTables.PreOf(old, gone), gone.Lane);
        }

        foreach (var added in members.Except(old.Members))
        {
            call.State = call.State.AddLane(GroupTables.PreOf(old, added), added.Lane);
        }

        if (old.Members.IsEmpty && !members.IsEmpty)
        {
            call.State = GroupTables.AddReplication(call.State, group, call.Request.Faults);
        }
        else if (!old.Members.IsEmpty && members.IsEmpty)
        {
            call.State = call.State.Remove(TableNames.Replication, group.Address.ToString());
        }

        call.State = GroupTables.SyncDecap(call.State, group, call.Request.Faults);
    }

    private static void CheckTag(SwitchState before, UnderlayGroup group)
    {
        try
        {
            GroupRules.CheckTag(group.Tag);
        }
        catch (DaemonException e) when (before.Mode == SwitchMode.Faithful)
        {
            throw e.Keeping(FaithfulUnderlay.AfterBadTag(before, group));
        }
    }

    private static Ip Underlay(Ip address) => address.IsUnderlay
        ? address
        : throw DaemonException.Invalid($"{address} is not in the underlay multicast subnet ff04::/64");

    private static UnderlayGroup Find(SwitchState state, Ip address) => state.Groups.GetValueOrDefault(address) as UnderlayGroup
        ?? throw DaemonException.NotFound($"multicast group {address} not found");

    private static UnderlayGroup Allocate(SimCall call, Ip address, string tag, ImmutableArray<SimMember> members)
    {
        if (call.State.Ids.Pop() is not var (external, afterFirst) || afterFirst.Pop() is not var (underlay, rest))
        {
            throw DaemonException.Busy();
        }

        call.State = call.State with { Ids = rest };
        return new UnderlayGroup(address, tag, external, underlay, members);
    }
}
