using System.Collections.Immutable;

namespace Gantry.Multicast;

/// <summary>The lowest free address, ranges in ascending order (multicast 2.6). Pure.</summary>
internal static class FirstFit
{
    /// <summary>The lowest address that is in a range and not taken; null when all are.</summary>
    public static (Ip Address, PoolRange Range)? Lowest(ImmutableArray<PoolRange> ascending, IEnumerable<Ip> taken)
    {
        using var next = taken.Order().GetEnumerator();
        var hasTaken = next.MoveNext();
        foreach (var range in ascending)
        {
            var candidate = range.First;
            while (hasTaken && next.Current < candidate)
            {
                hasTaken = next.MoveNext();
            }

            while (hasTaken && next.Current == candidate && candidate < range.Last)
            {
                candidate = candidate with { Value = candidate.Value + 1 };
                hasTaken = next.MoveNext();
            }

            if (!hasTaken || next.Current != candidate)
            {
                return (candidate, range);
            }
        }

        return null;
    }
}
