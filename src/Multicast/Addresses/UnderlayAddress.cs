using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>Where a group is replicated inside the rack (multicast 6.1). Pure.</summary>
public static class UnderlayAddress
{
    /// <summary>Salts are 0 to this one.</summary>
    public const int SaltMax = 255;

    private static readonly UInt128 Prefix = MulticastRanges.Underlay.First.Value;

    /// <summary>
    /// <c>ff04::/64</c> with the folded external address, perturbed by the salt, in its lower half. The 256 salts of one address give 256
    /// different results, because XOR with different numbers does.
    /// </summary>
    public static Ip Derive(Ip external, int salt)
    {
        Invariant.Check(salt is >= 0 and <= SaltMax, "a salt is 0 to 255");
        var folded = external.IsV4
            ? (ulong)external.Value
            : (ulong)(external.Value >> 64) ^ (ulong)external.Value;
        return new Ip(IpVersion.V6, Prefix | (folded ^ (ulong)salt));
    }

    /// <summary>The Ethernet address of an IPv6 multicast address: <c>33:33</c> and its low 32 bits (RFC 2464 section 7).</summary>
    public static string Mac(Ip underlay)
    {
        var low = (uint)underlay.Value;
        return $"33:33:{(low >> 24) & 0xFF:x2}:{(low >> 16) & 0xFF:x2}:{(low >> 8) & 0xFF:x2}:{low & 0xFF:x2}";
    }
}
