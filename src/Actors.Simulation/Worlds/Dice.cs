using Gantry.Primitives;

namespace Gantry.Actors.Simulation;

/// <summary>One stream of chance of a seed; streams of different names do not disturb each other.</summary>
internal sealed class Dice(ulong seed, string stream)
{
    private readonly SeededRandomSource _random = new(seed ^ StableHash.Of(stream));

    public IRandomSource Source => _random;

    public bool Chance(double probability) => _random.NextDouble() < probability;

    /// <summary>Both ends included.</summary>
    public int Between(int least, int most) => least + _random.Next(most - least + 1);

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    /// <summary>A time spread around a mean, now and then ten times as long.</summary>
    public TimeSpan Around(TimeSpan mean)
    {
        var factor = 0.3 + (1.4 * _random.NextDouble());
        return TimeSpan.FromTicks((long)(mean.Ticks * (Chance(0.03) ? factor * 10 : factor)) + 1);
    }

    public TimeSpan Upto(double seconds) => TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond * _random.NextDouble()) + 1);
}
