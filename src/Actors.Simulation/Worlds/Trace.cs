using Gantry.Primitives;

namespace Gantry.Actors.Simulation;

/// <summary>What happened, in order: a hash over all of it, and the last steps as text.</summary>
internal sealed class Trace(int kept)
{
    private readonly string[] _last = new string[kept];

    public long Count { get; private set; }

    /// <summary>The same for the same seed and the same code.</summary>
    public ulong Hash { get; private set; }

    public void Add(TimeSpan at, string what)
    {
        var line = $"{at.TotalSeconds:0000.0000} {what}";
        Hash = (Hash * 0x9E3779B97F4A7C15UL) ^ StableHash.Of(line);
        _last[Count % kept] = line;
        Count++;
    }

    /// <summary>The last steps, oldest first.</summary>
    public IReadOnlyList<string> Last()
    {
        var lines = new List<string>(kept);
        for (var i = Math.Max(0, Count - kept); i < Count; i++)
        {
            lines.Add(_last[i % kept]);
        }

        return lines;
    }
}
