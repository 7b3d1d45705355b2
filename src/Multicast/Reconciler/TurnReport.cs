using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>Words for what a turn found: to the groups, and for the status of multicast 9.2. Pure but for the memory's counts and the look whether a group is gone.</summary>
internal static class TurnReport
{
    /// <summary>What one group is told.</summary>
    public static SwitchReport For(string key, DesiredGroup group, GroupEnd end, DateTimeOffset now) => new()
    {
        Switch = key,
        Generation = group.Wanted,
        Result = end.Error is null ? SwitchResult.Applied : end.IsSilent ? SwitchResult.Unreachable : SwitchResult.Failed,
        Unmapped = end.Error is null ? group.Unmapped : [],
        Unknown = end.Error is null && !group.Unknown.IsEmpty ? group.Unknown : null,
        Error = end.Error,
        Differences = end.IsSilent ? null : end.Differences,
        Since = now,
    };

    /// <summary>How many of the groups that this turn took away are gone everywhere; asked after the groups were told.</summary>
    public static async ValueTask<int> CountGoneAsync(
        IViews views, DesiredWorld world, IReadOnlyCollection<GroupId> right, CancellationToken ct)
    {
        var gone = 0;
        foreach (var group in right.Where(id => world.Details[id].State == GroupPhase.Deleting))
        {
            gone += await views.GetAsync(GroupViews.Details, group.ToString(), ct).ConfigureAwait(false) is null ? 1 : 0;
        }

        return gone;
    }

    /// <summary>The turn's counts.</summary>
    public static MulticastReport Of(
        DesiredWorld world, SwitchMemory memory, IReadOnlyCollection<GroupId> right, TurnErrors errors, int gone)
    {
        var handled = right.Select(id => world.Details[id]).ToList();
        var deleted = 0L;
        var marked = 0;
        foreach (var detail in world.Details.Values)
        {
            deleted += detail.MembersEnded - memory.MembersEnded.GetValueOrDefault(detail.Id);
            memory.MembersEnded[detail.Id] = detail.MembersEnded;
            marked += detail.EndReason?.StartsWith("G6", StringComparison.Ordinal) == true && memory.Swept.Add(detail.Id) ? 1 : 0;
        }

        return new MulticastReport
        {
            GroupsCreated = handled.Count(g => g.State == GroupPhase.Creating)
                + world.Document.Groups.Count(g => g.Kind == DesiredKind.LeftAlone), // they need nothing
            GroupsVerified = handled.Count(g => g.State == GroupPhase.Active),
            GroupsDeleted = gone,
            MembersProcessed = handled.Sum(g => g.MemberCount),
            MembersDeleted = (int)deleted,
            EmptyGroupsMarked = marked,
            Errors = errors.ByPhase,
        };
    }
}
