using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Gantry.Api;

/// <summary>A multicast group as in Nexus; the members after <c>state</c> are ours.</summary>
internal sealed record MulticastGroupAnswer
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeModified { get; init; }

    public required string MulticastIp { get; init; }

    public required ImmutableArray<string> SourceIps { get; init; }

    public required bool HasAnySourceMember { get; init; }

    public required Guid IpPoolId { get; init; }

    public required string State { get; init; }

    /// <summary>Every recorded switch was read back to hold what it should.</summary>
    public required bool Converged { get; init; }

    /// <summary>True for a group that was made by a call of its own; the following five are there only then.</summary>
    public required bool Explicit { get; init; }

    public Guid? ProjectId { get; init; }

    /// <summary>Source filter of members that join without naming sources.</summary>
    public ImmutableArray<string>? DefaultSourceIps { get; init; }

    public int? Mvlan { get; init; }

    public int? Vni { get; init; }

    public ImmutableArray<string>? SwitchPortUplinks { get; init; }

    /// <summary>Generation of what switches should hold. Single views only.</summary>
    public long? Generation { get; init; }

    /// <summary>The lowest generation that a recorded switch was read back to hold. Single views only.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>One per recorded switch, sorted. Single views only.</summary>
    public ImmutableArray<GroupConditionAnswer>? Conditions { get; init; }
}

/// <summary>How one switch stands with a group.</summary>
internal sealed record GroupConditionAnswer
{
    /// <summary>Always <c>Programmed</c>.</summary>
    public required string Type { get; init; }

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public required string Status { get; init; }

    /// <summary><c>UpToDate</c>, <c>Pending</c>, <c>SwitchUnreachable</c> or <c>SwitchError</c>.</summary>
    public required string Reason { get; init; }

    public required string Message { get; init; }

    /// <summary>Since when it is so; absent when not known.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The switch, when it keeps the group from being programmed.</summary>
    public required ImmutableArray<string> Blocking { get; init; }

    /// <summary>Key of the switch: rack id and slot.</summary>
    public required string Switch { get; init; }

    public required long WantedGeneration { get; init; }

    public required long AppliedGeneration { get; init; }

    /// <summary>Since when the switch is behind; absent when it is not.</summary>
    public DateTimeOffset? LaggingSince { get; init; }

    /// <summary>How long the switch is behind; absent when it is not.</summary>
    public long? AgeMs { get; init; }

    /// <summary>When the switch was last read and found right for this group.</summary>
    public DateTimeOffset? TimeVerified { get; init; }

    /// <summary>When the switch is looked at next, at the latest; absent when that runs now or is not known to this node.</summary>
    public DateTimeOffset? NextAttempt { get; init; }

    /// <summary>What was missing, surplus or different when the switch was last read, at most 16; absent when nothing was.</summary>
    public ImmutableArray<SwitchDifferenceAnswer>? Differences { get; init; }

    public string? Error { get; init; }
}

/// <summary>A membership as in Nexus.</summary>
internal sealed record MulticastMemberAnswer
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeModified { get; init; }

    public required Guid MulticastGroupId { get; init; }

    public required string MulticastIp { get; init; }

    public required Guid InstanceId { get; init; }

    public required ImmutableArray<string> SourceIps { get; init; }

    public required string State { get; init; }
}

/// <summary>Body of a join; both members may be absent.</summary>
internal sealed record MulticastJoinBody
{
    public IReadOnlyList<string>? SourceIps { get; init; }

    public string? IpVersion { get; init; }
}

/// <summary>What every switch was found to hold of a group.</summary>
internal sealed record GroupVerifyAnswer
{
    public required Guid MulticastGroupId { get; init; }

    public required string Name { get; init; }

    public required string MulticastIp { get; init; }

    /// <summary>Every recorded switch was read and is right.</summary>
    public required bool IsRight { get; init; }

    public required ImmutableArray<SwitchVerifyAnswer> Switches { get; init; }

    /// <summary>Packet engines of the sleds, by serial; absent when sleds are not programmed.</summary>
    public ImmutableArray<SledVerifyAnswer>? Sleds { get; init; }
}

/// <summary>One sled's part.</summary>
internal sealed record SledVerifyAnswer
{
    public required Guid SledId { get; init; }

    public required string Serial { get; init; }

    public required bool IsRight { get; init; }

    /// <summary>Its agent is too old to be programmed.</summary>
    public required bool IsTooOld { get; init; }

    /// <summary>Why it could not be read; absent when it was.</summary>
    public string? Error { get; init; }

    public required ImmutableArray<SwitchDifferenceAnswer> Differences { get; init; }
}

/// <summary>One switch's part.</summary>
internal sealed record SwitchVerifyAnswer
{
    public required string Switch { get; init; }

    public required int Slot { get; init; }

    public required bool IsRight { get; init; }

    /// <summary>Why it could not be read; absent when it was.</summary>
    public string? Error { get; init; }

    public required ImmutableArray<SwitchDifferenceAnswer> Differences { get; init; }
}

/// <summary>One difference, by the name that the entry has on the switch.</summary>
internal sealed record SwitchDifferenceAnswer(string Kind, string What, string Name, string? Wanted, string? Found);

/// <summary>An object of somebody else on a switch, or with <paramref name="Port"/> an entry of theirs in an object of ours.</summary>
internal sealed record ForeignEntryAnswer(string GroupIp, string Tag, string? Port);

/// <summary>What the last turns of the reconciler did (multicast 9.2), in all and per switch.</summary>
internal sealed record MulticastStatusAnswer
{
    public required bool Disabled { get; init; }

    public required int GroupsCreated { get; init; }

    public required int GroupsDeleted { get; init; }

    public required int GroupsVerified { get; init; }

    public required int MembersProcessed { get; init; }

    public required int MembersDeleted { get; init; }

    public required int EmptyGroupsMarked { get; init; }

    public required ImmutableArray<string> Errors { get; init; }

    /// <summary>
    /// What others keep on the switch: never touched. The first 64; absent where there is nothing, and in the sum.
    /// </summary>
    public ImmutableArray<ForeignEntryAnswer>? Foreign { get; init; }

    /// <summary>How many foreign entries there are, on all switches together in the sum.</summary>
    public required int ForeignCount { get; init; }

    /// <summary>By switch key; absent in the entries themselves.</summary>
    public ImmutableSortedDictionary<string, MulticastStatusAnswer>? Switches { get; init; }

    /// <summary>Nodes that did not answer: the switches they work on are not among them. Absent when there are none.</summary>
    public ImmutableArray<string>? NodesMissing { get; init; }
}

/// <summary>Bodies of groups and memberships.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MulticastGroupAnswer))]
[JsonSerializable(typeof(MulticastMemberAnswer))]
[JsonSerializable(typeof(MulticastJoinBody))]
[JsonSerializable(typeof(GroupVerifyAnswer))]
[JsonSerializable(typeof(MulticastStatusAnswer))]
[JsonSerializable(typeof(Page<MulticastGroupAnswer>), TypeInfoPropertyName = "GroupPage")]
[JsonSerializable(typeof(Page<MulticastMemberAnswer>), TypeInfoPropertyName = "MemberPage")]
internal sealed partial class MulticastApiJson : JsonSerializerContext;
