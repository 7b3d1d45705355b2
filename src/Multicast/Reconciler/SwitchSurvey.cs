using System.Collections.Immutable;

namespace Gantry.Multicast;

/// <summary>What one switch was found to hold, read just now, beside what it should hold.</summary>
/// <param name="Error">Why it could not be read; null when it was.</param>
/// <param name="Groups">Everything on it; empty when it could not be read.</param>
/// <param name="Differences">Per group of ours, where something differs.</param>
public sealed record SwitchSurvey(string? Error, ImmutableArray<ActualGroup> Groups, ImmutableArray<SurveyedGroup> Differences);

/// <summary>A group that is not on the switch as it should be.</summary>
/// <param name="Group">What it should be.</param>
/// <param name="Differences">What differs, at the most <see cref="SwitchDifference.KeptMax"/>.</param>
public sealed record SurveyedGroup(DesiredGroup Group, ImmutableArray<SwitchDifference> Differences);
