using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>The table of one view and the statements that write it. Names come from code, never from callers; they are checked anyway.</summary>
internal sealed class ViewTable
{
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
        var marks = string.Concat(columns.Select(_ => ", ?"));
        var sets = string.Concat(columns.Select(c => $", {Quoted(c.Name)} = excluded.{Quoted(c.Name)}"));
        Columns = $"key, entity, shard, rev, doc{names}";
        UpsertSql = $"INSERT INTO {Name} ({Columns}, sum) VALUES (?, ?, ?, ?, ?{marks}, ?) "
            + $"ON CONFLICT (key) DO UPDATE SET shard = excluded.shard, rev = excluded.rev, doc = excluded.doc{sets}, sum = excluded.sum "
            + $"WHERE {Name}.entity = excluded.entity AND {Name}.rev <= excluded.rev";
        DeleteSql = $"DELETE FROM {Name} WHERE key = ? AND entity = ?";
    }

    /// <summary>Columns before the declared ones in <see cref="UpsertSql"/>.</summary>
    public const int FixedColumns = 5;

    public ViewSchema Schema { get; }

    public string Name { get; }

    /// <summary>All columns but the sum, in the order of <see cref="UpsertSql"/>.</summary>
    public string Columns { get; }

    public string UpsertSql { get; }

    public string DeleteSql { get; }

    /// <summary>What the table was made for: another shape needs another table. Those without checksums were of another shape, too.</summary>
    public string Shape => string.Join(',', Schema.Columns.Select(c => $"{c.Name}:{c.Type}").Append("+sum"));

    /// <summary>The table as one of those whose rows are summed.</summary>
    public SummedTable Summed => new(Name, Columns, "key");

    /// <summary>A row of <see cref="Columns"/>, the sum, and what the answer is ordered by.</summary>
    public ViewRow Read(Statement find, bool hasOrder, bool withColumns)
    {
        var summed = FixedColumns + Schema.Columns.Length;
        return find.IsWhole(summed)
            ? new ViewRow(find.Text(0) ?? "", find.Address(1), find.Long(3), hasOrder ? find.Value(summed + 1) : null, find.Blob(4))
            {
                Columns = withColumns ? [.. Enumerable.Range(FixedColumns, Schema.Columns.Length).Select(find.Value)] : null,
            }
            : new ViewRow(find.Text(0) ?? "", new EntityAddress("damaged", "row"), find.Long(3), null, [])
            {
                Damage = $"row {find.Text(0)} of view {Schema.Name} {SummedTable.Damaged}: run gantry view rebuild {Schema.Name}",
            };
    }

    /// <summary>Makes the table, or makes it anew from the row documents when the declared columns changed.</summary>
    /// <exception cref="StoreRefusedException">The documents cannot be read in the new shape.</exception>
    public static void EnsureAll(Connection connection, ImmutableArray<ViewTable> tables, string file)
    {
        connection.Execute("BEGIN EXCLUSIVE");
        foreach (var table in tables)
        {
            var find = connection.Prepare("SELECT shape FROM view_shape WHERE name = ?").Bind(1, table.Schema.Name);
            var shape = find.Step() ? find.Text(0) : null;
            find.Reset();
            if (shape == table.Shape)
            {
                continue;
            }

            if (shape is null)
            {
                table.Create(connection);
            }
            else
            {
                table.Rebuild(connection, file);
            }

            connection.Prepare("INSERT OR REPLACE INTO view_shape VALUES (?, ?)")
                .Bind(1, table.Schema.Name).Bind(2, table.Shape).Run();
        }

        connection.Execute("COMMIT");
    }

    /// <summary>A column's name as SQL takes it, whatever word it is.</summary>
    public static string Quoted(string name) => $"\"{name}\"";

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 60 && name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_');

    private static string TypeOf(ViewColumn column) => column.Type == ViewColumnType.Integer ? "INTEGER" : "TEXT";

    private void Create(Connection connection)
    {
        var columns = string.Concat(Schema.Columns.Select(c => $"{Quoted(c.Name)} {TypeOf(c)}, "));
        connection.Execute(
            $"CREATE TABLE {Name} (key TEXT PRIMARY KEY, entity TEXT NOT NULL, shard INTEGER NOT NULL, rev INTEGER NOT NULL, "
            + $"{columns}doc BLOB NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID");
        foreach (var column in Schema.Columns)
        {
            // The primary key is part of every index of such a table: ties are sorted by key already.
            connection.Execute($"CREATE INDEX {Name}__{column.Name} ON {Name} ({Quoted(column.Name)})");
        }
    }

    private void Rebuild(Connection connection, string file)
    {
        var damaged = Existing(connection, Name).FindDamage(connection).FirstOrDefault();
        if (damaged is not null)
        {
            throw new StoreRefusedException(
                $"{file}: the columns of view {Schema.Name} changed, and {damaged}. Start the release that wrote it and run gantry view rebuild "
                + $"{Schema.Name}, or restore the backup made before the upgrade.");
        }

        connection.Execute($"ALTER TABLE {Name} RENAME TO {Name}_old");
        foreach (var index in IndexesOf(connection, $"{Name}_old"))
        {
            connection.Execute($"DROP INDEX {Quoted(index)}");
        }

        Create(connection);
        var read = connection.Prepare($"SELECT key, entity, shard, rev, doc FROM {Name}_old");
        var write = connection.Prepare(UpsertSql);
        while (read.Step())
        {
            var document = read.Blob(4);
            write.Bind(1, read.Text(0)).Bind(2, read.Text(1)).Bind(3, read.Long(2)).Bind(4, read.Long(3)).Bind(5, document);
            var row = ReadDocument(document, read.Text(0), file);
            for (var i = 0; i < Schema.Columns.Length; i++)
            {
                write.BindValue(FixedColumns + 1 + i, Schema.Columns[i].Read(row));
            }

            write.BindSum(FixedColumns + Schema.Columns.Length + 1).Run();
        }

        read.Reset();
        connection.Forget($"SELECT key, entity, shard, rev, doc FROM {Name}_old");
        connection.Execute($"DROP TABLE {Name}_old");
    }

    /// <summary>The view tables that a database has, whatever this release declares.</summary>
    public static List<SummedTable> Existing(Connection connection) =>
        [.. Names(connection.Prepare("SELECT name FROM view_shape ORDER BY name")).Select(n => Existing(connection, $"view_{n}"))];

    // The columns it has, in the order they were summed in.
    private static SummedTable Existing(Connection connection, string table)
    {
        string[] isFixed = ["key", "entity", "shard", "rev", "doc"];
        var declared = Names(connection.Prepare("SELECT name FROM pragma_table_info(?) ORDER BY cid").Bind(1, table))
            .Where(n => n != "sum" && !isFixed.Contains(n)).Select(Quoted);
        return new SummedTable(table, string.Join(", ", isFixed.Concat(declared)), "key");
    }

    private static List<string> IndexesOf(Connection connection, string table) => Names(
        connection.Prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL").Bind(1, table));

    private static List<string> Names(Statement find)
    {
        var names = new List<string>();
        while (find.Step())
        {
            names.Add(find.Text(0) ?? "");
        }

        find.Reset();
        return names;
    }

    private object ReadDocument(byte[] document, string? key, string file)
    {
        try
        {
            return System.Text.Json.JsonSerializer.Deserialize(document, Schema.RowType)
                ?? throw new System.Text.Json.JsonException("it is null");
        }
        catch (System.Text.Json.JsonException e)
        {
            throw new StoreRefusedException(
                $"{file}: row {key} of view {Schema.Name} cannot be read in this release's shape ({e.Message}). Start the release that wrote it, or "
                + "restore the backup made before the upgrade.");
        }
    }
}
