using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>Which pool an external address is to come from, as in Nexus.</summary>
public abstract record PoolChoice
{
    private PoolChoice()
    {
    }

    /// <summary>A pool by name or id.</summary>
    public sealed record Named(string NameOrId) : PoolChoice;

    /// <summary>The silo's default unicast pool, of that version if given.</summary>
    public sealed record Default(IpVersion? Version) : PoolChoice;

    /// <summary>The pool that contains the address, which is asked for.</summary>
    public sealed record Containing(Ip Address) : PoolChoice;
}

/// <summary>Chooses among the unicast pools linked to the silo. Pure.</summary>
internal static class UnicastSelection
{
    public static (PoolCandidate? Pool, Refusal? Refusal) Select(PoolChoice choice, ImmutableArray<PoolCandidate> linked)
    {
        switch (choice)
        {
            case PoolChoice.Named named:
                var isId = Guid.TryParseExact(named.NameOrId, "D", out var id);
                var pool = linked.FirstOrDefault(p => isId ? p.Id.Value == id : p.Name == named.NameOrId);
                return pool is null ? (null, MulticastErrors.NoSuchPool(named.NameOrId)) : (pool, null);
            case PoolChoice.Containing containing:
                var holder = linked.FirstOrDefault(p => p.Ranges.Any(r => r.Contains(containing.Address)));
                return holder is null ? (null, ExternalIpErrors.NotInAnyPool(containing.Address)) : (holder, null);
            case PoolChoice.Default standard:
                var defaults = linked.Where(p => p.IsDefault && (standard.Version is null || p.Version == standard.Version)).ToList();
                return defaults switch
                {
                    [] => (null, ExternalIpErrors.NoDefaultPool(standard.Version)),
                    [var one] => (one, null),
                    _ => (null, ExternalIpErrors.AmbiguousDefault()),
                };
            default:
                throw Invariant.Unreachable("a pool is chosen by name, by address or as the default");
        }
    }
}
