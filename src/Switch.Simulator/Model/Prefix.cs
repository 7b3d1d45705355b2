using System.Globalization;

namespace Gantry.Switch.Simulator;

/// <summary>A subnet in CIDR form, host bits zero; sorts by address, the wider first.</summary>
public readonly record struct Prefix(Ip Address, int Length) : IComparable<Prefix>
{
    /// <summary>Reads <c>10.0.0.0/8</c>; host bits are cut off, as the real one does.</summary>
    public static bool TryParse(string? text, out Prefix prefix)
    {
        prefix = default;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash < 0
            || !Ip.TryParse(text![..slash], out var address) // a slash was found in it
            || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length > (address.IsV6 ? 128 : 32))
        {
            return false;
        }

        var host = (address.IsV6 ? 128 : 32) - length;
        prefix = new Prefix(address with { Value = host == 128 ? 0 : address.Value >> host << host }, length);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(Prefix other) => Address == other.Address ? Length.CompareTo(other.Length) : Address.CompareTo(other.Address);

    /// <inheritdoc/>
    public override string ToString() => $"{Address}/{Length}";
}
