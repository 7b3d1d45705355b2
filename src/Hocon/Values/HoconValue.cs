using System.Diagnostics.CodeAnalysis;

namespace Gantry.Hocon;

/// <summary>A value with every substitution done.</summary>
public abstract class HoconValue
{
    private protected HoconValue(HoconPosition at, long count)
    {
        At = at;
        Count = count;
    }

    /// <summary>Where it was written.</summary>
    public HoconPosition At { get; }

    /// <summary>Values in it, itself counted.</summary>
    public long Count { get; }
}

/// <summary>A word, number, yes/no or quoted text; kinds are told apart by who reads it.</summary>
public sealed class HoconText : HoconValue
{
    internal HoconText(HoconPosition at, string value)
        : base(at, 1) => Value = value;

    /// <summary>The text, without quotes.</summary>
    public string Value { get; }

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>The word <c>null</c>: the setting has no value.</summary>
public sealed class HoconNull : HoconValue
{
    internal HoconNull(HoconPosition at)
        : base(at, 1)
    {
    }
}

/// <summary>A list of values, perhaps of several sorts.</summary>
public sealed class HoconArray : HoconValue
{
    internal HoconArray(HoconPosition at, IReadOnlyList<HoconValue> items)
        : base(at, 1 + items.Sum(i => i.Count)) => Items = items;

    /// <summary>Its items in order.</summary>
    public IReadOnlyList<HoconValue> Items { get; }
}

/// <summary>One named value of an object.</summary>
/// <param name="Name">The name, one path element.</param>
/// <param name="Value">The value.</param>
/// <param name="Comments">The comment lines directly above it, without their marks.</param>
public sealed record HoconField(string Name, HoconValue Value, IReadOnlyList<string> Comments);

/// <summary>An object: fields by name, in the order in which they were first written.</summary>
public sealed class HoconObject : HoconValue
{
    private readonly Dictionary<string, HoconField> _byName;

    internal HoconObject(HoconPosition at, IReadOnlyList<HoconField> fields)
        : base(at, 1 + fields.Sum(f => f.Value.Count))
    {
        Fields = fields;
        _byName = fields.ToDictionary(f => f.Name, StringComparer.Ordinal);
    }

    /// <summary>Its fields in order.</summary>
    public IReadOnlyList<HoconField> Fields { get; }

    /// <summary>Finds a field.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out HoconField? field) => _byName.TryGetValue(name, out field);

    /// <summary>The value at a dotted path, or null. Names that hold dots cannot be reached this way.</summary>
    public HoconValue? Find(string path)
    {
        HoconValue? at = this;
        foreach (var name in path.Split('.'))
        {
            at = at is HoconObject inside && inside.TryGet(name, out var field) ? field.Value : null;
        }

        return at;
    }

    /// <summary>The text at a dotted path, or null.</summary>
    public string? FindText(string path) => (Find(path) as HoconText)?.Value;
}
