namespace Gantry.Hocon;

/// <summary>Reads text into nodes. Recursive descent; the only recursion is one level per object or list, which is bounded.</summary>
internal sealed class HoconParser
{
    // What unquoted text cannot hold (HOCON, "Unquoted strings"), besides blanks and "//".
    private const string Reserved = "$\"{}[]:=,+#`^?!@*&\\";

    private readonly TextCursor _cursor;
    private readonly StringReader _strings;
    private readonly Func<HoconPosition, string, ObjectNode> _include;
    private readonly List<string> _comments = [];
    private int _nesting;

    private HoconParser(string text, string file, Func<HoconPosition, string, ObjectNode> include)
    {
        if (text.Length > HoconLimits.FileCharsMax)
        {
            throw new HoconException(
                new HoconPosition(file, 0, 0),
                $"the file has {text.Length} characters",
                $"at most {HoconLimits.FileCharsMax} are read",
                "Check that this is the configuration file that was meant");
        }

        _cursor = new TextCursor(text, file);
        _strings = new StringReader(_cursor);
        _include = include;
    }

    /// <summary>Reads a whole file: an object, its braces optional.</summary>
    public static ObjectNode ParseFile(string text, string file, Func<HoconPosition, string, ObjectNode> include)
    {
        var parser = new HoconParser(text, file, include);
        parser.SkipToContent();
        var hasBraces = parser._cursor.Current == '{' && !parser._cursor.IsAtEnd;
        var root = hasBraces ? parser.ParseObject() : parser.ParseFields(isRoot: true);
        parser.SkipToContent();
        return parser._cursor.IsAtEnd
            ? root
            : throw parser.Unexpected("the configuration ended here", "Remove what follows, or the brace too many before it");
    }

    /// <summary>Reads one value that stands alone, as from the environment.</summary>
    public static HoconNode ParseValue(string text, string file)
    {
        var parser = new HoconParser(text, file, (at, _) => throw NoInclude(at));
        parser.SkipToContent();
        var value = parser.ParseConcat();
        parser.SkipToContent();
        return parser._cursor.IsAtEnd ? value : throw parser.Unexpected("the value ended here", "Quote the text");
    }

    private static HoconException NoInclude(HoconPosition at) =>
        new(at, "an include", "only the top level of a file may include another one", "Move it out of the braces");

    private ObjectNode ParseObject()
    {
        using var level = Enter();
        var at = _cursor.At;
        _cursor.Next();
        var fields = ParseFields(isRoot: false);
        return _cursor.Current == '}' && !_cursor.IsAtEnd
            ? Leave(fields)
            : throw Unexpected($"the object opened at {at} is not closed", "Add the missing }");
    }

    private T Leave<T>(T value)
    {
        _cursor.Next();
        return value;
    }

    private ObjectNode ParseFields(bool isRoot)
    {
        var fields = new ObjectNode(_cursor.At);
        while (true)
        {
            SkipToContent();
            if (_cursor.IsAtEnd || _cursor.Current == '}')
            {
                return fields;
            }

            var at = _cursor.At;
            if (IsInclude())
            {
                fields.Merge(ParseInclude(at, isRoot));
            }
            else
            {
                ParseField(fields);
            }

            EndOfItem("}");
        }
    }

    private void ParseField(ObjectNode fields)
    {
        var comments = _comments.ToArray();
        _comments.Clear();
        var path = ParsePath(isReference: false);
        _cursor.SkipBlanks();
        if (_cursor.Current == '+' && _cursor.Peek(1) == '=')
        {
            throw new HoconException(
                _cursor.At, "+=", "appending is not part of the subset that Gantry reads", "Write the whole list with =");
        }

        if (_cursor.Current is '=' or ':')
        {
            _cursor.Next();
            SkipToContent();
        }
        else if (_cursor.Current != '{' || _cursor.IsAtEnd)
        {
            throw Unexpected($"{string.Join('.', path)} has no value", "Write = and a value, or { }");
        }

        fields.Put(path, ParseConcat(), comments);
    }

    private bool IsInclude()
    {
        if (!_cursor.StartsWith("include"))
        {
            return false;
        }

        var ahead = "include".Length;
        while (_cursor.Peek(ahead) is ' ' or '\t')
        {
            ahead++;
        }

        return _cursor.Peek(ahead) == '"' && ahead > "include".Length;
    }

    private ObjectNode ParseInclude(HoconPosition at, bool isRoot)
    {
        if (!isRoot || _nesting > 0)
        {
            throw NoInclude(at);
        }

        _cursor.Skip("include".Length);
        _cursor.SkipBlanks();
        return _include(at, _strings.Quoted());
    }

    private HoconNode ParseConcat()
    {
        var at = _cursor.At;
        var parts = new List<HoconNode>();
        while (true)
        {
            var blanksFrom = _cursor.Index;
            var blanksAt = _cursor.At;
            _cursor.SkipBlanks();
            if (EndsValue())
            {
                break;
            }

            if (_cursor.Index > blanksFrom && parts.Count > 0)
            {
                parts.Add(new TextNode(blanksAt, _cursor.Since(blanksFrom), isQuoted: false));
            }

            parts.Add(ParsePart());
        }

        return parts.Count switch
        {
            0 => throw Unexpected("a value is missing", "Write a value, or \"\" for an empty text"),
            1 => parts[0],
            _ => new ConcatNode(at, parts),
        };
    }

    private bool EndsValue() =>
        _cursor.IsAtEnd || _cursor.Current is '\n' or ',' or '}' or ']' or '#' || _cursor.StartsWith("//");

    private HoconNode ParsePart()
    {
        var at = _cursor.At;
        switch (_cursor.Current)
        {
            case '{':
                return ParseObject();
            case '[':
                return ParseArray();
            case '"':
                return new TextNode(at, _strings.Quoted(), isQuoted: true);
            case '$' when _cursor.Peek(1) == '{':
                return ParseReference();
            default:
                return new TextNode(at, Unquoted(stopAtDot: false), isQuoted: false);
        }
    }

    private ReferenceNode ParseReference()
    {
        var at = _cursor.At;
        _cursor.Skip(2);
        var isOptional = _cursor.Current == '?';
        if (isOptional)
        {
            _cursor.Next();
        }

        _cursor.SkipBlanks();
        var path = ParsePath(isReference: true);
        _cursor.SkipBlanks();
        return _cursor.Current == '}' && !_cursor.IsAtEnd
            ? Leave(new ReferenceNode(at, path, isOptional))
            : throw Unexpected("the substitution is not closed", "Write it as ${path} or ${?path}");
    }

    private ArrayNode ParseArray()
    {
        using var level = Enter();
        var at = _cursor.At;
        var items = new List<HoconNode>();
        _cursor.Next();
        while (true)
        {
            SkipToContent();
            if (_cursor.IsAtEnd)
            {
                throw Unexpected($"the list opened at {at} is not closed", "Add the missing ]");
            }

            if (_cursor.Current == ']')
            {
                return Leave(new ArrayNode(at, items));
            }

            items.Add(ParseConcat());
            EndOfItem("]");
        }
    }

    private List<string> ParsePath(bool isReference)
    {
        var path = new List<string>();
        while (true)
        {
            path.Add(_cursor.Current == '"' ? _strings.Quoted() : Unquoted(stopAtDot: true));
            if (path[^1].Length == 0)
            {
                throw Unexpected("a name is empty", "Write a name between the dots");
            }

            if (path.Count > HoconLimits.NestingMax)
            {
                throw Unexpected($"a path has more than {HoconLimits.NestingMax} names", "Write a shorter path");
            }

            if (_cursor.Current != '.')
            {
                return path;
            }

            _cursor.Next();
        }
    }

    private string Unquoted(bool stopAtDot)
    {
        var from = _cursor.Index;
        while (!_cursor.IsAtEnd
            && !char.IsWhiteSpace(_cursor.Current)
            && !Reserved.Contains(_cursor.Current, StringComparison.Ordinal)
            && !_cursor.StartsWith("//")
            && !(stopAtDot && _cursor.Current == '.'))
        {
            _cursor.Next();
        }

        return _cursor.Index > from
            ? _cursor.Since(from)
            : throw Unexpected("a name or value cannot begin with this", "Put the text in double quotes");
    }

    private void EndOfItem(string close)
    {
        _cursor.SkipBlanks();
        if (_cursor.IsAtEnd || _cursor.Current == '\n' || _cursor.StartsWith(close) || _cursor.StartsWith("#")
            || _cursor.StartsWith("//"))
        {
            return;
        }

        if (_cursor.Current == ',')
        {
            _cursor.Next();
            return;
        }

        throw Unexpected($"a new line, a comma or {close} was expected", "Put the text in double quotes, or close what is open");
    }

    // A comment belongs to the setting below it: not one behind a value, not one that a blank line parts from it.
    private void SkipToContent()
    {
        _comments.Clear();
        var newLines = 0;
        var ownLine = _cursor.Index == 0;
        while (!_cursor.IsAtEnd)
        {
            if (_cursor.Current == '#' || _cursor.StartsWith("//"))
            {
                var comment = Comment();
                if (ownLine)
                {
                    _comments.Add(comment);
                }

                newLines = 0;
            }
            else if (char.IsWhiteSpace(_cursor.Current) || _cursor.Current == '\uFEFF')
            {
                newLines += _cursor.Current == '\n' ? 1 : 0;
                ownLine |= _cursor.Current == '\n';
                if (newLines > 1)
                {
                    _comments.Clear();
                }

                _cursor.Next();
            }
            else
            {
                return;
            }
        }
    }

    private string Comment()
    {
        _cursor.Skip(_cursor.Current == '#' ? 1 : 2);
        var from = _cursor.Index;
        while (!_cursor.IsAtEnd && _cursor.Current != '\n')
        {
            _cursor.Next();
        }

        return _cursor.Since(from).Trim();
    }

    private Level Enter()
    {
        if (++_nesting > HoconLimits.NestingMax)
        {
            throw new HoconException(
                _cursor.At,
                "an object or list",
                $"at most {HoconLimits.NestingMax} may be inside each other",
                "Check for a brace or bracket that is not closed");
        }

        return new Level(this);
    }

    private HoconException Unexpected(string why, string next)
    {
        var what = _cursor.IsAtEnd ? "the end of the text" : $"\"{Show(_cursor.Current)}\"";
        return new HoconException(_cursor.At, what, why, next);
    }

    private static string Show(char c) => char.IsControl(c) || char.IsSurrogate(c) ? $"\\u{(int)c:x4}" : c.ToString();

    private readonly struct Level(HoconParser parser) : IDisposable
    {
        public void Dispose() => parser._nesting--;
    }
}
