using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>
/// What a range must be to enter a pool: steps 1 to 8 of multicast 2.3, in that order. Steps 2, 4 and 5 are intersections of whole intervals
/// (FIX-14): the ends of 223.0.0.0-240.0.0.0 are both unicast, what lies between is not. Pure.
/// </summary>
public static class RangeRules
{
    /// <summary>Null when the range may be added.</summary>
    /// <param name="range">The new range.</param>
    /// <param name="pool">Family and type of the pool.</param>
    /// <param name="own">Ranges of the pool.</param>
    /// <param name="all">Ranges of every pool, each with the pool's name.</param>
    public static Refusal? WhyNot(
        IpRange range, PoolNature pool, ImmutableArray<IpRange> own, IEnumerable<(IpRange Range, string Pool)> all) =>
        WhyNotWellFormed(range)
        ?? WhyNotOfType(range, pool)
        ?? (pool.Type == PoolType.Multicast ? WhyNotMulticast(range) : null)
        ?? WhyNotOfVersion(range, pool)
        ?? (pool.Type == PoolType.Multicast ? WhyNotOfClass(range, own) : null)
        ?? WhyOverlapping(range, all);

    private static Refusal? WhyNotWellFormed(IpRange range)
    {
        if (range.First.Version != range.Last.Version)
        {
            return Bad("RangeMixesFamilies", $"range {range} begins with one IP version and ends with the other");
        }

        return range.First > range.Last
            ? Bad("RangeReversed", $"range {range} is reversed: first must not be greater than last")
            : null;
    }

    private static Refusal? WhyNotOfType(IpRange range, PoolNature pool)
    {
        var multicast = MulticastRanges.All(range.First.Version);
        var isMulticast = multicast.Covers(range);
        if (!isMulticast && multicast.Overlaps(range))
        {
            return Bad(
                "RangeSpansMulticast", $"range {range} spans multicast and unicast addresses", $"multicast is {multicast}: split the range");
        }

        if (isMulticast == (pool.Type == PoolType.Multicast))
        {
            return null;
        }

        return isMulticast
            ? Bad("MulticastRangeInUnicastPool", $"multicast range {range} cannot be added to a unicast pool", "use a multicast pool")
            : Bad("UnicastRangeInMulticastPool", $"unicast range {range} cannot be added to a multicast pool", "use a unicast pool");
    }

    private static Refusal? WhyNotMulticast(IpRange range)
    {
        if (MulticastRanges.Reserved.FirstOrDefault(r => r.Range.Overlaps(range)) is { } reserved)
        {
            return Bad("RangeReserved", $"range {range} overlaps {reserved.What}, which cannot be given out", "leave it out of the range");
        }

        var ssm = MulticastRanges.Ssm(range.First.Version);
        return ssm.Overlaps(range) && !ssm.Covers(range)
            ? Bad("RangeSpansSsm", $"range {range} cannot span ASM and SSM addresses", $"SSM is {ssm}: split the range")
            : null;
    }

    private static Refusal? WhyNotOfVersion(IpRange range, PoolNature pool) => range.First.Version == pool.Version
        ? null
        : Bad(
            "RangeOfOtherVersion",
            $"range {range} is IP{range.First.Version.Word()}, the pool holds IP{pool.Version.Word()} ranges",
            "use a pool of that version");

    private static Refusal? WhyNotOfClass(IpRange range, ImmutableArray<IpRange> own)
    {
        if (own.IsEmpty)
        {
            return null;
        }

        var (wanted, present) = (MulticastRanges.ClassOf(range.First), MulticastRanges.ClassOf(own[0].First));
        return wanted == present
            ? null
            : Bad(
                "RangeMixesClasses",
                $"range {range} is {Word(wanted)}, the pool holds {Word(present)} ranges: the two kinds cannot be mixed in one multicast pool",
                "use a pool of its own for it");
    }

    private static Refusal? WhyOverlapping(IpRange range, IEnumerable<(IpRange Range, string Pool)> all)
    {
        foreach (var (other, pool) in all)
        {
            if (other.Overlaps(range))
            {
                return Bad("RangeOverlaps", $"range {range} overlaps range {other} of ip-pool \"{pool}\"", "choose other addresses");
            }
        }

        return null;
    }

    private static string Word(MulticastClass kind) => kind == MulticastClass.Ssm ? "SSM" : "ASM";

    private static Refusal Bad(string code, string message, string? remedy = null) => Refusal.Invalid(code, message, remedy);
}
