using System.Globalization;

namespace Gantry.Chaos;

/// <summary>What one thing took in each of its runs, held against its target at the 95th percentile (engine 11.4).</summary>
internal sealed class Distribution(string what, TimeSpan? target)
{
    private readonly List<double> _seconds = [];

    /// <summary>Also when nothing is asked of it.</summary>
    public bool IsMet => _seconds.Count == 0 || target is not { } limit || At(0.95) < limit.TotalSeconds;

    public void Add(TimeSpan time) => _seconds.Add(time.TotalSeconds);

    public override string ToString() => _seconds.Count == 0
        ? $"{what}: not measured"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{what}, {_seconds.Count} runs: min {Text(_seconds.Min())}, p50 {Text(At(0.5))}, p95 {Text(At(0.95))}, max {Text(_seconds.Max())}{Verdict}");

    // Nearest rank.
    private double At(double share) => _seconds.Order().ElementAt((int)Math.Ceiling(share * _seconds.Count) - 1);

    private string Verdict => target is { } limit ? $"; target {Text(limit.TotalSeconds)} at p95: {(IsMet ? "met" : "MISSED")}" : "";

    private static string Text(double seconds) => seconds < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds * 1_000:0} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s");
}
