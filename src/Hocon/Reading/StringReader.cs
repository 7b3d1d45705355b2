using System.Globalization;
using System.Text;

namespace Gantry.Hocon;

/// <summary>Reads quoted texts: JSON's, and triple-quoted ones that are taken as they are.</summary>
internal sealed class StringReader(TextCursor cursor)
{
    private const string Triple = "\"\"\"";

    /// <summary>Reads the text that begins with a quote here.</summary>
    public string Quoted()
    {
        var at = cursor.At;
        if (cursor.Current != '"')
        {
            throw new HoconException(at, "no quote", "a quoted text was expected", "Put it in double quotes");
        }

        return cursor.StartsWith(Triple) ? Raw(at) : Json(at);
    }

    private string Raw(HoconPosition at)
    {
        cursor.Skip(Triple.Length);
        var from = cursor.Index;
        while (!cursor.IsAtEnd)
        {
            // More than three quotes at the end: the first ones belong to the text.
            if (cursor.StartsWith(Triple) && cursor.Peek(Triple.Length) != '"')
            {
                var text = cursor.Since(from);
                cursor.Skip(Triple.Length);
                return text;
            }

            cursor.Next();
        }

        throw new HoconException(at, "a text in triple quotes", "it is not closed", "Close it with \"\"\"");
    }

    private string Json(HoconPosition at)
    {
        cursor.Next();
        var text = new StringBuilder();
        while (!cursor.IsAtEnd && cursor.Current != '\n')
        {
            if (cursor.Current == '"')
            {
                cursor.Next();
                return text.ToString();
            }

            text.Append(cursor.Current == '\\' ? Escape() : cursor.Current);
            cursor.Next();
        }

        throw new HoconException(
            at, "a quoted text", "it is not closed in its line", "Close it with \", or use \"\"\" for several lines");
    }

    // Leaves the cursor on the last character of the escape.
    private char Escape()
    {
        var at = cursor.At;
        cursor.Next();
        switch (cursor.Current)
        {
            case '"' or '\\' or '/':
                return cursor.Current;
            case 'n':
                return '\n';
            case 't':
                return '\t';
            case 'r':
                return '\r';
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'u':
                return Unicode(at);
            default:
                throw new HoconException(at, "a backslash", "it begins no known escape", "Write \\\\ for a backslash");
        }
    }

    private char Unicode(HoconPosition at)
    {
        var code = string.Concat(Enumerable.Range(1, 4).Select(cursor.Peek));
        if (!ushort.TryParse(code, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            throw new HoconException(at, "\\u", "four hex digits must follow", "Write it like \\u00e9");
        }

        cursor.Skip(4);
        return (char)value;
    }
}
