namespace Gantry.Actors.Storage.Sqlite;

/// <summary>Reads receipts and removes old ones.</summary>
internal static class ReceiptRows
{
    public const string FindSql = "SELECT digest, seq, at, tag, ver, reply FROM receipt WHERE entity = ? AND key = ?";

    private const string TrimSql =
        "DELETE FROM receipt WHERE rowid IN (SELECT rowid FROM receipt WHERE at < ? ORDER BY at LIMIT ?)";

    public static int Trim(Connection connection, DateTimeOffset before, int max) => Transactions.RunUnsynced(
        connection, () => connection.Prepare(TrimSql).Bind(1, before).Bind(2, max).Run());

    public static ReceiptRow? Find(Statement find, EntityAddress entity, string key)
    {
        find.Bind(1, entity).Bind(2, key);
        var row = find.Step()
            ? new ReceiptRow(entity, key, find.Text(0), find.Long(1), find.Time(2), find.Text(3) ?? "", find.Int(4), find.Blob(5))
            : null;
        find.Reset();
        return row;
    }
}
