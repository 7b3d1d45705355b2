namespace Gantry.Hocon;

/// <summary>A place in a configuration file. Line and column count from 1; 0 means the whole file.</summary>
public readonly record struct HoconPosition(string File, int Line, int Column)
{
    /// <inheritdoc/>
    public override string ToString() => Line == 0 ? File : $"{File}:{Line}:{Column}";
}

/// <summary>A configuration that cannot be used: where, what was found, why it is wrong and what to do.</summary>
public sealed class HoconException(HoconPosition at, string what, string why, string next)
    : Exception($"{at}: {what}: {why}. {next}{(next.EndsWith('?') ? "" : ".")}")
{
    /// <summary>Where.</summary>
    public HoconPosition At { get; } = at;

    /// <summary>What was found.</summary>
    public string What { get; } = what;

    /// <summary>Why that cannot be.</summary>
    public string Why { get; } = why;

    /// <summary>What to do.</summary>
    public string Next { get; } = next;
}
