using System.Globalization;

namespace Gantry.Bench;

/// <summary>One number of engine 12 with what it is held against.</summary>
internal sealed record BenchResult
{
    /// <summary>P1 to P10, or a name of our own.</summary>
    public required string Id { get; init; }

    /// <summary>What was measured.</summary>
    public required string What { get; init; }

    /// <summary>Measured values by name, units in the name.</summary>
    public required IReadOnlyDictionary<string, double> Values { get; init; }

    /// <summary>Ratios asked for, with the bound and what was reached.</summary>
    public IReadOnlyList<BenchTarget> Targets { get; init; } = [];

    /// <summary>Whether every target was reached.</summary>
    public bool IsReached => Targets.All(t => t.IsReached);

    public string ToText()
    {
        var lines = new List<string> { $"{Id}  {What}" };
        lines.AddRange(Values.Select(v => $"  {v.Key,-34} {v.Value.ToString("#,0.###", CultureInfo.InvariantCulture),14}"));
        lines.AddRange(Targets.Select(t => string.Create(
            CultureInfo.InvariantCulture, $"  {t.What,-34} {t.Reached,14:0.00}   asked {(t.IsAtMost ? "<= " : "")}{t.Asked:0.00}   {(t.IsReached ? "reached" : "MISSED")}")));
        return string.Join('\n', lines);
    }
}

/// <summary>A ratio that must be at least so large, or at most.</summary>
internal sealed record BenchTarget(string What, double Reached, double Asked, bool IsAtMost = false)
{
    public bool IsReached => IsAtMost ? Reached <= Asked : Reached >= Asked;
}
