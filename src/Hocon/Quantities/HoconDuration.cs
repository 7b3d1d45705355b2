using System.Globalization;

namespace Gantry.Hocon;

/// <summary>Durations as people write them: <c>250 ms</c>, <c>1.5s</c>, <c>10 minutes</c>. The unit is required.</summary>
public static class HoconDuration
{
    /// <summary>What to write, for messages.</summary>
    public const string Form = "a number and one of ns, us, ms, s, m, h, d";

    /// <summary>Reads a duration; false when it is none or longer than <see cref="TimeSpan"/> holds.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        if (!Quantity.TrySplit(text, out var number, out var unit) || TicksOf(unit) is not { } ticks)
        {
            return false;
        }

        try
        {
            duration = TimeSpan.FromTicks((long)decimal.Round(number * ticks));
            return true;
        }
        catch (OverflowException)
        {
            return false;
        }
    }

    /// <summary>Writes a duration in the largest unit that fits.</summary>
    public static string Format(TimeSpan duration) => duration.Ticks switch
    {
        0 => "0 s",
        var t when t % TimeSpan.TicksPerDay == 0 => $"{t / TimeSpan.TicksPerDay} d",
        var t when t % TimeSpan.TicksPerHour == 0 => $"{t / TimeSpan.TicksPerHour} h",
        var t when t % TimeSpan.TicksPerMinute == 0 => $"{t / TimeSpan.TicksPerMinute} m",
        var t when t % TimeSpan.TicksPerSecond == 0 => $"{t / TimeSpan.TicksPerSecond} s",
        var t when t % TimeSpan.TicksPerMillisecond == 0 => $"{t / TimeSpan.TicksPerMillisecond} ms",
        var t => string.Create(CultureInfo.InvariantCulture, $"{t * 100} ns"),
    };

    private static decimal? TicksOf(string unit) => unit switch
    {
        "ns" or "nano" or "nanos" or "nanosecond" or "nanoseconds" => 0.01m,
        "us" or "micro" or "micros" or "microsecond" or "microseconds" => TimeSpan.TicksPerMicrosecond,
        "ms" or "milli" or "millis" or "millisecond" or "milliseconds" => TimeSpan.TicksPerMillisecond,
        "s" or "second" or "seconds" => TimeSpan.TicksPerSecond,
        "m" or "minute" or "minutes" => TimeSpan.TicksPerMinute,
        "h" or "hour" or "hours" => TimeSpan.TicksPerHour,
        "d" or "day" or "days" => TimeSpan.TicksPerDay,
        _ => null,
    };
}
