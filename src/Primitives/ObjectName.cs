namespace Gantry.Primitives;

/// <summary>
/// The rule for names of objects (operator-experience 5): lower case letters, digits and dashes, begins with a letter,
/// does not end with a dash, at most 63 characters, and is not a UUID.
/// </summary>
public static class ObjectName
{
    /// <summary>The longest name, in characters.</summary>
    public const int LengthMax = 63;

    /// <summary>The longest description, in characters.</summary>
    public const int DescriptionLengthMax = 512;

    /// <summary>Says whether a text is a name.</summary>
    public static bool IsValid(string text) => WhyNot(text) is null;

    /// <summary>Null when the text is a name, else the rule that it breaks.</summary>
    public static string? WhyNot(string text)
    {
        if (text.Length == 0)
        {
            return "a name has at least one character";
        }

        if (text.Length > LengthMax)
        {
            return $"a name has at most {LengthMax} characters, this one has {text.Length}";
        }

        if (text[0] is < 'a' or > 'z')
        {
            return "a name begins with a lower case letter";
        }

        if (text[^1] == '-')
        {
            return "a name does not end with a dash";
        }

        if (!text.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-'))
        {
            return "a name holds lower case letters, digits and dashes only";
        }

        return Guid.TryParse(text, out _) ? "a UUID is not a name" : null;
    }
}
