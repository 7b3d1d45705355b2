using System.Text;

namespace Gantry.Hocon;

/// <summary>
/// Does the substitutions. A path is looked for in the whole configuration first, then as the name of an environment variable.
/// Every work and size is bounded by <see cref="HoconLimits"/>.
/// </summary>
internal sealed class HoconResolver(ObjectNode root, IReadOnlyDictionary<string, string> environment)
{
    private readonly Dictionary<HoconNode, HoconValue?> _done = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<HoconNode> _busy = new(ReferenceEqualityComparer.Instance);

    public HoconObject ResolveRoot()
    {
        var value = (HoconObject)Resolve(root, 0)!;
        return Bounded(value);
    }

    /// <summary>The value of a node; null when it is an optional substitution of nothing.</summary>
    private HoconValue? Resolve(HoconNode node, int depth)
    {
        if (depth > HoconLimits.ResolveDepthMax)
        {
            throw new HoconException(
                node.At, "a substitution", $"more than {HoconLimits.ResolveDepthMax} lead to one another", "Shorten the chain");
        }

        if (_done.TryGetValue(node, out var known))
        {
            return known;
        }

        if (!_busy.Add(node))
        {
            throw new HoconException(
                node.At, "a substitution", "it leads back to itself", "Name a value that does not depend on this one");
        }

        var value = node switch
        {
            TextNode { IsNull: true } => new HoconNull(node.At),
            TextNode text => new HoconText(node.At, text.Text),
            ReferenceNode reference => Follow(reference, depth),
            ObjectNode fields => Fields(fields, depth),
            ArrayNode array => Bounded(new HoconArray(node.At, Items(array.Items, depth))),
            OverrideNode both => Override(both, depth),
            _ => Concat((ConcatNode)node, depth),
        };
        _busy.Remove(node);
        _done.Add(node, value);
        return value;
    }

    private List<HoconValue> Items(IReadOnlyList<HoconNode> nodes, int depth)
    {
        var items = new List<HoconValue>(nodes.Count);
        foreach (var node in nodes)
        {
            if (Resolve(node, depth + 1) is { } item)
            {
                items.Add(item);
            }
        }

        return items;
    }

    private HoconObject Fields(ObjectNode node, int depth)
    {
        var fields = new List<HoconField>(node.Fields.Count);
        foreach (var (name, value, comments) in node.Fields)
        {
            if (Resolve(value, depth + 1) is { } resolved)
            {
                fields.Add(new HoconField(name, resolved, comments));
            }
        }

        return Bounded(new HoconObject(node.At, fields));
    }

    private HoconValue? Override(OverrideNode both, int depth)
    {
        var newer = Resolve(both.Newer, depth + 1);
        if (newer is not null and not HoconObject)
        {
            return newer;
        }

        var older = Resolve(both.Older, depth + 1);
        return newer switch
        {
            null => older,
            HoconObject fields when older is HoconObject below => Bounded(Merge(below, fields, depth)),
            _ => newer,
        };
    }

    private HoconValue? Follow(ReferenceNode reference, int depth)
    {
        var found = Find(reference.Path, depth);
        if (found is null && environment.TryGetValue(reference.PathText, out var variable))
        {
            return new HoconText(reference.At, Bounded(reference.At, variable));
        }

        return found is not null || reference.IsOptional
            ? found
            : throw new HoconException(
                reference.At,
                $"${{{reference.PathText}}}",
                "no setting and no environment variable has that name",
                $"Set it, or write ${{?{reference.PathText}}} if it may be missing");
    }

    // Objects are walked without resolving them, so that a value may refer to its neighbour.
    private HoconValue? Find(IReadOnlyList<string> path, int depth)
    {
        HoconNode? node = root;
        for (var i = 0; i < path.Count; i++)
        {
            if (node is not ObjectNode fields)
            {
                return Walk(Resolve(node, depth + 1), path, i);
            }

            node = fields.Find(path[i]);
            if (node is null)
            {
                return null;
            }
        }

        return Resolve(node, depth + 1);
    }

    private static HoconValue? Walk(HoconValue? value, IReadOnlyList<string> path, int from)
    {
        for (var i = from; i < path.Count; i++)
        {
            value = value is HoconObject fields && fields.TryGet(path[i], out var field) ? field.Value : null;
        }

        return value;
    }

    private HoconValue? Concat(ConcatNode node, int depth)
    {
        var parts = new List<(HoconNode Node, HoconValue Value)>(node.Parts.Count);
        foreach (var part in node.Parts)
        {
            if (Resolve(part, depth + 1) is { } value)
            {
                parts.Add((part, value));
            }
        }

        var solid = parts.FindAll(p => !IsBlank(p.Node));
        if (solid.Count == 0)
        {
            return node.Parts.All(p => p is ReferenceNode || IsBlank(p)) ? null : new HoconText(node.At, "");
        }

        if (solid.Count == 1 && solid[0].Value is HoconObject or HoconArray or HoconNull)
        {
            return solid[0].Value;
        }

        if (solid.TrueForAll(p => p.Value is HoconObject))
        {
            return solid.Select(p => (HoconObject)p.Value).Aggregate((older, newer) => Bounded(Merge(older, newer, depth)));
        }

        if (solid.TrueForAll(p => p.Value is HoconArray))
        {
            return Append(node.At, solid.ConvertAll(p => (HoconArray)p.Value));
        }

        return Join(node, parts);
    }

    private static HoconArray Append(HoconPosition at, List<HoconArray> lists)
    {
        // Counted before it is built: a few substitutions can ask for any length.
        CheckCount(at, lists.Sum(l => l.Count));
        return new HoconArray(at, [.. lists.SelectMany(l => l.Items)]);
    }

    private static bool IsBlank(HoconNode node) => node is TextNode { IsQuoted: false } text && string.IsNullOrWhiteSpace(text.Text);

    private static HoconText Join(ConcatNode node, List<(HoconNode Node, HoconValue Value)> parts)
    {
        var text = new StringBuilder();
        foreach (var (part, value) in parts)
        {
            text.Append(value switch
            {
                HoconText one => one.Value,
                HoconNull => "null",
                _ => throw new HoconException(
                    part.At, "an object or list beside a text", "they cannot be joined", "Put a comma or a new line between them"),
            });
            Bounded(node.At, text.Length);
        }

        // Blanks before a substitution that gave nothing, and after it, are not part of the text.
        return new HoconText(node.At, node.Parts.Any(p => p is ReferenceNode { IsOptional: true }) ? text.ToString().Trim() : text.ToString());
    }

    private static HoconObject Merge(HoconObject older, HoconObject newer, int depth)
    {
        if (depth > HoconLimits.ResolveDepthMax)
        {
            throw new HoconException(newer.At, "an object", "it is nested too deep to be merged", "Write it flatter");
        }

        var fields = new List<HoconField>(older.Fields);
        foreach (var field in newer.Fields)
        {
            var index = fields.FindIndex(f => f.Name == field.Name);
            if (index < 0)
            {
                fields.Add(field);
            }
            else
            {
                fields[index] = fields[index].Value is HoconObject below && field.Value is HoconObject above
                    ? field with { Value = Merge(below, above, depth + 1) }
                    : field;
            }
        }

        return new HoconObject(older.At, fields);
    }

    private static T Bounded<T>(T value) where T : HoconValue
    {
        CheckCount(value.At, value.Count);
        return value;
    }

    private static void CheckCount(HoconPosition at, long count)
    {
        if (count > HoconLimits.ValuesMax)
        {
            throw new HoconException(
                at,
                "an object or list",
                $"it has more than {HoconLimits.ValuesMax} values after substitution",
                "Check for substitutions that repeat large parts");
        }
    }

    private static string Bounded(HoconPosition at, string text)
    {
        Bounded(at, text.Length);
        return text;
    }

    private static void Bounded(HoconPosition at, int length)
    {
        if (length > HoconLimits.TextCharsMax)
        {
            throw new HoconException(
                at, "a text", $"it has more than {HoconLimits.TextCharsMax} characters after substitution", "Shorten it");
        }
    }
}
