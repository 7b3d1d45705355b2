using System.Collections.Immutable;

namespace Gantry.Actors;

/// <summary>A question to one view: equality, prefix and range tests, one order, keyset paging.</summary>
public sealed record ViewQuery<TRow>(ViewSchema<TRow> View) where TRow : class
{
    /// <summary>The most rows one query gives.</summary>
    public const int LimitMax = 1_000;

    /// <summary>Tests that must all hold.</summary>
    public ImmutableArray<ViewTest> Where { get; init; } = [];

    /// <summary>Column to sort by (ties by key); null sorts by key.</summary>
    public string? OrderBy { get; init; }

    /// <summary>Largest first.</summary>
    public bool Descending { get; init; }

    /// <summary>Rows after this place only.</summary>
    public ViewCursor? After { get; init; }

    /// <summary>Rows wanted, 1 to <see cref="LimitMax"/>.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Adds an equality test.</summary>
    public ViewQuery<TRow> WhereEqual(string column, object? value) =>
        this with { Where = Where.Add(new ViewTest(column, ViewTestKind.Equal, value)) };
}

/// <summary>One test on a declared column, or on <c>key</c> or <c>entity</c>.</summary>
/// <param name="Column">The column.</param>
/// <param name="Kind">The test.</param>
/// <param name="Value">A string, a long or null.</param>
public sealed record ViewTest(string Column, ViewTestKind Kind, object? Value);

/// <summary>Tests that every store can do.</summary>
public enum ViewTestKind
{
    /// <summary>Equal (null equals null).</summary>
    Equal,

    /// <summary>Not equal.</summary>
    NotEqual,

    /// <summary>Text that begins with the value.</summary>
    Prefix,

    /// <summary>At least the value.</summary>
    AtLeast,

    /// <summary>At most the value.</summary>
    AtMost,
}

/// <summary>A place in a sorted view: the sort column's value (null when sorted by key) and the key.</summary>
public sealed record ViewCursor(object? Order, string Key);

/// <summary>One row with its owner and revision.</summary>
public sealed record ViewItem<TRow>(string Key, EntityAddress Entity, long Revision, TRow Row) where TRow : class;

/// <summary>Rows, and the place to go on from; null when there was nothing more to see.</summary>
public sealed record ViewPage<TRow>(ImmutableArray<ViewItem<TRow>> Items, ViewCursor? Next) where TRow : class;
