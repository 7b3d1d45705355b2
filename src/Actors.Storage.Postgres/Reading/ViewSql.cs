using System.Text;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>
/// A view question as SQL. The text depends on the question's form only, values are bound, so a handful of prepared statements
/// serves every caller. Nulls sort first, as in the other stores.
/// </summary>
internal sealed class ViewSql
{
    private const int TestsMax = 16;

    private readonly ViewTable _table;
    private readonly ViewRowQuery _query;
    private readonly StringBuilder _sql = new();
    private readonly List<(ViewColumnType Type, object? Value)> _values = [];

    private ViewSql(ViewTable table, ViewRowQuery query)
    {
        _table = table;
        _query = query;
    }

    /// <summary>The statement, and how its rows are read.</summary>
    public static (SqlCall Call, Func<Npgsql.NpgsqlDataReader, ViewRow> Read) Of(ViewTable table, ViewRowQuery query)
    {
        if (query.Where.Count > TestsMax)
        {
            throw new ArgumentException($"a view question has at most {TestsMax} tests, this one has {query.Where.Count}", nameof(query));
        }

        return new ViewSql(table, query).Make();
    }

    private (SqlCall Call, Func<Npgsql.NpgsqlDataReader, ViewRow> Read) Make()
    {
        var column = _query.OrderBy is null or "key" ? null : _query.OrderBy;
        var order = column is null ? null : ViewTable.Quoted(column);
        var orderType = TypeOf(column ?? "key");
        _sql.Append("SELECT key, entity, rev, doc, ").Append(order ?? "key");
        foreach (var declared in _query.WithColumns ? _table.Schema.Columns : [])
        {
            _sql.Append(", ").Append(ViewTable.Quoted(declared.Name));
        }

        _sql.Append(" FROM ").Append(_table.Name).Append(" WHERE true");
        foreach (var test in _query.Where)
        {
            _sql.Append(" AND ").Append(Test(test));
        }

        if (_query.After is { } after)
        {
            _sql.Append(" AND ").Append(After(order, orderType, after));
        }

        var direction = _query.Descending ? " DESC" : "";
        var nulls = _query.Descending ? " NULLS LAST" : " NULLS FIRST";
        _sql.Append(" ORDER BY ").Append(order is null ? "" : $"{order}{direction}{nulls}, ").Append("key").Append(direction)
            .Append(" LIMIT ").Append(Bind(ViewColumnType.Integer, (long)_query.Limit));
        var call = new SqlCall(_sql.ToString());
        foreach (var (type, value) in _values)
        {
            call = call.Value(type, value);
        }

        var hasOrder = _query.OrderBy is not null;
        return (call, r => new ViewRow(
            r.GetString(0), EntityText.Parse(r.GetString(1)), r.GetInt64(2), hasOrder ? ValueOf(r, 4, orderType) : null, Rows.Blob(r, 3))
        {
            Columns = _query.WithColumns ? ColumnsOf(_table.Schema, r, 5) : null,
        });
    }

    /// <summary>The declared columns of a row, which begin at a place.</summary>
    public static object?[] ColumnsOf(ViewSchema view, Npgsql.NpgsqlDataReader r, int from) =>
        [.. view.Columns.Select((c, i) => ValueOf(r, from + i, c.Type))];

    private static object? ValueOf(Npgsql.NpgsqlDataReader r, int index, ViewColumnType type)
    {
        if (r.IsDBNull(index))
        {
            return null;
        }

        return type == ViewColumnType.Integer ? r.GetInt64(index) : r.GetString(index);
    }

    private ViewColumnType TypeOf(string column)
    {
        if (column is "key" or "entity")
        {
            return ViewColumnType.Text;
        }

        return _table.Schema.Columns.FirstOrDefault(c => c.Name == column)?.Type
            ?? throw new InvalidOperationException($"view {_table.Schema.Name} declares no column {column}");
    }

    private string Test(ViewTest test)
    {
        var type = TypeOf(test.Column);
        var column = ViewTable.Quoted(test.Column);
        return (test.Kind, test.Value) switch
        {
            (ViewTestKind.Equal, null) => $"{column} IS NULL",
            (ViewTestKind.NotEqual, null) => $"{column} IS NOT NULL",
            (ViewTestKind.Equal, _) => $"{column} = {Bind(type, test.Value)}",
            (ViewTestKind.NotEqual, _) => $"{column} IS DISTINCT FROM {Bind(type, test.Value)}",
            (ViewTestKind.AtLeast, _) => $"{column} >= {Bind(type, test.Value)}",
            (ViewTestKind.AtMost, _) => $"{column} <= {Bind(type, test.Value)}",
            _ => $"starts_with({column}, {Bind(ViewColumnType.Text, test.Value)})",
        };
    }

    private string After(string? order, ViewColumnType type, ViewCursor after)
    {
        var beyond = _query.Descending ? "<" : ">";
        if (order is null)
        {
            return $"key {beyond} {Bind(ViewColumnType.Text, after.Key)}";
        }

        return (after.Order, _query.Descending) switch
        {
            (null, false) => $"({order} IS NOT NULL OR key > {Bind(ViewColumnType.Text, after.Key)})",
            (null, true) => $"({order} IS NULL AND key < {Bind(ViewColumnType.Text, after.Key)})",
            (_, false) => Beyond(order, type, after, ">", ""),
            (_, true) => Beyond(order, type, after, "<", $" OR {order} IS NULL"),
        };
    }

    private string Beyond(string order, ViewColumnType type, ViewCursor after, string than, string orNull)
    {
        var value = Bind(type, after.Order);
        return $"({order} {than} {value}{orNull} OR ({order} = {value} AND key {than} {Bind(ViewColumnType.Text, after.Key)}))";
    }

    private string Bind(ViewColumnType type, object? value)
    {
        _values.Add((type, value));
        return $"${_values.Count}";
    }
}
