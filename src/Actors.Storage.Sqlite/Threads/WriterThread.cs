using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>
/// The only writer: one connection on a thread of its own, because the native library blocks. Jobs run in the order they came. After a
/// lost answer the connection is closed and opened again before the next job.
/// </summary>
internal sealed class WriterThread : IAsyncDisposable
{
    /// <summary>Jobs that may wait: one commit per lane, snapshots, trims. More are refused, not queued.</summary>
    public const int JobsMax = 256;

    // The rest of the log, written while the copier was at the others, is copied here when it is no more than this part of a whole one.
    private const int RestPart = 8;

    // The log is never longer than so many times the pages after which it is due, unless a reader holds it.
    private const int LongestLog = 4;

    private readonly BlockingCollection<IJob> _jobs = new(JobsMax);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _file;
    private readonly IReadOnlyDictionary<string, ViewTable> _tables;
    private readonly int _checkpointPages;
    private readonly ILogger _log;
    private readonly LogCopier _copier;
    private Writer? _writer;

    // Pages in the log, and those of them that are younger than the last copy.
    private int _pages;
    private int _rest;

    public WriterThread(
        string file, Connection connection, IReadOnlyDictionary<string, ViewTable> tables, int checkpointPages, ILogger log)
    {
        _file = file;
        _tables = tables;
        _checkpointPages = checkpointPages;
        _log = log;
        _writer = new Writer(connection, tables);
        _copier = new LogCopier(file, log);
        new Thread(Run) { IsBackground = true, Name = "gantry-sqlite-writer" }.Start();
    }

    /// <summary>Runs a job on the thread.</summary>
    /// <exception cref="StoreConnectionException">It did not run, failed, or its outcome is unknown.</exception>
    public Task<T> RunAsync<T>(Func<Writer, T> work, CancellationToken ct)
    {
        var job = new Job<T>(work, _file, ct);
        try
        {
            return _jobs.TryAdd(job) ? job.Result : Task.FromException<T>(Refused($"is behind by {JobsMax} jobs"));
        }
        catch (InvalidOperationException)
        {
            // The queue takes nothing more: the store was closed meanwhile.
            return Task.FromException<T>(Refused("has stopped"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_ended.Task.IsCompleted)
        {
            _jobs.CompleteAdding();
        }

        await _ended.Task.ConfigureAwait(false);
        _jobs.Dispose();
    }

    private StoreConnectionException Refused(string why) => new($"The writer of {_file} {why}. Nothing was done.", true);

    private void Run()
    {
        foreach (var job in _jobs.GetConsumingEnumerable())
        {
            if (!job.Run(WriterOrNull(job)))
            {
                Close();
            }

            CheckpointIfDue();
        }

        _copier.Dispose();
        if (_writer is not null)
        {
            Checkpoint(_writer.Connection, "PRAGMA wal_checkpoint(TRUNCATE)");
            Close();
        }

        _ended.SetResult();
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "Closed by Close, when it failed or the thread ends.")]
    private Writer? WriterOrNull(IJob job)
    {
        try
        {
            return _writer ??= new Writer(SqliteStore.OpenWriter(_file), _tables);
        }
        catch (SqliteFailure e)
        {
            job.Fail(e);
            return null;
        }
    }

    private void Close()
    {
        _writer?.Connection.Dispose();
        _writer = null;
    }

    // The copier does nearly all of it beside the writer. Only a log that is whole in the file begins anew, and while there is work something is
    // always younger than the copy: that rest is short, and is copied here, between two jobs.
    private void CheckpointIfDue()
    {
        if (_writer is null)
        {
            return;
        }

        var written = _writer.Connection.TakePagesWritten();
        (_pages, _rest) = (_pages + written, _rest + written);
        if (_pages >= _checkpointPages * LongestLog)
        {
            _copier.Wait();
            CopyRest(_writer.Connection);
        }
        else if (_pages >= _checkpointPages && !_copier.IsBusy)
        {
            if (_rest < _pages && _rest <= _checkpointPages / RestPart)
            {
                CopyRest(_writer.Connection);
            }
            else
            {
                _rest = 0;
                _copier.Start();
            }
        }
    }

    private void CopyRest(Connection connection)
    {
        (_pages, _rest) = (0, 0);
        Checkpoint(connection, LogCopier.CopySql);
    }

    private void Checkpoint(Connection connection, string sql)
    {
        try
        {
            _ = connection.Number(sql);
            _ = connection.TakePagesWritten();
        }
        catch (SqliteFailure e)
        {
            // The log keeps everything; the next turn tries again.
            SqliteStoreLog.CheckpointFailed(_log, _file, e.Message);
        }
    }

    /// <summary>The connection with its commit statements.</summary>
    internal sealed record Writer(Connection Connection, BatchCommit Commit)
    {
        public Writer(Connection connection, IReadOnlyDictionary<string, ViewTable> tables)
            : this(connection, new BatchCommit(connection, tables))
        {
        }
    }

    private interface IJob
    {
        /// <summary>False when the connection is of no further use.</summary>
        bool Run(Writer? writer);

        void Fail(SqliteFailure failure);
    }

    private sealed class Job<T>(Func<Writer, T> work, string file, CancellationToken ct) : IJob
    {
        private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Result => _result.Task;

        public bool Run(Writer? writer)
        {
            if (writer is null)
            {
                return true;
            }

            if (ct.IsCancellationRequested)
            {
                _result.SetCanceled(ct);
                return true;
            }

            try
            {
                _result.SetResult(work(writer));
                return true;
            }
            catch (LostAnswerException e)
            {
                _result.SetException(new StoreConnectionException(
                    $"The commit to {file} got no answer ({e.Message}). Resolve the lane before anything else.", false, e));
                return false;
            }
            catch (SqliteFailure e)
            {
                Fail(e);
                return writer.Connection is { IsInTransaction: false } && !e.IsInputOutput;
            }
            catch (Exception e)
            {
                _result.SetException(e);
                return false;
            }
        }

        public void Fail(SqliteFailure failure) => _result.SetException(failure.MayPass
            ? new StoreConnectionException($"{file} cannot be written: {failure.Message}. Nothing was done. {DiskTrouble.WayOut(failure, Path.GetDirectoryName(file)!)}", true, failure) // a file is in a folder
            : new InvariantException($"{file}: {failure.Message}. Stop the node; if the file is damaged, restore a backup."));
    }
}
