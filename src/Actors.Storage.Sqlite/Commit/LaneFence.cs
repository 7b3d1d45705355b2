namespace Gantry.Actors.Storage.Sqlite;

/// <summary>Steps a and b of the commit: the lane's row moves on by exactly one, and every touched shard is ours at its epoch.</summary>
internal sealed class LaneFence(Connection connection)
{
    private readonly Statement _advance = connection.Prepare(
        "UPDATE lane SET batch_no = ?4 WHERE incarnation = ?1 AND lane = ?2 AND session = ?3 AND batch_no = ?4 - 1 AND fenced = 0");

    private readonly Statement _lane = connection.Prepare(
        "SELECT session, batch_no, fenced FROM lane WHERE incarnation = ? AND lane = ?");

    private readonly Statement _shard = connection.Prepare("SELECT owner, epoch FROM shard WHERE shard = ?");

    // The text of an incarnation is asked for once a batch and hardly ever changes.
    private (Incarnation Value, string Text) _incarnation;

    /// <summary>Null when the batch may go on; else what to answer after the rollback.</summary>
    public CommitResult.Fenced? Pass(LaneTicket ticket, CommitBatch batch)
    {
        var incarnation = TextOf(ticket.Incarnation);
        var advanced = _advance.Bind(1, incarnation).Bind(2, ticket.Lane).Bind(3, ticket.Session).Bind(4, ticket.BatchNumber).Run();
        if (advanced != 1)
        {
            return WhyNot(ticket, incarnation);
        }

        foreach (var shard in batch.Shards)
        {
            _shard.Bind(1, shard.Shard.Value);
            var isThere = _shard.Step();
            var owner = isThere ? _shard.Text(0) : null;
            var epoch = isThere ? _shard.Long(1) : -1;
            _shard.Reset();
            if (owner != incarnation || epoch != shard.Epoch)
            {
                return new CommitResult.Fenced(
                    FenceReason.NotOwner,
                    $"shard {shard.Shard} belongs to {owner ?? "nobody"} at epoch {epoch}, the batch says {incarnation} at {shard.Epoch}");
            }
        }

        return null;
    }

    private string TextOf(Incarnation incarnation)
    {
        if (_incarnation.Value != incarnation || _incarnation.Text is null)
        {
            _incarnation = (incarnation, incarnation.ToString());
        }

        return _incarnation.Text;
    }

    private CommitResult.Fenced WhyNot(LaneTicket ticket, string incarnation)
    {
        _lane.Bind(1, incarnation).Bind(2, ticket.Lane);
        var isThere = _lane.Step();
        var (session, batch, isFenced) = isThere ? (_lane.Int(0), _lane.Long(1), _lane.Int(2) != 0) : (0, 0L, true);
        _lane.Reset();
        if (isFenced)
        {
            return new CommitResult.Fenced(
                FenceReason.Fenced, $"lane {ticket.Lane} of {incarnation} is {(isThere ? "fenced" : "not there")}");
        }

        return session != ticket.Session
            ? new CommitResult.Fenced(FenceReason.Session, $"session {session} is open, the batch is of session {ticket.Session}")
            : new CommitResult.Fenced(
                FenceReason.BatchNumber, $"batch {batch} was the last, the next is {batch + 1}, this one says {ticket.BatchNumber}");
    }
}
