namespace Gantry.Hocon;

/// <summary>Sizes in bytes as people write them: <c>64 KiB</c>, <c>10MB</c>, <c>512 B</c>. The unit is required.</summary>
public static class HoconSize
{
    /// <summary>What to write, for messages.</summary>
    public const string Form = "a number and one of B, KiB, MiB, GiB, TiB, kB, MB, GB, TB";

    /// <summary>Reads a size in bytes; false when it is none, no whole number of bytes or beyond 64 bits.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        if (!Quantity.TrySplit(text, out var number, out var unit) || BytesOf(unit) is not { } factor)
        {
            return false;
        }

        try
        {
            var exact = number * factor;
            bytes = (long)exact;
            return bytes == exact;
        }
        catch (OverflowException)
        {
            return false;
        }
    }

    private static decimal? BytesOf(string unit) => unit switch
    {
        "B" or "b" or "byte" or "bytes" => 1,
        "KiB" or "K" or "k" => 1L << 10,
        "MiB" or "M" => 1L << 20,
        "GiB" or "G" => 1L << 30,
        "TiB" or "T" => 1L << 40,
        "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        _ => null,
    };
}
