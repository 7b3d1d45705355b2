using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>A pool that is linked to the silo of the caller.</summary>
/// <param name="Id">The pool.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its IP version.</param>
/// <param name="IsDefault">Whether it is the silo's default for type and version.</param>
/// <param name="Ranges">Its ranges, ascending.</param>
public sealed record PoolCandidate(PoolId Id, string Name, IpVersion Version, bool IsDefault, ImmutableArray<IpRange> Ranges);

/// <summary>Which pool a join takes the address of a new group from (multicast 2.6). Pure.</summary>
public static class PoolSelection
{
    /// <summary>For a group given by its address. The sources do not matter, nor does a wanted version.</summary>
    public static (PoolCandidate? Pool, Refusal? Refusal) ForAddress(Ip address, IEnumerable<PoolCandidate> linked)
    {
        var pool = linked.FirstOrDefault(p => p.Ranges.Any(r => r.Contains(address)));
        return pool is null ? (null, MulticastErrors.NotInAnyPool(address)) : (pool, null);
    }

    /// <summary>For a group given by its name: SSM when the join has sources, else ASM.</summary>
    public static (PoolCandidate? Pool, Refusal? Refusal) ForName(
        bool hasSources, IpVersion? version, IReadOnlyCollection<PoolCandidate> linked)
    {
        if (hasSources)
        {
            // FIX-13: only "there is none" goes on to ASM; an ambiguity among SSM pools is the caller's to resolve.
            var (pool, refusal) = Among(MulticastClass.Ssm, version, linked);
            if (pool is not null || refusal is not null)
            {
                return (pool, refusal);
            }
        }

        var (asm, ambiguous) = Among(MulticastClass.Asm, version, linked);
        return asm is not null ? (asm, null) : (null, ambiguous ?? MulticastErrors.NoPool(version, hasSources));
    }

    private static (PoolCandidate? Pool, Refusal? Ambiguous) Among(
        MulticastClass wanted, IpVersion? version, IEnumerable<PoolCandidate> linked)
    {
        var candidates = linked
            .Where(p => !p.Ranges.IsEmpty && MulticastRanges.ClassOf(p.Ranges[0].First) == wanted)
            .Where(p => version is null || p.Version == version)
            .OrderByDescending(p => p.IsDefault)
            .ThenBy(p => p.Name, StringComparer.Ordinal)
            .ToList();
        return candidates.Select(p => p.Version).Distinct().Count() > 1
            ? (null, MulticastErrors.AmbiguousVersion())
            : (candidates.FirstOrDefault(), null);
    }
}
