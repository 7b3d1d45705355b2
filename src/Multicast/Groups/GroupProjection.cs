using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;

namespace Gantry.Multicast;

/// <summary>Rows that follow from one event of a group: whatever differs between before and after.</summary>
internal static class GroupProjection
{
    public static ImmutableArray<ViewOp> Project(EntityAddress self, GroupState before, GroupEvent fact, GroupState after)
    {
        var ops = ImmutableArray.CreateBuilder<ViewOp>();
        ProjectGroup(ops, before, after);
        ProjectMembers(ops, before, after);
        ProjectSwitches(ops, before, after);
        return ops.ToImmutable();
    }

    private static void ProjectGroup(ImmutableArray<ViewOp>.Builder ops, GroupState before, GroupState after)
    {
        var key = after.Id.ToString();
        if (after.IsLive)
        {
            ops.Add(GroupViews.Groups.Upsert(key, GroupRow(after)));
        }
        else if (before.IsLive)
        {
            ops.Add(GroupViews.Groups.Delete(key));
        }

        if (after.IsLive || after.Phase == GroupPhase.Deleting)
        {
            ops.Add(GroupViews.Details.Upsert(key, DetailRow(after)));
        }
        else if (after.Phase == GroupPhase.Gone)
        {
            ops.Add(GroupViews.Details.Delete(key));
        }
    }

    private static void ProjectMembers(ImmutableArray<ViewOp>.Builder ops, GroupState before, GroupState after)
    {
        if (ReferenceEquals(before.Members, after.Members))
        {
            return;
        }

        foreach (var member in after.Members.Values)
        {
            if (!ReferenceEquals(before.Members.GetValueOrDefault(member.Instance), member))
            {
                ops.Add(GroupViews.Members.Upsert(member.Id.ToString(), MemberRow(after, member)));
                ops.Add(InstanceMulticastViews.InstanceMulticast.Upsert(
                    GroupViews.InstanceKey(member.Instance, after.Id),
                    new InstanceMulticastRow(
                        member.Instance, after.Id, after.Address.ToString(), [.. member.Sources.Select(s => s.ToString())])));
            }
        }

        foreach (var member in before.Members.Values)
        {
            if (!after.Members.ContainsKey(member.Instance))
            {
                ops.Add(GroupViews.Members.Delete(member.Id.ToString()));
                ops.Add(InstanceMulticastViews.InstanceMulticast.Delete(GroupViews.InstanceKey(member.Instance, after.Id)));
            }
        }
    }

    private static void ProjectSwitches(ImmutableArray<ViewOp>.Builder ops, GroupState before, GroupState after)
    {
        if (ReferenceEquals(before.Switches, after.Switches) && before.Wanted == after.Wanted)
        {
            return;
        }

        foreach (var (key, standing) in after.Switches)
        {
            ops.Add(GroupViews.Switches.Upsert(GroupViews.SwitchKey(after.Id, key), SwitchRow(after, key, standing)));
        }

        foreach (var key in before.Switches.Keys)
        {
            if (!after.Switches.ContainsKey(key))
            {
                ops.Add(GroupViews.Switches.Delete(GroupViews.SwitchKey(after.Id, key)));
            }
        }
    }

    internal static MulticastGroupRow GroupRow(GroupState s) => new(
        s.Id,
        s.Name,
        s.Description,
        s.TimeCreated,
        s.TimeModified,
        s.Address,
        GroupRules.SourceUnion(s),
        GroupRules.HasAnySourceMember(s),
        s.Pool,
        s.Phase)
    {
        Explicit = s.Explicit,
        Generation = s.Wanted,
        IsConverged = GroupRules.IsConverged(s),
    };

    private static GroupDetailRow DetailRow(GroupState s) => new()
    {
        Id = s.Id,
        Name = s.Name,
        State = s.Phase,
        Address = s.Address,
        Underlay = s.Underlay,
        Salt = s.Salt,
        Pool = s.Pool,
        Wanted = s.Wanted,
        MemberCount = s.Members.Count,
        Filter = GroupRules.SwitchFilter(s),
        Sleds = GroupRules.CarriedSleds(s),
        JoinedSleds = GroupRules.JoinedSleds(s),
        TimeDeleted = s.TimeDeleted,
        EndReason = s.EndReason,
        MembersEnded = s.MembersEnded,
        Explicit = s.Explicit,
    };

    private static MulticastMemberRow MemberRow(GroupState s, Member m) => new(
        m.Id, s.Id, s.Address, m.Instance, m.Sources, m.State, m.Sled, m.TimeCreated, m.TimeModified);

    private static GroupSwitchRow SwitchRow(GroupState s, string key, SwitchStanding standing) => new(
        s.Id,
        key,
        s.Wanted,
        standing.Applied,
        standing.Unmapped,
        standing.IsLeftOut(s.Wanted),
        standing.Error,
        standing.LaggingSince,
        standing.TimeVerified)
    {
        Differences = standing.Differences,
        FailedFor = standing.FailedFor,
        Unknown = standing.Unknown,
    };
}
