using System.Collections.Immutable;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>Step 3 of the commit: view changes. An upsert that meets a row of another entity or a newer revision means a wrong projection.</summary>
internal sealed class ViewRows(Connection connection, IReadOnlyDictionary<string, ViewTable> tables)
{
    private readonly Dictionary<string, (Statement Upsert, Statement Delete)> _statements = new(StringComparer.Ordinal);

    /// <summary>Null when every row was written; else what to answer after the rollback.</summary>
    public CommitResult.Poisoned? Write(ImmutableArray<ViewRowOp> ops)
    {
        foreach (var op in ops)
        {
            if (!tables.ContainsKey(op.View.Name))
            {
                return new CommitResult.Poisoned("AF003", $"view {op.View.Name} was not declared when the store was opened");
            }

            if (op.IsDelete)
            {
                Delete(op);
            }
            else if (!Upsert(op))
            {
                return new CommitResult.Poisoned(
                    "AF003",
                    $"row {op.Key} of view {op.View.Name} belongs to another entity than {op.Entity}, or has a revision above {op.Revision}");
            }
        }

        return null;
    }

    private bool Upsert(ViewRowOp op)
    {
        var (upsert, _) = StatementsOf(op.View.Name);
        upsert.Bind(1, op.Key).Bind(2, op.Entity).Bind(3, op.Shard.Value).Bind(4, op.Revision).Bind(5, op.Document);
        var columns = op.View.Columns.Length;
        for (var i = 0; i < columns; i++)
        {
            upsert.BindValue(ViewTable.FixedColumns + 1 + i, op.Columns?[i]);
        }

        return upsert.BindSum(ViewTable.FixedColumns + 1 + columns).Run() == 1;
    }

    // Absent is fine; another entity's row stays.
    private void Delete(ViewRowOp op)
    {
        var (_, delete) = StatementsOf(op.View.Name);
        delete.Bind(1, op.Key).Bind(2, op.Entity).Run();
    }

    private (Statement Upsert, Statement Delete) StatementsOf(string view)
    {
        if (!_statements.TryGetValue(view, out var statements))
        {
            var table = tables[view];
            statements = (connection.Prepare(table.UpsertSql), connection.Prepare(table.DeleteSql));
            _statements.Add(view, statements);
        }

        return statements;
    }
}
