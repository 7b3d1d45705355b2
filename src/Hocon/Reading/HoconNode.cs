namespace Gantry.Hocon;

/// <summary>What was written, before substitution.</summary>
internal abstract class HoconNode(HoconPosition at)
{
    public HoconPosition At { get; } = at;
}

internal sealed class TextNode(HoconPosition at, string text, bool isQuoted) : HoconNode(at)
{
    public string Text { get; } = text;

    public bool IsQuoted { get; } = isQuoted;

    public bool IsNull => !IsQuoted && Text == "null";
}

/// <summary><c>${path}</c> or <c>${?path}</c>.</summary>
internal sealed class ReferenceNode(HoconPosition at, IReadOnlyList<string> path, bool isOptional) : HoconNode(at)
{
    public IReadOnlyList<string> Path { get; } = path;

    public bool IsOptional { get; } = isOptional;

    public string PathText => string.Join('.', Path);
}

/// <summary>Parts written one after the other: texts are joined, objects merged, lists appended.</summary>
internal sealed class ConcatNode(HoconPosition at, IReadOnlyList<HoconNode> parts) : HoconNode(at)
{
    public IReadOnlyList<HoconNode> Parts { get; } = parts;
}

/// <summary>A name written twice: the newer counts; two objects are merged; a missing <c>${?x}</c> leaves the older.</summary>
internal sealed class OverrideNode(HoconNode older, HoconNode newer) : HoconNode(newer.At)
{
    public HoconNode Older { get; } = older;

    public HoconNode Newer { get; } = newer;
}

internal sealed class ArrayNode(HoconPosition at, IReadOnlyList<HoconNode> items) : HoconNode(at)
{
    public IReadOnlyList<HoconNode> Items { get; } = items;
}

internal sealed class ObjectNode(HoconPosition at) : HoconNode(at)
{
    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);
    private readonly List<(string Name, HoconNode Value, IReadOnlyList<string> Comments)> _fields = [];

    public IReadOnlyList<(string Name, HoconNode Value, IReadOnlyList<string> Comments)> Fields => _fields;

    public HoconNode? Find(string name) => _indexes.TryGetValue(name, out var index) ? _fields[index].Value : null;

    /// <summary>Writes a value at a path, making the objects on the way.</summary>
    public void Put(IReadOnlyList<string> path, HoconNode value, IReadOnlyList<string> comments)
    {
        var wrapped = value;
        for (var i = path.Count - 1; i > 0; i--)
        {
            var outer = new ObjectNode(value.At);
            outer.Put(path[i], wrapped, i == path.Count - 1 ? comments : []);
            wrapped = outer;
        }

        Put(path[0], wrapped, path.Count == 1 ? comments : []);
    }

    /// <summary>Takes everything of a newer object.</summary>
    public void Merge(ObjectNode newer)
    {
        foreach (var (name, value, comments) in newer._fields)
        {
            Put(name, value, comments);
        }
    }

    private void Put(string name, HoconNode value, IReadOnlyList<string> comments)
    {
        if (!_indexes.TryGetValue(name, out var index))
        {
            _indexes.Add(name, _fields.Count);
            _fields.Add((name, value, comments));
            return;
        }

        var (_, older, olderComments) = _fields[index];
        _fields[index] = (name, Over(older, value), comments.Count > 0 ? comments : olderComments);
    }

    // A literal hides what was there. Anything that holds a substitution is known only later.
    private static HoconNode Over(HoconNode older, HoconNode newer)
    {
        if (newer is TextNode or ArrayNode)
        {
            return newer;
        }

        if (newer is not ObjectNode newerObject)
        {
            return new OverrideNode(older, newer);
        }

        if (older is TextNode or ArrayNode)
        {
            return newer;
        }

        if (older is not ObjectNode olderObject)
        {
            return new OverrideNode(older, newer);
        }

        var both = new ObjectNode(olderObject.At);
        both.Merge(olderObject);
        both.Merge(newerObject);
        return both;
    }
}
