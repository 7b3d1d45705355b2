using System.Collections.Immutable;

namespace Gantry.Instances;

/// <summary>What one run of the watcher found, in the shape of vmm 3.9; sums over sleds.</summary>
public sealed record WatchReport
{
    /// <summary>VMMs looked at.</summary>
    public int TotalInstances { get; init; }

    /// <summary>External states seen.</summary>
    public ImmutableSortedDictionary<string, int> InstanceStates { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>Verdicts by reason.</summary>
    public ImmutableSortedDictionary<string, int> FailedChecks { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>Checks without a conclusion by reason.</summary>
    public ImmutableSortedDictionary<string, int> IncompleteChecks { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>Updates that the checks caused.</summary>
    public int UpdateSagasQueued { get; init; }

    /// <summary>Targets whose series were dropped because they are gone.</summary>
    public int PrunedInstances { get; init; }

    /// <summary>Both together.</summary>
    public WatchReport Plus(WatchReport other) => new()
    {
        TotalInstances = TotalInstances + other.TotalInstances,
        InstanceStates = Sum(InstanceStates, other.InstanceStates),
        FailedChecks = Sum(FailedChecks, other.FailedChecks),
        IncompleteChecks = Sum(IncompleteChecks, other.IncompleteChecks),
        UpdateSagasQueued = UpdateSagasQueued + other.UpdateSagasQueued,
        PrunedInstances = PrunedInstances + other.PrunedInstances,
    };

    internal static WatchReport Of(IReadOnlyList<Check> checks, int pruned) => new()
    {
        TotalInstances = checks.Count,
        InstanceStates = Count(checks.Select(c => c.State)),
        FailedChecks = Count(checks.Select(c => c.End.Failure)),
        IncompleteChecks = Count(checks.Select(c => c.End.Incomplete)),
        UpdateSagasQueued = checks.Count(c => c.IsUpdating),
        PrunedInstances = pruned,
    };

    private static ImmutableSortedDictionary<string, int> Count(IEnumerable<string?> words) =>
        words.OfType<string>().GroupBy(w => w).ToImmutableSortedDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);

    private static ImmutableSortedDictionary<string, int> Sum(
        ImmutableSortedDictionary<string, int> a, ImmutableSortedDictionary<string, int> b) =>
        a.Concat(b).GroupBy(p => p.Key).ToImmutableSortedDictionary(g => g.Key, g => g.Sum(p => p.Value), StringComparer.Ordinal);
}

/// <summary>One check of the watcher.</summary>
/// <param name="Target">What was looked at.</param>
/// <param name="End">What it came to.</param>
/// <param name="State">The external state computed from it; null when nothing is known.</param>
internal sealed record Check(WatchTarget Target, PullEnd End, string? State)
{
    public bool IsUpdating => End.Standing is { Changed: true } standing
        && (VmmWords.IsTerminal(standing.Report.State)
            || standing.Report.MigrationIn is { IsTerminal: true } || standing.Report.MigrationOut is { IsTerminal: true });
}
