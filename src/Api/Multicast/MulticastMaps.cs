using System.Collections.Immutable;
using Gantry.Multicast;

namespace Gantry.Api;

/// <summary>From rows and replies of Multicast to what the API shows.</summary>
internal static class MulticastMaps
{
    public static MulticastGroupAnswer Group(MulticastGroupRow row) => new()
    {
        Id = row.Id.Value,
        Name = row.Name,
        Description = row.Description,
        TimeCreated = row.TimeCreated,
        TimeModified = row.TimeModified,
        MulticastIp = row.Address.ToString(),
        SourceIps = [.. row.Sources.Select(s => s.ToString())],
        HasAnySourceMember = row.HasAnySourceMember,
        IpPoolId = row.Pool.Value,
        State = row.State.ToString(),
    };

    public static MulticastGroupAnswer Group(MulticastGroupRow row, IReadOnlyCollection<GroupSwitchRow> switches) => Group(row) with
    {
        Generation = switches.Count == 0 ? null : switches.Max(s => s.Wanted),
        ObservedGeneration = switches.Count == 0 ? null : switches.Min(s => s.Applied),
        Conditions = [.. switches.OrderBy(s => s.Switch, StringComparer.Ordinal).Select(Condition)],
    };

    public static MulticastMemberAnswer Member(MulticastMemberRow row) => Member(new MemberReply(
        row.Id, row.Group, row.Address, row.Instance, row.Sources, row.State, row.TimeCreated, row.TimeModified));

    public static MulticastMemberAnswer Member(MemberReply member) => new()
    {
        Id = member.Id.Value,
        Name = $"member-{member.Id}",
        Description = $"multicast group member {member.Id}",
        TimeCreated = member.TimeCreated,
        TimeModified = member.TimeModified,
        MulticastGroupId = member.Group.Value,
        MulticastIp = member.Address.ToString(),
        InstanceId = member.Instance.Value,
        SourceIps = [.. member.Sources.Select(s => s.ToString())],
        State = member.State.ToString(),
    };

    public static GroupVerifyAnswer Verify(MulticastGroupRow row, ImmutableArray<SwitchVerification> switches) => new()
    {
        MulticastGroupId = row.Id.Value,
        Name = row.Name,
        MulticastIp = row.Address.ToString(),
        IsRight = !switches.IsEmpty && switches.All(s => s.IsRight),
        Switches =
        [
            .. switches.Select(s => new SwitchVerifyAnswer
            {
                Switch = s.Switch,
                Slot = s.Slot,
                IsRight = s.IsRight,
                Error = s.Error,
                Differences =
                [
                    .. s.Differences.Select(d => new SwitchDifferenceAnswer(d.Kind, d.What, d.Name, d.Wanted, d.Found)),
                ],
            }),
        ],
    };

    public static MulticastStatusAnswer Status(MulticastReport report) => new()
    {
        Disabled = report.Disabled,
        GroupsCreated = report.GroupsCreated,
        GroupsDeleted = report.GroupsDeleted,
        GroupsVerified = report.GroupsVerified,
        MembersProcessed = report.MembersProcessed,
        MembersDeleted = report.MembersDeleted,
        EmptyGroupsMarked = report.EmptyGroupsMarked,
        Errors = report.Errors,
    };

    private static GroupConditionAnswer Condition(GroupSwitchRow row)
    {
        var isRight = row.LaggingSince is null;
        var reason = isRight ? "UpToDate"
            : row.IsUnreachable ? "SwitchUnreachable"
            : row.Error is not null ? "SwitchError"
            : "Pending";
        return new GroupConditionAnswer
        {
            Type = "Programmed",
            Status = isRight ? "true" : "false",
            Reason = reason,
            Message = row.Error ?? (isRight
                ? $"the switch holds generation {row.Applied}"
                : $"the switch holds generation {row.Applied}, wanted is {row.Wanted}"),
            Since = row.LaggingSince ?? row.TimeVerified,
            Blocking = isRight ? [] : [$"switch/{row.Switch}"],
            Switch = row.Switch,
            WantedGeneration = row.Wanted,
            AppliedGeneration = row.Applied,
            LaggingSince = row.LaggingSince,
            Error = row.Error,
        };
    }
}
