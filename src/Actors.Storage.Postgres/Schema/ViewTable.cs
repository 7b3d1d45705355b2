using Gantry.Primitives;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>The table of one view and the statements that write it. Names come from code, never from callers; they are checked anyway.</summary>
internal sealed class ViewTable
{
    /// <summary>Columns before the declared ones in <see cref="UpsertSql"/>.</summary>
    public const int FixedColumns = 5;

    public ViewTable(ViewSchema schema)
    {
        Invariant.Check(IsName(schema.Name), $"view name {schema.Name} is lower snake case");
        foreach (var column in schema.Columns)
        {
            Invariant.Check(IsName(column.Name), $"column name {column.Name} of view {schema.Name} is lower snake case");
        }

        Schema = schema;
        Name = $"view_{schema.Name}";
        var columns = schema.Columns;
        var names = string.Concat(columns.Select(c => $", {Quoted(c.Name)}"));
        var arrays = string.Concat(columns.Select((c, i) => $", ${FixedColumns + i + 1}::{TypeOf(c)}[]"));
        var sets = string.Concat(columns.Select(c => $", {Quoted(c.Name)} = excluded.{Quoted(c.Name)}"));
        UpsertSql =
            $"WITH up AS (INSERT INTO {Name} (key, entity, shard, rev, doc{names}) "
            + $"SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::bigint[], $5::bytea[]{arrays}) "
            + $"ON CONFLICT (key) DO UPDATE SET rev = excluded.rev, doc = excluded.doc{sets} "
            + $"WHERE {Name}.entity = excluded.entity AND {Name}.rev <= excluded.rev RETURNING 1) "
            + $"SELECT expect(count(*), cardinality($1::text[]), '{schema.Name}') FROM up";
        DeleteSql = $"DELETE FROM {Name} v USING unnest($1::text[], $2::text[]) AS t(key, entity) WHERE v.key = t.key AND v.entity = t.entity";
    }

    public ViewSchema Schema { get; }

    public string Name { get; }

    public string UpsertSql { get; }

    public string DeleteSql { get; }

    /// <summary>What a table made for it is called by: its columns. One that got columns later has them at its end.</summary>
    public string Shape => string.Join(',', Schema.Columns.Select(Shaped));

    /// <summary>Makes the table with an index for each declared column.</summary>
    public string CreateSql
    {
        get
        {
            var columns = string.Concat(Schema.Columns.Select(c => $"{Quoted(c.Name)} {TypeOf(c)}{Collation(c)}, "));
            var indexes = string.Concat(Schema.Columns.Select(IndexSql));
            return $"CREATE TABLE {Name} (key text COLLATE \"C\" PRIMARY KEY, entity text COLLATE \"C\" NOT NULL, shard int NOT NULL, "
                + $"rev bigint NOT NULL, {columns}doc bytea NOT NULL); {indexes}";
        }
    }

    /// <summary>A table of this shape has all that is declared; releases before and after may have declared more.</summary>
    public bool Fits(string shape) => Schema.Columns.Select(Shaped).All(ColumnsOf(shape).Contains);

    /// <summary>
    /// How a table of an older shape gets what it lacks, so that nodes of the release before go on with it; null when a column has another type.
    /// A column that is not declared any more stays, and its name is not used again.
    /// </summary>
    public (string Shape, string Sql)? Additions(string shape)
    {
        var present = ColumnsOf(shape);
        var lacking = Schema.Columns.Where(c => !present.Contains(Shaped(c))).ToList();
        return lacking.Exists(c => present.Any(p => p.StartsWith($"{c.Name}:", StringComparison.Ordinal)))
            ? null
            : (string.Concat(lacking.Select(c => $",{Shaped(c)}")), string.Concat(lacking.Select(c =>
                $"ALTER TABLE {Name} ADD COLUMN {Quoted(c.Name)} {TypeOf(c)}{Collation(c)}; {IndexSql(c)}")));
    }

    /// <summary>A column's name as SQL takes it, whatever word it is.</summary>
    public static string Quoted(string name) => $"\"{name}\"";

    public static string TypeOf(ViewColumn column) => column.Type == ViewColumnType.Integer ? "bigint" : "text";

    private static string Collation(ViewColumn column) => column.Type == ViewColumnType.Integer ? "" : " COLLATE \"C\"";

    private static string Shaped(ViewColumn column) => $"{column.Name}:{column.Type}";

    private static HashSet<string> ColumnsOf(string shape) => [.. shape.Split(',', StringSplitOptions.RemoveEmptyEntries)];

    private string IndexSql(ViewColumn column) => $"CREATE INDEX ON {Name} ({Quoted(column.Name)} NULLS FIRST, key);";

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 60 && name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_');
}
