using System.Collections.Immutable;

namespace Gantry.Hosting;

/// <summary>The answer to one of the three health questions.</summary>
/// <param name="IsHealthy">All checks that count are good: 200, else 503.</param>
/// <param name="Checks">Each check, in a fixed order.</param>
public sealed record HealthAnswer(bool IsHealthy, ImmutableArray<HealthCheck> Checks)
{
    internal static HealthAnswer Of(params ImmutableArray<HealthCheck> checks) => new(checks.All(c => c.IsGood || !c.IsCounted), checks);
}

/// <summary>One check.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="IsGood">Whether it is as it should be.</param>
/// <param name="Says">What was seen.</param>
/// <param name="Remedy">What to do when it is not good.</param>
/// <param name="IsCounted">Whether the answer as a whole depends on it; what does not count is shown red and no more.</param>
public sealed record HealthCheck(string Name, bool IsGood, string Says, string? Remedy = null, bool IsCounted = true);
