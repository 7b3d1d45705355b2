namespace Gantry.Actors.Storage.Sqlite;

/// <summary>Writes snapshots outside the lane's commits.</summary>
internal static class SnapshotRows
{
    // A writer that was fenced adds nothing; an older snapshot than the one there changes nothing. One of the same revision
    // holds the same state, and replaces one that was damaged or has the shape of another release.
    private const string SaveSql =
        "INSERT INTO snapshot (entity, seq, tag, state_ver, body, sum) SELECT ?1, ?2, ?3, ?4, ?5, ?6 "
        + "WHERE EXISTS (SELECT 1 FROM lane WHERE incarnation = ?7 AND fenced = 0) "
        + "ON CONFLICT (entity) DO UPDATE SET seq = excluded.seq, tag = excluded.tag, state_ver = excluded.state_ver, body = excluded.body, "
        + "sum = excluded.sum "
        + "WHERE excluded.seq >= snapshot.seq";

    public static int Save(Connection connection, Incarnation me, IReadOnlyList<SnapshotRow> rows) => Transactions.RunUnsynced(connection, () =>
    {
        var save = connection.Prepare(SaveSql);
        var incarnation = me.ToString();
        var written = 0;
        foreach (var row in rows)
        {
            written += save.Bind(1, row.Entity).Bind(2, row.Sequence).Bind(3, row.Tag).Bind(4, row.StateVersion).Bind(5, row.Body)
                .BindSum(6).Bind(7, incarnation).Run();
        }

        return written;
    });
}
