namespace Gantry.Multicast;

/// <summary>An interval of addresses, both ends included. Rules that need both ends in one family and in order are in <see cref="RangeRules"/>.</summary>
public readonly record struct IpRange(Ip First, Ip Last)
{
    /// <summary>Addresses in it; the whole of IPv6 counts as one less than it has.</summary>
    public UInt128 Count
    {
        get
        {
            var distance = Last.Value - First.Value;
            return distance == UInt128.MaxValue ? distance : distance + 1;
        }
    }

    /// <summary>Every address that begins with a prefix, for example <c>232.0.0.0</c> and 8.</summary>
    public static IpRange OfPrefix(string network, int bits)
    {
        var first = Ip.Parse(network);
        var hostBits = (first.IsV4 ? 32 : 128) - bits;
        var host = hostBits == 128 ? UInt128.MaxValue : (UInt128.One << hostBits) - 1;
        return new IpRange(first with { Value = first.Value & ~host }, first with { Value = first.Value | host });
    }

    /// <summary>Whether the address lies in it.</summary>
    public bool Contains(Ip address) => address >= First && address <= Last;

    /// <summary>Whether every address of the other lies in it.</summary>
    public bool Covers(IpRange other) => Contains(other.First) && Contains(other.Last);

    /// <summary>Whether the two have an address in common.</summary>
    public bool Overlaps(IpRange other) => First <= other.Last && other.First <= Last;

    /// <inheritdoc/>
    public override string ToString() => $"{First}-{Last}";
}
