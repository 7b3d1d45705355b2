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
        UpsertSql = $"INSERT INTO {Name} (key, entity, shard, rev, doc{names}) VALUES (?, ?, ?, ?, ?{marks}) "
            + $"ON CONFLICT (key) DO UPDATE SET rev = excluded.rev, doc = excluded.doc{sets} "
            + $"WHERE {Name}.entity = excluded.entity AND {Name}.rev <= excluded.rev";
        DeleteSql = $"DELETE FROM {Name} WHERE key = ? AND entity = ?";
    }

    /// <summary>Columns before the declared ones in <see cref="UpsertSql"/>.</summary>
    public const int FixedColumns = 5;

    public ViewSchema Schema { get; }

    public string Name { get; }

    public string UpsertSql { get; }

    public string DeleteSql { get; }

    /// <summary>What the table was made for: another shape needs another table.</summary>
    public string Shape => string.Join(',', Schema.Columns.Select(c => $"{c.Name}:{c.Type}"));

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
            + $"{columns}doc BLOB NOT NULL) WITHOUT ROWID");
        foreach (var column in Schema.Columns)
        {
            // The primary key is part of every index of such a table: ties are sorted by key already.
            connection.Execute($"CREATE INDEX {Name}__{column.Name} ON {Name} ({Quoted(column.Name)})");
        }
    }

    private void Rebuild(Connection connection, string file)
    {
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

            write.Run();
        }

        read.Reset();
        connection.Forget($"SELECT key, entity, shard, rev, doc FROM {Name}_old");
        connection.Execute($"DROP TABLE {Name}_old");
    }

    private static List<string> IndexesOf(Connection connection, string table)
    {
        var names = new List<string>();
        var find = connection.Prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL").Bind(1, table);
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
