using System.Text;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>
/// A view question as SQL. The text depends on the question's form only, values are bound, so a handful of prepared statements
/// serves every caller. Nulls sort first, as in memory.
/// </summary>
internal static class ViewSql
{
    public const int TestsMax = 16;

    public static ViewRowPage Run(Connection connection, ViewTable table, ViewRowQuery query)
    {
        Check(table, query);
        var find = connection.Prepare(Text(table, query));
        Bind(find, query);
        var rows = new List<ViewRow>(Math.Min(query.Limit, 128));
        while (find.Step())
        {
            rows.Add(table.Read(find, hasOrder: query.OrderBy is not null, query.WithColumns));
        }

        find.Reset();
        return new ViewRowPage(rows);
    }

    private static void Check(ViewTable table, ViewRowQuery query)
    {
        if (query.Where.Count > TestsMax)
        {
            throw new ArgumentException($"a view question has at most {TestsMax} tests, this one has {query.Where.Count}", nameof(query));
        }

        foreach (var column in query.Where.Select(t => t.Column).Append(query.OrderBy ?? "key"))
        {
            if (column is not ("key" or "entity") && table.Schema.Columns.All(c => c.Name != column))
            {
                throw new InvalidOperationException($"view {table.Schema.Name} declares no column {column}");
            }
        }
    }

    private static string Text(ViewTable table, ViewRowQuery query)
    {
        var order = query.OrderBy is { } column && column != "key" ? ViewTable.Quoted(column) : null;
        var sql = new StringBuilder($"SELECT {table.Columns}, sum, {order ?? "key"} FROM {table.Name} WHERE 1");
        foreach (var test in query.Where)
        {
            sql.Append(" AND ").Append(Test(test));
        }

        if (query.After is { } after)
        {
            sql.Append(" AND ").Append(AfterText(order, after, query.Descending));
        }

        var direction = query.Descending ? " DESC" : "";
        sql.Append(" ORDER BY ").Append(order is null ? "" : $"{order}{direction}, ").Append("key").Append(direction).Append(" LIMIT ?");
        return sql.ToString();
    }

    private static string Test(ViewTest test)
    {
        var column = ViewTable.Quoted(test.Column);
        return test.Kind switch
        {
            ViewTestKind.Equal => $"{column} IS ?",
            ViewTestKind.NotEqual => $"{column} IS NOT ?",
            ViewTestKind.AtLeast => $"{column} >= ?",
            ViewTestKind.AtMost => $"{column} <= ?",
            _ => $"({column} >= ? AND {column} < ?)",
        };
    }

    private static string AfterText(string? order, ViewCursor after, bool isDescending)
    {
        var beyond = isDescending ? "<" : ">";
        if (order is null)
        {
            return $"key {beyond} ?";
        }

        return (after.Order, isDescending) switch
        {
            (null, false) => $"({order} IS NOT NULL OR key > ?)",
            (null, true) => $"({order} IS NULL AND key < ?)",
            (_, false) => $"({order} > ? OR ({order} = ? AND key > ?))",
            (_, true) => $"({order} < ? OR {order} IS NULL OR ({order} = ? AND key < ?))",
        };
    }

    private static void Bind(Statement find, ViewRowQuery query)
    {
        var index = 1;
        foreach (var test in query.Where)
        {
            if (test is { Kind: ViewTestKind.Prefix, Value: string text })
            {
                var prefix = Encoding.UTF8.GetBytes(text);
                find.BindUtf8(index++, prefix).BindUtf8(index++, UpperEnd(prefix));
            }
            else if (test.Kind == ViewTestKind.Prefix)
            {
                find.BindNull(index++).BindNull(index++);
            }
            else
            {
                find.BindValue(index++, test.Value);
            }
        }

        if (query.After is { } after)
        {
            if (query.OrderBy is not (null or "key") && after.Order is not null)
            {
                find.BindValue(index++, after.Order).BindValue(index++, after.Order);
            }

            find.Bind(index++, after.Key);
        }

        find.Bind(index, query.Limit);
    }

    // The last byte of UTF-8 is never 0xFF: one more is above every text that begins so. 0xFF is above every text.
    private static byte[] UpperEnd(byte[] prefix)
    {
        if (prefix.Length == 0)
        {
            return [0xFF];
        }

        var end = prefix.ToArray();
        end[^1]++;
        return end;
    }
}
