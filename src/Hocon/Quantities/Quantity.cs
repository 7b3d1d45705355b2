using System.Globalization;

namespace Gantry.Hocon;

/// <summary>A number with a unit behind it.</summary>
internal static class Quantity
{
    // No exponent and few digits: a decimal cannot overflow while it is read.
    private const int CharsMax = 20;

    public static bool TrySplit(string text, out decimal number, out string unit)
    {
        var trimmed = text.AsSpan().Trim();
        var digits = 0;
        while (digits < trimmed.Length && (char.IsAsciiDigit(trimmed[digits]) || trimmed[digits] == '.'))
        {
            digits++;
        }

        unit = trimmed[digits..].Trim().ToString();
        number = 0;
        return digits is > 0 and <= CharsMax
            && decimal.TryParse(trimmed[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }
}
