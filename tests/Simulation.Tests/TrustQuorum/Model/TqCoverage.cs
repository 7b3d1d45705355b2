namespace Gantry.Simulation.TrustQuorum;

/// <summary>What schedules really did, by name: a simulation that skips everything finds nothing. One thread.</summary>
internal sealed class TqCoverage
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public long Of(string name) => _counts.GetValueOrDefault(name);

    public void Add(string name) => _counts[name] = Of(name) + 1;

    public override string ToString() => string.Join('\n', _counts.Select(c => $"{c.Value,9} {c.Key}"));
}
