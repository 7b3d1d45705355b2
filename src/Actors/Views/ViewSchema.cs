using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;

namespace Gantry.Actors;

/// <summary>
/// A read model: rows by key, each belonging to exactly one entity, written in the transaction of the events. Declared
/// columns are indexed and can be filtered and sorted by; the whole row is kept as a JSON document (engine 3.1, 3.2).
/// </summary>
public abstract class ViewSchema
{
    private protected ViewSchema(string name, JsonTypeInfo rowType, ImmutableArray<ViewColumn> columns)
    {
        Name = name;
        RowType = rowType;
        Columns = columns;
    }

    /// <summary>Lower snake case; the table is <c>view_&lt;name&gt;</c>.</summary>
    public string Name { get; }

    /// <summary>Writes and reads the row document.</summary>
    public JsonTypeInfo RowType { get; }

    /// <summary>Declared columns, in order.</summary>
    public ImmutableArray<ViewColumn> Columns { get; }
}

/// <summary>A read model whose rows are <typeparamref name="TRow"/>.</summary>
public sealed class ViewSchema<TRow> : ViewSchema where TRow : class
{
    /// <summary>Declares a view.</summary>
    public ViewSchema(string name, JsonTypeInfo<TRow> rowType, params ViewColumn<TRow>[] columns)
        : base(name, rowType, [.. columns.Select(c => c.Untyped())])
    {
    }

    /// <summary>An op that writes the row.</summary>
    public ViewOp Upsert(string key, TRow row) => new ViewOp.Upsert(this, key, row);

    /// <summary>An op that removes the row; absent is fine.</summary>
    public ViewOp Delete(string key) => new ViewOp.Delete(this, key);
}

/// <summary>A declared column.</summary>
/// <param name="Name">Lower snake case. <c>key</c> and <c>entity</c> exist in every view and are not declared.</param>
/// <param name="Type">Its type.</param>
/// <param name="Read">Takes the value (string, long or null) out of a row.</param>
public sealed record ViewColumn(string Name, ViewColumnType Type, Func<object, object?> Read);

/// <summary>A declared column of a typed row.</summary>
public sealed record ViewColumn<TRow>(string Name, ViewColumnType Type, Func<TRow, object?> Read) where TRow : class
{
    /// <summary>A text column.</summary>
    public static ViewColumn<TRow> Text(string name, Func<TRow, string?> read) => new(name, ViewColumnType.Text, read);

    /// <summary>A whole-number column.</summary>
    public static ViewColumn<TRow> Integer(string name, Func<TRow, long?> read) => new(name, ViewColumnType.Integer, r => read(r));

    internal ViewColumn Untyped() => new(Name, Type, row => Read((TRow)row));
}

/// <summary>Types of declared columns.</summary>
public enum ViewColumnType
{
    /// <summary>Text, compared by bytes.</summary>
    Text,

    /// <summary>A 64-bit number.</summary>
    Integer,
}

/// <summary>One change of one row. Data: areas hold no SQL.</summary>
public abstract record ViewOp(ViewSchema View, string Key)
{
    /// <summary>Writes a row.</summary>
    public sealed record Upsert(ViewSchema View, string Key, object Row) : ViewOp(View, Key);

    /// <summary>Removes a row.</summary>
    public sealed record Delete(ViewSchema View, string Key) : ViewOp(View, Key);
}
