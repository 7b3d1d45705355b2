namespace Gantry.Actors.Storage.Sqlite;

/// <summary>Reads entities, events and mail.</summary>
internal static class EventRows
{
    private const string Columns = "entity, seq, shard, pos, epoch, tag, ver, at, cause, caller, trace, body";

    private const string SnapshotSql = "SELECT seq, tag, state_ver, body FROM snapshot WHERE entity = ?";

    private const string HistorySql = $"SELECT {Columns} FROM event WHERE entity = ? AND seq > ? ORDER BY seq LIMIT ?";

    private const string TailSql = $"SELECT {Columns} FROM event WHERE shard = ? AND pos > ? ORDER BY pos LIMIT ?";

    private const string MailSql =
        "SELECT src_shard, src_pos, ord, dst_shard, entity, due_at, name, tag, ver, meta, loads, body FROM mail "
        + "WHERE due_at <= ? AND (due_at, src_shard, src_pos, ord) > (?, ?, ?, ?) ORDER BY due_at, src_shard, src_pos, ord";

    public static EntityImage Image(Connection connection, EntityAddress entity)
    {
        var find = connection.Prepare(SnapshotSql).Bind(1, entity);
        var snapshot = find.Step()
            ? new SnapshotRow(entity, find.Long(0), find.Text(1) ?? "", find.Int(2), find.Blob(3))
            : null;
        find.Reset();
        return new EntityImage(entity, snapshot, History(connection, entity, snapshot?.Sequence ?? 0, int.MaxValue));
    }

    public static List<EventRow> History(Connection connection, EntityAddress entity, long after, int max) =>
        Read(connection.Prepare(HistorySql).Bind(1, entity).Bind(2, after).Bind(3, max), entity);

    public static List<EventRow> Newest(Connection connection, int max) =>
        Read(connection.Prepare($"SELECT {Columns} FROM event ORDER BY rowid DESC LIMIT ?").Bind(1, max), known: null);

    public static List<EventRow> Tail(Connection connection, ShardId shard, long after, int max) =>
        Read(connection.Prepare(TailSql).Bind(1, shard.Value).Bind(2, after).Bind(3, max), known: null);

    public static List<MailRow> DueMail(
        Connection connection, IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, MailCursor? after, int max)
    {
        var wanted = shards.Select(s => s.Value).ToHashSet();
        var rows = new List<MailRow>();
        var place = after ?? new MailCursor(DateTimeOffset.MinValue, new MailId(-1, 0, 0));
        var find = connection.Prepare(MailSql).Bind(1, dueBefore)
            .Bind(2, place.DueAt).Bind(3, place.Id.SourceShard).Bind(4, place.Id.SourcePosition).Bind(5, place.Id.Ordinal);
        while (rows.Count < max && find.Step())
        {
            if (wanted.Contains(find.Int(3)))
            {
                rows.Add(new MailRow(
                    new MailId(find.Int(0), find.Long(1), find.Int(2)), new ShardId(find.Int(3)), find.Address(4), find.Time(5),
                    find.Text(6), find.Text(7) ?? "", find.Int(8), find.Blob(9), find.Int(10), find.Blob(11)));
            }
        }

        find.Reset();
        return rows;
    }

    private static List<EventRow> Read(Statement find, EntityAddress? known)
    {
        var rows = new List<EventRow>();
        while (find.Step())
        {
            rows.Add(new EventRow(
                known ?? find.Address(0), find.Long(1), new ShardId(find.Int(2)), find.Long(3), find.Long(4), find.Text(5) ?? "",
                find.Int(6), find.Time(7), find.Text(8) ?? "", find.Text(9) ?? "", find.Text(10), find.Blob(11)));
        }

        find.Reset();
        return rows;
    }
}
