using Gantry.Primitives;

namespace Gantry.Actors.Simulation;

/// <summary>
/// Decides where something goes wrong. A fault has a name made of its kind and the number of the occasion, and whether it happens
/// depends on the seed and that name alone: so one can be taken away and the others stay (shrinking).
/// </summary>
internal sealed class Faults(ulong seed, IReadOnlySet<string> removed)
{
    private readonly Dictionary<string, long> _occasions = [];
    private readonly Dictionary<string, double> _rates = [];

    /// <summary>Faults that happened, in order.</summary>
    public List<string> Happened { get; } = [];

    public bool IsOver { get; set; }

    /// <summary>Whether the fault happens at this occasion. About half of the kinds are left out of a seed, so that others are seen alone.</summary>
    public bool Strikes(string kind, double rate)
    {
        var occasion = _occasions[kind] = _occasions.GetValueOrDefault(kind) + 1;
        if (IsOver || Roll($"{kind}#{occasion}") >= rate * RateOf(kind))
        {
            return false;
        }

        var name = $"{kind}#{occasion}";
        if (removed.Contains(name))
        {
            return false;
        }

        Happened.Add(name);
        return true;
    }

    private double RateOf(string kind)
    {
        if (!_rates.TryGetValue(kind, out var rate))
        {
            var roll = Roll($"rate {kind}");
            rate = roll switch
            {
                < 0.4 => 0,
                < 0.8 => 1,
                _ => 5,
            };
            _rates.Add(kind, rate);
        }

        return rate;
    }

    private double Roll(string name) => (Mix(StableHash.Of(name) ^ (seed * 0x9E3779B97F4A7C15UL)) >> 11) * (1.0 / (1UL << 53));

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return x ^ (x >> 31);
    }
}
