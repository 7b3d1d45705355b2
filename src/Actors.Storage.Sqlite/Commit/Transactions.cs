namespace Gantry.Actors.Storage.Sqlite;

/// <summary>Small write transactions besides the lane's commits.</summary>
internal static class Transactions
{
    /// <summary>
    /// Runs work whose loss does no harm (snapshots, trimming) without a sync of its own: the log is in order, so the next commit's sync keeps
    /// it, and a power failure before that loses it whole.
    /// </summary>
    public static T RunUnsynced<T>(Connection connection, Func<T> work)
    {
        connection.Execute("PRAGMA synchronous = NORMAL");
        try
        {
            return Run(connection, work);
        }
        finally
        {
            connection.Execute("PRAGMA synchronous = FULL");
        }
    }

    /// <summary>Runs work in a transaction; a throw takes it back.</summary>
    /// <exception cref="LostAnswerException">The disk failed at the end.</exception>
    public static T Run<T>(Connection connection, Func<T> work)
    {
        connection.Prepare("BEGIN IMMEDIATE").Run();
        T result;
        try
        {
            result = work();
        }
        catch
        {
            connection.RollbackIfOpen();
            throw;
        }

        try
        {
            connection.Prepare("COMMIT").Run();
            return result;
        }
        catch (SqliteFailure e) when (e.MayBeOnDisk(connection))
        {
            throw new LostAnswerException(e);
        }
        catch
        {
            connection.RollbackIfOpen();
            throw;
        }
    }
}
