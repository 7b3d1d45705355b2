using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>Reads entities, events, mail and receipts.</summary>
internal static class Rows
{
    private const string EventColumns = "e.entity, e.seq, e.shard, e.pos, e.epoch, e.tag, e.ver, e.at, e.cause, e.caller, e.trace, e.body";

    public static SqlCall Snapshots(IReadOnlyList<EntityAddress> entities) =>
        new SqlCall("SELECT entity, seq, tag, state_ver, body FROM snapshot WHERE entity = ANY ($1)").Texts(entities, e => e.ToString());

    /// <summary>Events from each entity's snapshot on, its own included.</summary>
    public static SqlCall EventsFromSnapshots(IReadOnlyList<EntityAddress> entities) => new SqlCall(
        $"SELECT {EventColumns} FROM unnest($1) AS t(entity) LEFT JOIN snapshot s ON s.entity = t.entity "
        + "JOIN event e ON e.entity = t.entity AND e.seq >= coalesce(s.seq, 0) ORDER BY e.entity, e.seq").Texts(entities, e => e.ToString());

    public static SqlCall History(EntityAddress entity, long after, int max) =>
        new SqlCall($"SELECT {EventColumns} FROM event e WHERE e.entity = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3")
            .Text(entity.ToString()).Long(after).Int(max);

    public static SqlCall Tail(ShardId shard, long after, int max) =>
        new SqlCall($"SELECT {EventColumns} FROM event e WHERE e.shard = $1 AND e.pos > $2 ORDER BY e.pos LIMIT $3")
            .Int(shard.Value).Long(after).Int(max);

    /// <summary>The last position per shard: one look at the end of each shard's part of the index.</summary>
    public static SqlCall Heads() => new(
        "SELECT coalesce((SELECT e.pos FROM event e WHERE e.shard = s.shard ORDER BY e.pos DESC LIMIT 1), 0) FROM shard s ORDER BY s.shard");

    /// <summary>The newest events of all shards, by time: the end of each shard's part of the index, and the newest of those.</summary>
    public static SqlCall Newest(int max) => new SqlCall(
        "SELECT " + EventColumns + " FROM shard s CROSS JOIN LATERAL "
        + "(SELECT i.shard, i.pos FROM event i WHERE i.shard = s.shard ORDER BY i.pos DESC LIMIT $1) i "
        + "JOIN event e ON e.shard = i.shard AND e.pos = i.pos ORDER BY e.at DESC, e.pos DESC LIMIT $1").Int(max);

    /// <summary>Due mail after a place; a place before all is before every message.</summary>
    public static SqlCall DueMail(IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, MailCursor? after, int max)
    {
        var place = after ?? new MailCursor(DateTimeOffset.MinValue, new MailId(-1, 0, 0));
        return new SqlCall(
            "SELECT src_shard, src_pos, ord, dst_shard, entity, due_at, name, tag, ver, meta, loads, body FROM mail "
            + "WHERE dst_shard = ANY ($1) AND due_at <= $2 AND (due_at, src_shard, src_pos, ord) > ($3, $4, $5, $6) "
            + "ORDER BY due_at, src_shard, src_pos, ord LIMIT $7")
            .Ints(shards, s => s.Value).Long(dueBefore.UtcTicks).Long(place.DueAt.UtcTicks).Int(place.Id.SourceShard)
            .Long(place.Id.SourcePosition).Int(place.Id.Ordinal).Int(max);
    }

    public static SqlCall Receipt(EntityAddress entity, string key) =>
        new SqlCall("SELECT digest, seq, at, tag, ver, reply FROM receipt WHERE entity = $1 AND key = $2").Text(entity.ToString()).Text(key);

    public static SqlCall TrimReceipts(DateTimeOffset before, ReceiptScope scope, int max) => new SqlCall(
        "DELETE FROM receipt WHERE ctid = ANY (ARRAY (SELECT ctid FROM receipt WHERE at < $1 "
        + $"AND (split_part(entity, '/', 1) = ANY ($3)) = {(scope.IsAllBut ? "false" : "true")} ORDER BY at LIMIT $2))")
        .Long(before.UtcTicks).Int(max).Texts(scope.Kinds, kind => kind);

    public static SnapshotRow ReadSnapshot(NpgsqlDataReader r) =>
        new(EntityText.Parse(r.GetString(0)), r.GetInt64(1), r.GetString(2), r.GetInt32(3), Blob(r, 4));

    public static EventRow ReadEvent(NpgsqlDataReader r) => new(
        EntityText.Parse(r.GetString(0)), r.GetInt64(1), new ShardId(r.GetInt32(2)), r.GetInt64(3), r.GetInt64(4), r.GetString(5), r.GetInt32(6),
        Time(r, 7), r.GetString(8), r.GetString(9), OptionalText(r, 10), Blob(r, 11));

    public static MailRow ReadMail(NpgsqlDataReader r) => new(
        new MailId(r.GetInt32(0), r.GetInt64(1), r.GetInt32(2)), new ShardId(r.GetInt32(3)), EntityText.Parse(r.GetString(4)), Time(r, 5),
        OptionalText(r, 6), r.GetString(7), r.GetInt32(8), Blob(r, 9), r.GetInt32(10), Blob(r, 11));

    public static Func<NpgsqlDataReader, ReceiptRow> ReadReceipt(EntityAddress entity, string key) => r => new ReceiptRow(
        entity, key, OptionalText(r, 0), r.GetInt64(1), Time(r, 2), r.GetString(3), r.GetInt32(4), Blob(r, 5));

    public static byte[] Blob(NpgsqlDataReader r, int column) => r.GetFieldValue<byte[]>(column);

    public static DateTimeOffset Time(NpgsqlDataReader r, int column) => new(r.GetInt64(column), TimeSpan.Zero);

    private static string? OptionalText(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetString(column);
}
