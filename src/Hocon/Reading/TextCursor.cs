namespace Gantry.Hocon;

/// <summary>Walks over a text and knows line and column.</summary>
internal sealed class TextCursor(string text, string file)
{
    public const char End = '\0';

    private int _line = 1;
    private int _lineStart;

    public int Index { get; private set; }

    public bool IsAtEnd => Index >= text.Length;

    public char Current => Index < text.Length ? text[Index] : End;

    public HoconPosition At => new(file, _line, Index - _lineStart + 1);

    public char Peek(int ahead) => Index + ahead < text.Length ? text[Index + ahead] : End;

    public bool StartsWith(string what) => string.CompareOrdinal(text, Index, what, 0, what.Length) == 0;

    public string Since(int index) => text[index..Index];

    public void Next()
    {
        if (Current == '\n' && !IsAtEnd)
        {
            _line++;
            _lineStart = Index + 1;
        }

        Index++;
    }

    public void Skip(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Next();
        }
    }

    /// <summary>Blanks within a line.</summary>
    public void SkipBlanks()
    {
        while (!IsAtEnd && Current != '\n' && (char.IsWhiteSpace(Current) || Current == '\uFEFF'))
        {
            Next();
        }
    }
}
