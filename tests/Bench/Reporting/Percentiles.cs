namespace Gantry.Bench;

/// <summary>Latencies of one run.</summary>
internal static class Percentiles
{
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
