using System.Globalization;

namespace Gantry.Cli;

/// <summary>Durations as people write them: <c>500ms</c>, <c>90s</c>, <c>5m</c>, <c>2h</c>.</summary>
internal static class Durations
{
    private const double DaysMax = 30;

    public static TimeSpan Parse(string text) => TryParse(text) ?? throw new CliException(ExitCodes.Usage, WhyNot(text)) { Next = "write 90s, 5m or 2h" };

    /// <summary>Null for what is no duration, and for more than a person ever waits.</summary>
    public static TimeSpan? TryParse(string text)
    {
        var digits = text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        var seconds = text[digits..] switch { "ms" => 0.001, "s" or "" => 1, "m" => 60, "h" => 3600, _ => double.NaN };
        return double.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * seconds <= DaysMax * 86_400
            ? TimeSpan.FromSeconds(number * seconds)
            : null;
    }

    public static string WhyNot(string text) => $"\"{text}\" is no duration of at most {DaysMax} days, such as 90s, 5m or 2h";

    /// <summary>An age as in tables: <c>4m</c>, <c>41d</c>.</summary>
    public static string Age(TimeSpan age) => age switch
    {
        { TotalSeconds: < 120 } => $"{Math.Max(0, (int)age.TotalSeconds)}s",
        { TotalMinutes: < 120 } => $"{(int)age.TotalMinutes}m",
        { TotalHours: < 48 } => $"{(int)age.TotalHours}h",
        _ => $"{(int)age.TotalDays}d",
    };}
