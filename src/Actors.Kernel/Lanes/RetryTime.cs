using Gantry.Primitives;

namespace Gantry.Actors.Kernel;

/// <summary>How long who was sent away stays away (engine 9).</summary>
public static class RetryTime
{
    private const double LeastSecs = 1;
    private const double MostSecs = 30;

    /// <summary>clamp(queued ÷ recent drain rate, 1 s, 30 s) with ±20 % jitter, so that those who were sent away do not come back as one.</summary>
    /// <param name="queued">What waits before them.</param>
    /// <param name="drainPerSecond">How much of it is done in a second.</param>
    /// <param name="random">The dice; thrown once.</param>
    public static TimeSpan Of(int queued, double drainPerSecond, IRandomSource random) =>
        Spread(Math.Clamp(queued / Math.Max(drainPerSecond, 1.0), LeastSecs, MostSecs), random);

    /// <summary>The shortest, where nothing is queued.</summary>
    public static TimeSpan Shortest(IRandomSource random) => Spread(LeastSecs, random);

    private static TimeSpan Spread(double seconds, IRandomSource random) => TimeSpan.FromSeconds(seconds * (0.8 + (0.4 * random.NextDouble())));
}
