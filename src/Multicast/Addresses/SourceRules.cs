using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>Rules for source addresses (multicast 3.4). Pure.</summary>
public static class SourceRules
{
    private static readonly ImmutableArray<ReservedRange> NoSenders =
    [
        new(IpRange.OfPrefix("224.0.0.0", 4), "it is a multicast address"),
        new(IpRange.OfPrefix("ff00::", 8), "it is a multicast address"),
        new(IpRange.OfPrefix("127.0.0.0", 8), "it is a loopback address"),
        new(IpRange.OfPrefix("::1", 128), "it is a loopback address"),
        new(IpRange.OfPrefix("255.255.255.255", 32), "it is the broadcast address"),
        new(IpRange.OfPrefix("0.0.0.0", 32), "it is the unspecified address"),
        new(IpRange.OfPrefix("::", 128), "it is the unspecified address"),
        new(IpRange.OfPrefix("169.254.0.0", 16), "it is a link-local address"),
        new(IpRange.OfPrefix("fe80::", 10), "it is a link-local address"),
    ];

    /// <summary>
    /// Reads the list of a request: null stays null (it means "as stored"), duplicates collapse, the order is ascending.
    /// </summary>
    public static Refusal? TryParse(IReadOnlyCollection<string>? texts, out ImmutableArray<Ip>? sources)
    {
        sources = null;
        if (texts is null)
        {
            return null;
        }

        var read = ImmutableSortedSet.CreateBuilder<Ip>();
        foreach (var text in texts)
        {
            if (Ip.TryParse(text) is not { } source)
            {
                return MulticastErrors.BadSource(text ?? "null", "it is not an IP address");
            }

            if (NoSenders.FirstOrDefault(r => r.Range.Contains(source)) is { } special)
            {
                return MulticastErrors.BadSource(text, special.What);
            }

            read.Add(source);
        }

        if (read.Count > MulticastLimits.SourcesPerMember)
        {
            return MulticastErrors.TooManySources(read.Count);
        }

        sources = [.. read];
        return null;
    }

    /// <summary>Whether the sources may be used for a group: family, and at least one where the group is SSM. Null when they may.</summary>
    public static Refusal? WhyNotFor(Ip group, ImmutableArray<Ip>? sources)
    {
        if (sources is null or { IsEmpty: true })
        {
            return MulticastRanges.IsSsm(group) ? MulticastErrors.SsmWithoutSources(group) : null;
        }

        foreach (var source in sources.Value)
        {
            if (source.Version != group.Version)
            {
                return MulticastErrors.SourceFamily(group, source);
            }
        }

        return null;
    }
}
