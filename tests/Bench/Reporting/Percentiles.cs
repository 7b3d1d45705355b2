namespace Gantry.Bench;

/// <summary>Latencies of one run.</summary>
internal static class Percentiles
{
    /// <summary>The middle one: one bad round does not count.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? 0 : sorted[sorted.Count / 2];
    }

    /// <summary>The value below which so many of the samples are, in milliseconds.</summary>
    public static double Ms(List<long> ticks, double percent)
    {
        if (ticks.Count == 0)
        {
            return 0;
        }

        ticks.Sort();
        var index = Math.Min(ticks.Count - 1, (int)(ticks.Count * percent / 100));
        return TimeProvider.System.GetElapsedTime(0, ticks[index]).TotalMilliseconds;
    }
}
