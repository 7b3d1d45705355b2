namespace Gantry.Actors.Storage.Sqlite;

/// <summary>Step 2 of the commit: rows that nobody else writes, so that a conflict is a bug (<c>Poisoned</c>).</summary>
internal sealed class OwnRows(Connection connection)
{
    private readonly Statement _timer = connection.Prepare("DELETE FROM mail WHERE entity = ? AND name = ?");

    private readonly Statement _event = connection.Prepare(
        $"INSERT INTO event ({EventRows.Columns}, sum) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)");

    private readonly Statement _born = connection.Prepare(
        "INSERT INTO entity (entity, kind, shard, created_at, ended_at, sum) VALUES (?, ?, ?, ?, ?, ?)");

    // A row that is damaged stays so: a new sum would hide it.
    private readonly Statement _ended = connection.Prepare(
        $"UPDATE entity SET ended_at = ?1, sum = {RowSumFunction.Name}(entity, kind, shard, created_at, ?1) "
        + $"WHERE entity = ?2 AND sum = {SummedTable.Of("entity").Sum}");

    private readonly Statement _mail = connection.Prepare(
        $"INSERT INTO mail ({MailRows.Columns}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)");

    public void Write(CommitBatch batch)
    {
        foreach (var timer in batch.TimersReplaced)
        {
            _timer.Bind(1, timer.Entity).Bind(2, timer.Name).Run();
        }

        foreach (var row in batch.Events)
        {
            _event.Bind(1, row.Entity).Bind(2, row.Sequence).Bind(3, row.Shard.Value).Bind(4, row.Position).Bind(5, row.Epoch)
                .Bind(6, row.Tag).Bind(7, row.Version).Bind(8, row.At).Bind(9, row.Cause).Bind(10, row.Caller).Bind(11, row.Trace)
                .Bind(12, row.Body).BindSum(13).Run();
        }

        foreach (var row in batch.EntitiesBorn)
        {
            _born.Bind(1, row.Entity).Bind(2, row.Entity.Kind).Bind(3, row.Shard.Value).Bind(4, row.At)
                .BindNull(5).BindSum(6).Run();
        }

        foreach (var row in batch.EntitiesEnded)
        {
            _ended.Bind(1, row.At).Bind(2, row.Entity).Run();
        }

        foreach (var row in batch.Mail)
        {
            _mail.Bind(1, row.Id.SourceShard).Bind(2, row.Id.SourcePosition).Bind(3, row.Id.Ordinal).Bind(4, row.ToShard.Value)
                .Bind(5, row.To).Bind(6, row.DueAt).Bind(7, row.TimerName).Bind(8, row.Tag).Bind(9, row.Version).Bind(10, row.Meta)
                .Bind(11, row.Body).BindSum(12, row.Loads).Bind(13, row.Loads).Run();
        }
    }
}
