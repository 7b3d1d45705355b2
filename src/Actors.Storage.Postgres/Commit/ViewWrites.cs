namespace Gantry.Actors.Storage.Postgres;

/// <summary>Step 3 of the commit: view rows in bulk, keys sorted so that lanes never wait for each other crosswise.</summary>
internal static class ViewWrites
{
    public static SqlCall Upsert(ViewTable table, IReadOnlyList<ViewRowOp> ops)
    {
        var call = new SqlCall(table.UpsertSql)
            .Texts(ops, o => o.Key).Texts(ops, o => o.Entity.ToString()).Ints(ops, o => o.Shard.Value).Longs(ops, o => o.Revision)
            .Blobs(ops, o => o.Document ?? []);
        for (var i = 0; i < table.Schema.Columns.Length; i++)
        {
            var column = i;
            call = table.Schema.Columns[i].Type == ViewColumnType.Integer
                ? call.OptionalLongs(ops, o => (long?)o.Columns?[column])
                : call.Texts(ops, o => (string?)o.Columns?[column]);
        }

        return call;
    }

    /// <summary>Absent is fine; another entity's row stays.</summary>
    public static SqlCall Delete(ViewTable table, IReadOnlyList<ViewRowOp> ops) =>
        new SqlCall(table.DeleteSql).Texts(ops, o => o.Key).Texts(ops, o => o.Entity.ToString());
}
