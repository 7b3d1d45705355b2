namespace Gantry.Actors.Storage.Sqlite;

/// <summary>Reads entities and events.</summary>
internal static class EventRows
{
    public const string Columns = "entity, seq, shard, pos, epoch, tag, ver, at, cause, caller, trace, body";

    private const string SnapshotSql = "SELECT entity, seq, tag, state_ver, body, sum FROM snapshot WHERE entity = ?";

    private const string HistorySql = $"SELECT {Columns}, sum FROM event WHERE entity = ? AND seq > ? ORDER BY seq LIMIT ?";

    private const string TailSql = $"SELECT {Columns}, sum FROM event WHERE shard = ? AND pos > ? ORDER BY pos LIMIT ?";

    public static EntityImage Image(Connection connection, EntityAddress entity)
    {
        var find = connection.Prepare(SnapshotSql).Bind(1, entity);
        var snapshot = find.Step()
            ? new SnapshotRow(entity, find.Long(1), find.Text(2) ?? "", find.Int(3), find.Blob(4))
            {
                Damage = find.IsWhole(5) ? null : $"the snapshot of {entity} {SummedTable.Damaged}: {SummedTable.NextStep}",
            }
            : null;
        find.Reset();
        return new EntityImage(entity, snapshot, History(connection, entity, (snapshot?.Sequence ?? 1) - 1, int.MaxValue));
    }

    public static List<EventRow> History(Connection connection, EntityAddress entity, long after, int max) =>
        Read(connection.Prepare(HistorySql).Bind(1, entity).Bind(2, after).Bind(3, max), entity);

    public static List<EventRow> Newest(Connection connection, int max) =>
        Read(connection.Prepare($"SELECT {Columns}, sum FROM event ORDER BY rowid DESC LIMIT ?").Bind(1, max), known: null);

    public static List<EventRow> Tail(Connection connection, ShardId shard, long after, int max) =>
        Read(connection.Prepare(TailSql).Bind(1, shard.Value).Bind(2, after).Bind(3, max), known: null);

    private static List<EventRow> Read(Statement find, EntityAddress? known)
    {
        var rows = new List<EventRow>();
        while (find.Step())
        {
            rows.Add(Whole(find, known) ?? Damaged(find, known));
        }

        find.Reset();
        return rows;
    }

    // One pass reads and sums: a load is mostly this. Numbers become what they mean only when the row is known to be whole.
    private static EventRow? Whole(Statement find, EntityAddress? known)
    {
        var row = new SummedReader(find);
        var entity = row.Text(keep: known is null);
        var (seq, shard, pos, epoch) = (row.Long(), row.Long(), row.Long(), row.Long());
        var tag = row.Text();
        var (version, at) = (row.Long(), row.Long());
        var (cause, caller, trace, body) = (row.Text(), row.Text(), row.TextOrNull(), row.Blob());
        return row.IsWhole()
            ? new EventRow(
                known ?? EntityAddress.Parse(entity), seq, new ShardId((int)shard), pos, epoch, tag, (int)version, new DateTimeOffset(at, TimeSpan.Zero),
                cause, caller, trace, body)
            : null;
    }

    // Numbers as they stand, for whoever goes on behind it; nothing of the rest is read, for it may be anything.
    private static EventRow Damaged(Statement find, EntityAddress? known)
    {
        var entity = known ?? new EntityAddress("damaged", $"{find.Int(2)}-{find.Long(3)}");
        return new EventRow(
            entity, find.Long(1), new ShardId(find.Int(2)), find.Long(3), find.Long(4), "damaged", 0, DateTimeOffset.MinValue, "", "", null, [])
        {
            Damage = $"the row of event {find.Long(1)} of {entity} {SummedTable.Damaged}: {SummedTable.NextStep}",
        };
    }
}
