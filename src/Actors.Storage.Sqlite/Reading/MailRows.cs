namespace Gantry.Actors.Storage.Sqlite;

/// <summary>Reads messages, waiting and parked.</summary>
internal static class MailRows
{
    public const string Columns = $"{SummedTable.MailColumns}, sum, loads";

    /// <summary>With what was said when it was parked.</summary>
    public const string ParkedColumns = $"{Columns}, parked_at, attempts, reason";

    /// <summary>Where a message seems to go whose row is damaged: no such kind exists, so it is parked.</summary>
    private const string DamagedKind = "damaged";

    private const int Summed = 11;
    private const int Sum = 11;
    private const int Loads = 12;

    private const string DueSql =
        $"SELECT {Columns} FROM mail WHERE due_at <= ? AND (due_at, src_shard, src_pos, ord) > (?, ?, ?, ?) "
        + "ORDER BY due_at, src_shard, src_pos, ord";

    public static List<MailRow> Due(
        Connection connection, IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, MailCursor? after, int max)
    {
        var wanted = shards.Select(s => s.Value).ToHashSet();
        var rows = new List<MailRow>();
        var place = after ?? new MailCursor(DateTimeOffset.MinValue, new MailId(-1, 0, 0));
        var find = connection.Prepare(DueSql).Bind(1, dueBefore)
            .Bind(2, place.DueAt).Bind(3, place.Id.SourceShard).Bind(4, place.Id.SourcePosition).Bind(5, place.Id.Ordinal);
        while (rows.Count < max && find.Step())
        {
            if (!IsWhole(find))
            {
                // Nobody knows whose it is: whoever asks gets it, and parks it.
                rows.Add(Damaged(find, shards.Count > 0 ? shards[0] : default));
            }
            else if (wanted.Contains(find.Int(3)))
            {
                rows.Add(Whole(find));
            }
        }

        find.Reset();
        return rows;
    }

    public static MailRow Read(Statement find) => IsWhole(find) ? Whole(find) : Damaged(find, default);

    public static ParkedMailRow ReadParked(Statement find)
    {
        var isWhole = find.Sum(0, Summed) + find.Long(Loads) + find.Sum(Loads + 1, 3) == find.Long(Sum);
        return isWhole
            ? new ParkedMailRow(Whole(find), find.Time(13), find.Int(14), find.Text(15) ?? "")
            : new ParkedMailRow(Damaged(find, default), DateTimeOffset.MinValue, 0, $"its row {SummedTable.Damaged}");
    }

    private static bool IsWhole(Statement find) => find.IsWhole(Summed, find.Long(Loads));

    private static MailId Id(Statement find) => new(find.Int(0), find.Long(1), find.Int(2));

    private static MailRow Whole(Statement find) => new(
        Id(find), new ShardId(find.Int(3)), find.Address(4), find.Time(5), find.Text(6), find.Text(7) ?? "", find.Int(8), find.Blob(9),
        find.Int(Loads), find.Blob(10));

    private static MailRow Damaged(Statement find, ShardId shard)
    {
        var id = Id(find);
        var to = new EntityAddress(DamagedKind, $"{id.SourceShard}-{id.SourcePosition}-{id.Ordinal}");
        return new MailRow(id, shard, to, DateTimeOffset.MinValue, null, DamagedKind, 0, [], 0, [])
        {
            Damage = $"the row of message {id} in the table mail {SummedTable.Damaged}: {SummedTable.NextStep}",
        };
    }
}
