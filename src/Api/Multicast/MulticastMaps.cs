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
        Converged = row.IsConverged,
        Explicit = row.Explicit is not null,
        ProjectId = row.Explicit?.Project?.Value,
        DefaultSourceIps = row.Explicit is { } extras ? [.. extras.DefaultSources.Select(s => s.ToString())] : null,
        Mvlan = row.Explicit?.Vlan,
        Vni = row.Explicit?.Vni,
        SwitchPortUplinks = row.Explicit is { } more ? [.. more.Uplinks.Select(u => u.ToString())] : null,
    };

    public static MulticastGroupAnswer Group(
        MulticastGroupRow row, IReadOnlyCollection<GroupSwitchRow> switches, SwitchNews? news = null) => Group(row) with
    {
        Converged = news?.IsConverged(row) ?? row.IsConverged,
        Generation = switches.Count == 0 ? null : switches.Max(s => s.Wanted),
        ObservedGeneration = switches.Count == 0 ? null : switches.Min(s => s.Applied),
        Conditions = [.. switches.OrderBy(s => s.Switch, StringComparer.Ordinal).Select(s => Condition(s, news))],
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

    public static GroupVerifyAnswer Verify(
        MulticastGroupRow row, ImmutableArray<SwitchVerification> switches, ImmutableArray<SledVerification> sleds) => new()
    {
        MulticastGroupId = row.Id.Value,
        Name = row.Name,
        MulticastIp = row.Address.ToString(),
        IsRight = !switches.IsEmpty && switches.All(s => s.IsRight) && sleds.All(s => s.IsRight),
        Switches =
        [
            .. switches.Select(s => new SwitchVerifyAnswer
            {
                Switch = s.Switch,
                Slot = s.Slot,
                IsRight = s.IsRight,
                Error = s.Error,
                Differences = Differences(s.Differences),
            }),
        ],
        Sleds = sleds.IsEmpty
            ? null
            :
            [
                .. sleds.Select(s => new SledVerifyAnswer
                {
                    SledId = s.Sled.Value,
                    Serial = s.Serial,
                    IsRight = s.IsRight,
                    IsTooOld = s.IsTooOld,
                    Error = s.Error,
                    Differences = Differences(s.Differences),
                }),
            ],
    };

    public static ImmutableArray<SwitchDifferenceAnswer> Differences(ImmutableArray<SwitchDifference> differences) =>
        [.. differences.Select(d => new SwitchDifferenceAnswer(d.Kind, d.What, d.Name, d.Wanted, d.Found))];

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
        Foreign = report.Foreign.IsEmpty ? null : [.. report.Foreign.Select(f => new ForeignEntryAnswer(f.Address.ToString(), f.Tag, f.Port))],
        ForeignCount = report.ForeignCount,
    };

    public static GroupConditionAnswer Condition(GroupSwitchRow row, SwitchNews? news)
    {
        var isDrifting = row.LaggingSince is null && news?.Status.IsDrifting(row.Switch, row.Group) == true;
        var doubt = row.LaggingSince is null && !isDrifting ? news?.Status.DoubtOf(row.Switch) : null;
        var isRight = row.LaggingSince is null && !isDrifting && doubt is null;
        var verified = isRight && news?.Status.VerifiedAt(row.Switch) is { } looked && looked > row.TimeVerified ? looked : row.TimeVerified;
        var reason = isRight ? "UpToDate"
            : isDrifting ? "Repairing"
            : doubt is { IsSilent: false } ? "Unverified"
            : row.IsUnreachable || doubt is not null ? "SwitchUnreachable"
            : row.Error is not null ? "SwitchError"
            : "Pending";
        return new GroupConditionAnswer
        {
            Type = "Programmed",
            Status = isRight ? "true" : "false",
            Reason = reason,
            Message = isDrifting ? "the switch had lost or changed it and is being repaired" : doubt?.Why ?? row.Error ?? (isRight
                ? $"the switch holds generation {row.Applied}"
                : $"the switch holds generation {row.Applied}, wanted is {row.Wanted}"),
            Since = row.LaggingSince ?? doubt?.Since ?? row.TimeVerified,
            AgeMs = (row.LaggingSince ?? doubt?.Since) is { } since && news is not null ? (long)(news.Now - since).TotalMilliseconds : null,
            TimeVerified = verified,
            NextAttempt = isRight ? null : news?.NextAttempt(row.Switch),
            Differences = row.Differences is { IsDefaultOrEmpty: false } differences
                ? [.. differences.Select(d => new SwitchDifferenceAnswer(d.Kind, d.What, d.Name, d.Wanted, d.Found))]
                : null,
            Blocking = isRight ? [] : [$"switch/{row.Switch}"],
            Switch = row.Switch,
            WantedGeneration = row.Wanted,
            AppliedGeneration = row.Applied,
            LaggingSince = row.LaggingSince,
            Error = row.Error,
        };
    }
}
