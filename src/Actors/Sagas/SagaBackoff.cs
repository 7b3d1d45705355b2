using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>
/// Delay before the next try of a step: doubled from <see cref="SagaLimits.RetryFirst"/> to <see cref="SagaLimits.RetryMax"/>. A decider has
/// no dice, so the jitter (the upper half of the delay) comes from a hash: different between sagas, the same whenever decided again.
/// </summary>
internal static class SagaBackoff
{
    public static TimeSpan After(int attempt, EntityAddress saga, string step)
    {
        var full = Math.Min(
            SagaLimits.RetryMax.TotalMilliseconds,
            SagaLimits.RetryFirst.TotalMilliseconds * Math.Pow(2, Math.Min(attempt - 1, 16)));
        var share = (StableHash.Of($"{saga}|{step}|{attempt}") >> 11) * (1.0 / (1UL << 53));
        return TimeSpan.FromMilliseconds(full * (0.5 + (0.5 * share)));
    }
}
