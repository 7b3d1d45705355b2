using System.Collections.Immutable;

namespace Gantry.Actors.Storage;

/// <summary>
/// Questions to a view of a memory store. Null sorts first and equals null; other tests of null fail, and anything differs from it.
/// Descending turns the order of ties round too.
/// </summary>
internal static class MemoryQuery
{
    public static ViewRowPage Run(MemoryTables tables, ViewRowQuery query)
    {
        if (!tables.Views.TryGetValue(query.View.Name, out var rows))
        {
            throw new InvalidOperationException($"view {query.View.Name} was not declared to the store");
        }

        if (query.Where.FirstOrDefault(t => t is { Column: "key", Kind: ViewTestKind.Equal }) is { Value: string key })
        {
            rows = rows.TryGetValue(key, out var only)
                ? ImmutableSortedDictionary<string, ViewCell>.Empty.Add(key, only)
                : ImmutableSortedDictionary<string, ViewCell>.Empty;
        }

        var tests = query.Where.Select(t => (Read: Reader(query.View, t.Column), Test: t)).ToArray();
        var order = query.OrderBy is { } column ? Reader(query.View, column) : static (_, _) => null;
        var sign = query.Descending ? -1 : 1;
        var found = rows
            .Where(row => tests.All(t => Holds(t.Test, t.Read(row.Key, row.Value))))
            .Select(row => new ViewRow(row.Key, row.Value.Entity, row.Value.Revision, order(row.Key, row.Value), row.Value.Document)
            {
                Columns = query.WithColumns ? [.. row.Value.Columns] : null,
            })
            .Where(row => query.After is not { } after || Compare(row.Order, row.Key, after.Order, after.Key) * sign > 0);
        var sorted = found.Order(Comparer<ViewRow>.Create((a, b) => Compare(a.Order, a.Key, b.Order, b.Key) * sign));
        return new ViewRowPage([.. sorted.Take(query.Limit)]);
    }

    private static Func<string, ViewCell, object?> Reader(ViewSchema view, string column)
    {
        if (column == "key")
        {
            return static (key, _) => key;
        }

        if (column == "entity")
        {
            return static (_, cell) => cell.Entity.ToString();
        }

        for (var i = 0; i < view.Columns.Length; i++)
        {
            if (view.Columns[i].Name == column)
            {
                var index = i;
                return (_, cell) => cell.Columns[index];
            }
        }

        throw new InvalidOperationException($"view {view.Name} declares no column {column}");
    }

    private static bool Holds(ViewTest test, object? value) => test.Kind switch
    {
        ViewTestKind.Equal => Compare(value, test.Value) == 0,
        ViewTestKind.NotEqual => Compare(value, test.Value) != 0,
        ViewTestKind.Prefix => value is string text && test.Value is string prefix && text.StartsWith(prefix, StringComparison.Ordinal),
        ViewTestKind.AtLeast => value is not null && test.Value is not null && Compare(value, test.Value) >= 0,
        ViewTestKind.AtMost => value is not null && test.Value is not null && Compare(value, test.Value) <= 0,
        _ => false,
    };

    private static int Compare(object? leftOrder, string leftKey, object? rightOrder, string rightKey)
    {
        var byOrder = Compare(leftOrder, rightOrder);
        return byOrder != 0 ? byOrder : Utf8Order.Instance.Compare(leftKey, rightKey);
    }

    private static int Compare(object? left, object? right) => (left, right) switch
    {
        (null, null) => 0,
        (null, _) => -1,
        (_, null) => 1,
        (string a, string b) => Utf8Order.Instance.Compare(a, b),
        _ => Convert.ToInt64(left).CompareTo(Convert.ToInt64(right)),
    };
}
