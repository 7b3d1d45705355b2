namespace Gantry.Actors.Storage.Sqlite;

/// <summary>Reads receipts and removes old ones.</summary>
internal static class ReceiptRows
{
    public const string FindSql = "SELECT entity, key, digest, seq, at, tag, ver, reply, sum FROM receipt WHERE entity = ? AND key = ?";

    // The kinds come as one text between commas, which no name of a kind has.
    private const string TrimSql =
        "DELETE FROM receipt WHERE rowid IN (SELECT rowid FROM receipt WHERE at < ? "
        + "AND (instr(?, ',' || substr(entity, 1, instr(entity, '/') - 1) || ',') > 0) = ? ORDER BY at LIMIT ?)";

    public static int Trim(Connection connection, DateTimeOffset before, ReceiptScope scope, int max) => Transactions.RunUnsynced(
        connection,
        () => connection.Prepare(TrimSql)
            .Bind(1, before).Bind(2, $",{string.Join(',', scope.Kinds)},").Bind(3, scope.IsAllBut ? 0 : 1).Bind(4, max).Run());

    public static ReceiptRow? Find(Statement find, EntityAddress entity, string key)
    {
        find.Bind(1, entity).Bind(2, key);
        try
        {
            if (!find.Step())
            {
                return null;
            }

            return find.IsWhole(8)
                ? new ReceiptRow(entity, key, find.Text(2), find.Long(3), find.Time(4), find.Text(5) ?? "", find.Int(6), find.Blob(7))
                : new ReceiptRow(entity, key, null, 0, DateTimeOffset.MinValue, "damaged", 0, [])
                {
                    Damage = $"the receipt of key {key} at {entity} {SummedTable.Damaged}: {SummedTable.NextStep}",
                };
        }
        finally
        {
            find.Reset();
        }
    }
}
