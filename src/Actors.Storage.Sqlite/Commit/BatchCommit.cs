namespace Gantry.Actors.Storage.Sqlite;

/// <summary>One commit of a lane, statement by statement in the order of engine 3.3. Runs on the writer's thread.</summary>
internal sealed class BatchCommit(Connection connection, IReadOnlyDictionary<string, ViewTable> tables)
{
    private static readonly CommitResult Committed = new CommitResult.Committed();

    private readonly Statement _begin = connection.Prepare("BEGIN IMMEDIATE");
    private readonly Statement _commit = connection.Prepare("COMMIT");
    private readonly LaneFence _fence = new(connection);
    private readonly LosableRows _losable = new(connection);
    private readonly OwnRows _own = new(connection);
    private readonly ViewRows _views = new(connection, tables);

    /// <summary>Commits, or leaves nothing behind and says why.</summary>
    /// <param name="ticket">The lane's right.</param>
    /// <param name="batch">The rows.</param>
    /// <param name="fault">Tests make the store fail here.</param>
    /// <exception cref="SqliteFailure">Before the end: nothing was done, the transaction is rolled back.</exception>
    /// <exception cref="LostAnswerException">At the end: it may be on disk.</exception>
    public CommitResult Run(LaneTicket ticket, CommitBatch batch, Action<CommitPoint>? fault)
    {
        _begin.Run();
        try
        {
            var refused = (CommitResult?)_fence.Pass(ticket, batch) ?? Write(batch);
            if (refused is not null)
            {
                connection.RollbackIfOpen();
                return refused;
            }

            fault?.Invoke(CommitPoint.Written);
        }
        catch (SqliteFailure e) when (e.IsAboutRows)
        {
            connection.RollbackIfOpen();
            return new CommitResult.Poisoned($"sqlite-{e.ExtendedCode}", e.Message);
        }
        catch (UnfitTextException e)
        {
            connection.RollbackIfOpen();
            return new CommitResult.Poisoned("text", e.Message);
        }
        catch (SqliteFailure)
        {
            connection.RollbackIfOpen();
            throw;
        }

        End(fault);
        return Committed;
    }

    private CommitResult? Write(CommitBatch batch)
    {
        if (_losable.Write(batch) is { } losers)
        {
            return losers;
        }

        _own.Write(batch);
        return _views.Write(batch.Views);
    }

    private void End(Action<CommitPoint>? fault)
    {
        try
        {
            fault?.Invoke(CommitPoint.AtEnd);
            _commit.Run();
            fault?.Invoke(CommitPoint.AfterEnd);
        }
        catch (SqliteFailure e) when (e.MayBeOnDisk(connection))
        {
            // The frames may be in the log or not: only reading the lane's row after a reopen tells.
            throw new LostAnswerException(e);
        }
        catch (SqliteFailure)
        {
            // Busy: still open, so it can be taken back for certain. Full: the library has done so.
            connection.RollbackIfOpen();
            throw;
        }
    }
}

/// <summary>Where tests can make a commit fail.</summary>
internal enum CommitPoint
{
    /// <summary>All rows are written, the end has not begun: a failure is certain.</summary>
    Written,

    /// <summary>In place of the end: nothing is on disk, and the caller cannot know.</summary>
    AtEnd,

    /// <summary>On disk, the caller does not know yet.</summary>
    AfterEnd,
}

/// <summary>The commit's own outcome is not known. The connection is of no further use.</summary>
internal sealed class LostAnswerException(SqliteFailure inner) : Exception(inner.Message, inner);
