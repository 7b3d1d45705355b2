using System.Text;

namespace Gantry.Actors.Storage;

/// <summary>
/// What every store accepts in a text column: well-formed UTF-16, no U+0000, within the column's bound (end of engine 3.3). Checked
/// before a batch is sent, so that no caller can poison a lane.
/// </summary>
internal static class TextCheck
{
    public static void Check(string column, string? text, int charsMax)
    {
        if (text is not null && WhyNot(text, charsMax) is { } why)
        {
            throw new EncodeException($"text for {column} {why}");
        }
    }

    private static string? WhyNot(string text, int charsMax)
    {
        if (text.Length > charsMax)
        {
            return $"has {text.Length} characters, the bound is {charsMax}";
        }

        if (Ascii.IsValid(text))
        {
            return text.Contains('\0', StringComparison.Ordinal) ? "holds U+0000" : null;
        }

        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == 0)
            {
                return "holds U+0000";
            }
        }

        return IsWellFormed(text) ? null : "is not well-formed UTF-16";
    }

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>A commit that cannot become rows.</summary>
internal sealed class EncodeException(string message, bool isTooLarge = false) : Exception(message)
{
    public bool IsTooLarge { get; } = isTooLarge;
}
