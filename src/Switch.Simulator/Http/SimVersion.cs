using System.Globalization;

namespace Gantry.Switch.Simulator;

/// <summary>A semantic version; pre-releases sort below their release (V3).</summary>
public readonly record struct SimVersion(int Major, int Minor, int Patch, string? Pre) : IComparable<SimVersion>
{
    /// <summary>The newest that this simulator speaks.</summary>
    public static readonly SimVersion Newest = new(13, 0, 0, null);

    /// <summary>Reads one.</summary>
    public static bool TryParse(string? text, out SimVersion version)
    {
        version = default;
        if (text is null)
        {
            return false;
        }

        var core = text.Split('+')[0];
        var dash = core.IndexOf('-', StringComparison.Ordinal);
        var pre = dash < 0 ? null : core[(dash + 1)..];
        var parts = (dash < 0 ? core : core[..dash]).Split('.');
        if (parts.Length != 3 || pre is "" || !Number(parts[0], out var major) || !Number(parts[1], out var minor) || !Number(parts[2], out var patch))
        {
            return false;
        }

        version = new SimVersion(major, minor, patch, pre);
        return true;
    }

    /// <summary>Whether this is the version or a later one: <c>8.0.0-rc.1</c> is not yet 8 (V3).</summary>
    public bool IsAtLeast(int major) => CompareTo(new SimVersion(major, 0, 0, null)) >= 0;

    /// <inheritdoc/>
    public int CompareTo(SimVersion other)
    {
        var core = (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));
        return core != 0 ? core : (Pre, other.Pre) switch
        {
            (null, null) => 0,
            (null, _) => 1,
            (_, null) => -1,
            _ => ComparePre(Pre, other.Pre),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Major}.{Minor}.{Patch}{(Pre is null ? "" : "-" + Pre)}";

    // Semantic versioning 2.0, rule 11: part by part, numbers as numbers and below words, the longer one later.
    private static int ComparePre(string left, string right)
    {
        var (mine, others) = (left.Split('.'), right.Split('.'));
        foreach (var (own, other) in mine.Zip(others))
        {
            var order = (Number(own, out var a), Number(other, out var b)) switch
            {
                (true, true) => a.CompareTo(b),
                (true, false) => -1,
                (false, true) => 1,
                _ => string.CompareOrdinal(own, other),
            };
            if (order != 0)
            {
                return order;
            }
        }

        return mine.Length.CompareTo(others.Length);
    }

    private static bool Number(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
