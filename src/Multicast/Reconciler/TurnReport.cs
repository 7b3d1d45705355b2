using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>Words for what a turn found: to the groups, and for the status of multicast 9.2. Pure but for the memory's counts.</summary>
internal static class TurnReport
{
    private const int ErrorsMax = 16;

    /// <summary>What one group is told.</summary>
    public static SwitchReport For(string key, DesiredGroup group, GroupEnd end, DateTimeOffset now) => new()
    {
        Switch = key,
        Generation = group.Wanted,
        Result = end.Error is null ? SwitchResult.Applied : end.IsSilent ? SwitchResult.Unreachable : SwitchResult.Failed,
        Unmapped = end.Error is null ? group.Unmapped : [],
        Error = end.Error,
        Differences = end.IsSilent ? null : end.Differences,
        Since = now,
    };

    /// <summary>The turn's counts.</summary>
    public static MulticastReport Of(DesiredWorld world, SwitchMemory memory, IReadOnlyCollection<GroupId> right, IReadOnlyCollection<string> errors)
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
            GroupsCreated = handled.Count(g => g.State == GroupPhase.Creating),
            GroupsVerified = handled.Count(g => g.State == GroupPhase.Active),
            GroupsDeleted = handled.Count(g => g.State == GroupPhase.Deleting),
            MembersProcessed = handled.Sum(g => g.MemberCount),
            MembersDeleted = (int)deleted,
            EmptyGroupsMarked = marked,
            Errors = [.. errors.Take(ErrorsMax)],
        };
    }
}
