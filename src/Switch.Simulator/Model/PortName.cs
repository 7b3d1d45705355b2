using System.Globalization;

namespace Gantry.Switch.Simulator;

/// <summary>A physical port: <c>int0</c>, <c>rear0</c>..<c>rear31</c>, <c>qsfp0</c>..<c>qsfp31</c>. Read in any case, written in lower.</summary>
public readonly record struct PortName(PortKind Kind, int Number) : IComparable<PortName>
{
    /// <summary>All 65 in the order of GET /ports.</summary>
    public static readonly IReadOnlyList<PortName> All =
    [
        new(PortKind.Internal, 0),
        .. Enumerable.Range(0, 32).Select(n => new PortName(PortKind.Rear, n)),
        .. Enumerable.Range(0, 32).Select(n => new PortName(PortKind.Qsfp, n)),
    ];

    /// <summary>The number that the chip's lanes of this port start at.</summary>
    public int AsicBase => Kind switch { PortKind.Internal => 256, PortKind.Rear => Number * 4, _ => 128 + (Number * 4) };

    /// <summary>Reads a name.</summary>
    public static bool TryParse(string? text, out PortName port)
    {
        foreach (var (kind, prefix, count) in Prefixes)
        {
            if (text is not null
                && text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
                && int.TryParse(text.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number < count
                && text.Length == prefix.Length + (number < 10 ? 1 : 2))
            {
                port = new PortName(kind, number);
                return true;
            }
        }

        port = default;
        return false;
    }

    /// <inheritdoc/>
    public int CompareTo(PortName other) => Kind == other.Kind ? Number.CompareTo(other.Number) : Kind.CompareTo(other.Kind);

    /// <inheritdoc/>
    public override string ToString() => $"{Prefixes[(int)Kind].Prefix}{Number}";

    private static readonly (PortKind Kind, string Prefix, int Count)[] Prefixes =
        [(PortKind.Internal, "int", 1), (PortKind.Rear, "rear", 32), (PortKind.Qsfp, "qsfp", 32)];
}

/// <summary>Where a port leads.</summary>
public enum PortKind
{
    /// <summary>The switch's own processor.</summary>
    Internal,

    /// <summary>A sled in a cubby.</summary>
    Rear,

    /// <summary>The outside.</summary>
    Qsfp,
}

/// <summary>One lane of a port: where a copy of a packet may leave.</summary>
public readonly record struct Lane(PortName Port, int Link) : IComparable<Lane>
{
    /// <inheritdoc/>
    public int CompareTo(Lane other) => Port == other.Port ? Link.CompareTo(other.Link) : Port.CompareTo(other.Port);

    /// <inheritdoc/>
    public override string ToString() => $"{Port}/{Link}";
}
