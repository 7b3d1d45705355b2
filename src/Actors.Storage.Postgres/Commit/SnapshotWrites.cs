namespace Gantry.Actors.Storage.Postgres;

/// <summary>Writes snapshots outside the lane's commits.</summary>
internal static class SnapshotWrites
{
    // A writer that was fenced adds nothing; an older snapshot than the one there changes nothing. One of the same revision
    // holds the same state, and replaces one that was damaged or has the shape of another release.
    private const string SaveSql =
        "INSERT INTO snapshot (entity, seq, tag, state_ver, body) SELECT t.* FROM unnest($1, $2, $3, $4, $5) AS t "
        + "WHERE EXISTS (SELECT 1 FROM lane WHERE incarnation = $6 AND NOT fenced) "
        + "ON CONFLICT (entity) DO UPDATE SET seq = excluded.seq, tag = excluded.tag, state_ver = excluded.state_ver, body = excluded.body "
        + "WHERE excluded.seq >= snapshot.seq";

    public static SqlCall Save(Incarnation me, IReadOnlyList<SnapshotRow> rows)
    {
        // Newest last, each entity once: a statement may not touch a row twice.
        IReadOnlyList<SnapshotRow> newest = [.. rows.GroupBy(r => r.Entity).Select(g => g.MaxBy(r => r.Sequence)!).OrderBy(r => r.Entity.ToString(), StringComparer.Ordinal)];
        return new SqlCall(SaveSql).Texts(newest, r => r.Entity.ToString()).Longs(newest, r => r.Sequence).Texts(newest, r => r.Tag)
            .Ints(newest, r => r.StateVersion).Blobs(newest, r => r.Body).Uuid(me.Value);
    }
}
