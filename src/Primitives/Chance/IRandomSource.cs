namespace Gantry.Primitives;

/// <summary>The only dice of the product; the simulator gives a seeded one.</summary>
public interface IRandomSource
{
    /// <summary>A number at least 0 and below <paramref name="below"/>.</summary>
    int Next(int below);

    /// <summary>A number at least 0 and below 1.</summary>
    double NextDouble();

    /// <summary>A version 4 UUID.</summary>
    Guid NewGuid();
}

/// <summary>Dice backed by the operating system. Thread-safe.</summary>
public sealed class SystemRandomSource : IRandomSource
{
    /// <summary>The one instance; it holds no state.</summary>
    public static readonly SystemRandomSource Instance = new();

    /// <inheritdoc/>
    public int Next(int below) => Random.Shared.Next(below);

    /// <inheritdoc/>
    public double NextDouble() => Random.Shared.NextDouble();

    /// <inheritdoc/>
    public Guid NewGuid() => Guid.NewGuid();
}

/// <summary>Reproducible dice. Not thread-safe: one owner at a time.</summary>
public sealed class SeededRandomSource(ulong seed) : IRandomSource
{
    private ulong _state = seed;

    /// <inheritdoc/>
    public int Next(int below) => below <= 1 ? 0 : (int)(NextUInt64() % (ulong)below);

    /// <inheritdoc/>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <inheritdoc/>
    public Guid NewGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, NextUInt64());
        BitConverter.TryWriteBytes(bytes[8..], NextUInt64());
        return GuidForm.Version4(bytes);
    }

    // SplitMix64: small, well spread for any seed including 0.
    private ulong NextUInt64()
    {
        _state += 0x9E3779B97F4A7C15UL;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
