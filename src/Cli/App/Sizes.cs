using System.Globalization;

namespace Gantry.Cli;

/// <summary>Sizes as people write them: <c>8GiB</c>, <c>512MiB</c>, or bytes.</summary>
internal static class Sizes
{
    private static readonly (string Unit, long Bytes)[] s_units =
        [("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("B", 1)];

    public static long Parse(string text)
    {
        foreach (var (unit, bytes) in s_units)
        {
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase) &&
                long.TryParse(text[..^unit.Length].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) &&
                count <= long.MaxValue / bytes)
            {
                return count * bytes;
            }
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var plain)
            ? plain
            : throw new CliException(ExitCodes.Usage, $"\"{text}\" is no size") { Next = "write 8GiB, 512MiB or a number of bytes" };
    }

    public static string Show(long bytes)
    {
        foreach (var (unit, size) in s_units)
        {
            if (bytes >= size && bytes % size == 0)
            {
                return $"{bytes / size}{unit}";
            }
        }

        return bytes.ToString(CultureInfo.InvariantCulture);
    }
}
