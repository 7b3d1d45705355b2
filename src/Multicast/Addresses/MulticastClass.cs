using System.Collections.Immutable;

namespace Gantry.Multicast;

/// <summary>What a multicast address asks of its joiners.</summary>
public enum MulticastClass
{
    /// <summary>Any-source multicast: sources are optional.</summary>
    Asm,

    /// <summary>Source-specific multicast: every member names at least one source.</summary>
    Ssm,
}

/// <summary>The exact ranges of multicast 1.1. Classification is a pure function of the address.</summary>
public static class MulticastRanges
{
    private static readonly IpRange V4 = IpRange.OfPrefix("224.0.0.0", 4);
    private static readonly IpRange V4Ssm = IpRange.OfPrefix("232.0.0.0", 8);
    private static readonly IpRange V6 = IpRange.OfPrefix("ff00::", 8);
    private static readonly IpRange V6Ssm = IpRange.OfPrefix("ff30::", 12);

    /// <summary>Where underlay groups live: <c>ff04::/64</c>.</summary>
    public static readonly IpRange Underlay = IpRange.OfPrefix("ff04::", 64);

    /// <summary>Ranges that no pool may touch, each with the words for the refusal.</summary>
    public static readonly ImmutableArray<ReservedRange> Reserved =
    [
        new(IpRange.OfPrefix("224.0.0.0", 24), "link-local multicast (224.0.0.0/24)"),
        new(IpRange.OfPrefix("ff00::", 16), "reserved-scope multicast (ff00::/16)"),
        new(IpRange.OfPrefix("ff01::", 16), "interface-local multicast (ff01::/16)"),
        new(IpRange.OfPrefix("ff02::", 16), "link-local multicast (ff02::/16)"),
        new(Underlay, "the rack's underlay multicast subnet (ff04::/64)"),
    ];

    /// <summary>Every multicast address of a family.</summary>
    public static IpRange All(IpVersion version) => version == IpVersion.V4 ? V4 : V6;

    /// <summary>Every source-specific address of a family.</summary>
    public static IpRange Ssm(IpVersion version) => version == IpVersion.V4 ? V4Ssm : V6Ssm;

    /// <summary>Whether the address is a multicast one.</summary>
    public static bool IsMulticast(Ip address) => All(address.Version).Contains(address);

    /// <summary>Whether the address is a source-specific one.</summary>
    public static bool IsSsm(Ip address) => Ssm(address.Version).Contains(address);

    /// <summary>The class of a multicast address.</summary>
    public static MulticastClass ClassOf(Ip address) => IsSsm(address) ? MulticastClass.Ssm : MulticastClass.Asm;

    /// <summary>The reserved range that holds the address, or null.</summary>
    public static ReservedRange? ReservedFor(Ip address) => Reserved.FirstOrDefault(r => r.Range.Contains(address));
}

/// <summary>A range that is not given out.</summary>
/// <param name="Range">The range.</param>
/// <param name="What">Its name in a message.</param>
public sealed record ReservedRange(IpRange Range, string What);
