namespace Gantry.Cli;

/// <summary>
/// Reads lines key by key: arrows move and go through the history, Tab completes, Ctrl-C drops the line, Ctrl-D on an empty one ends. The
/// history is kept in memory only: a line may hold what must not reach a disk.
/// </summary>
internal sealed class LineEditor(Func<ConsoleKeyInfo> readKey, TextWriter screen, Func<string, (string Word, IReadOnlyList<string> Choices)> complete)
{
    /// <summary>Lines remembered.</summary>
    public const int HistoryMax = 200;

    private const int LineMax = 4_096;

    private readonly List<string> _history = [];
    private string _line = "";
    private int _at;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<string> History => _history;

    /// <summary>A line, or null at the end.</summary>
    public string? Read(string prompt)
    {
        _line = "";
        _at = 0;
        var back = _history.Count;
        while (true)
        {
            Draw(prompt);
            var key = readKey();
            switch (key)
            {
                case { Key: ConsoleKey.Enter }:
                    screen.WriteLine();
                    Remember(_line);
                    return _line;
                case { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } when _line.Length == 0:
                    screen.WriteLine();
                    return null;
                case { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control }:
                    screen.WriteLine("^C");
                    Set("");
                    break;
                case { Key: ConsoleKey.Tab }:
                    Complete();
                    break;
                case { Key: ConsoleKey.UpArrow } when back > 0:
                    Set(_history[--back]);
                    break;
                case { Key: ConsoleKey.DownArrow } when back < _history.Count:
                    back++;
                    Set(back == _history.Count ? "" : _history[back]);
                    break;
                default:
                    Edit(key);
                    break;
            }
        }
    }

    /// <summary>Keeps a line that was read in another way.</summary>
    public void Remember(string line)
    {
        if (line.Trim().Length == 0 || (_history.Count > 0 && _history[^1] == line))
        {
            return;
        }

        _history.Add(line);
        if (_history.Count > HistoryMax)
        {
            _history.RemoveAt(0);
        }
    }

    private void Edit(ConsoleKeyInfo key)
    {
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow:
                _at = Math.Max(0, _at - 1);
                break;
            case ConsoleKey.RightArrow:
                _at = Math.Min(_line.Length, _at + 1);
                break;
            case ConsoleKey.Home:
                _at = 0;
                break;
            case ConsoleKey.End:
                _at = _line.Length;
                break;
            case ConsoleKey.Backspace when _at > 0:
                _line = _line.Remove(--_at, 1);
                break;
            case ConsoleKey.Delete when _at < _line.Length:
                _line = _line.Remove(_at, 1);
                break;
            default:
                if (!char.IsControl(key.KeyChar) && _line.Length < LineMax)
                {
                    _line = _line.Insert(_at++, key.KeyChar.ToString());
                }

                break;
        }
    }

    private void Complete()
    {
        var (word, choices) = complete(_line[.._at]);
        var common = PromptCompletion.Common(word, choices) + (choices.Count == 1 ? " " : "");
        if (choices.Count > 0 && common.Length > word.Length)
        {
            _line = _line[..(_at - word.Length)] + common + _line[_at..];
            _at += common.Length - word.Length;
        }
        else if (choices.Count > 1)
        {
            screen.WriteLine();
            screen.WriteLine(string.Join("  ", choices));
        }
    }

    private void Set(string line)
    {
        _line = line;
        _at = line.Length;
    }

    private void Draw(string prompt)
    {
        screen.Write($"\r{prompt}{_line}\u001b[K");
        if (_at < _line.Length)
        {
            screen.Write($"\u001b[{_line.Length - _at}D");
        }

        screen.Flush();
    }
}
