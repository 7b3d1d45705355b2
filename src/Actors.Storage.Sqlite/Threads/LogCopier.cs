using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>
/// Copies the log into the database beside the writer, on a connection and a thread of its own: a long log takes tens of milliseconds, and in the
/// writer's thread every command of that time would wait for it. One copy at a time, asked for by the writer alone, and only while pages wait
/// that are not in the file: so no copy ever begins while the writer starts the log anew, which older libraries do not survive in every case.
/// </summary>
internal sealed class LogCopier : IDisposable
{
    /// <summary>Copies what can be copied without waiting for anybody.</summary>
    public const string CopySql = "PRAGMA wal_checkpoint(PASSIVE)";

    private readonly string _file;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _asked = new(0, 1);
    private readonly ManualResetEventSlim _idle = new(initialState: true);
    private readonly Thread _thread;
    private Connection? _connection;
    private volatile bool _isOver;

    public LogCopier(string file, ILogger log)
    {
        _file = file;
        _log = log;
        _thread = new Thread(Run) { IsBackground = true, Name = "gantry-sqlite-copier" };
        _thread.Start();
    }

    /// <summary>A copy goes on.</summary>
    public bool IsBusy => !_idle.IsSet;

    /// <summary>Begins a copy; none goes on.</summary>
    public void Start()
    {
        _idle.Reset();
        _asked.Release();
    }

    /// <summary>Waits for the copy that goes on.</summary>
    public void Wait() => _idle.Wait();

    /// <summary>Waits for the copy that goes on, and closes the connection.</summary>
    public void Dispose()
    {
        Wait();
        _isOver = true;
        _asked.Release();
        _thread.Join();
        _asked.Dispose();
        _idle.Dispose();
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "Closed by Close, when it failed or the thread ends.")]
    private void Run()
    {
        while (true)
        {
            _asked.Wait();
            if (_isOver)
            {
                Close();
                return;
            }

            try
            {
                _connection ??= SqliteStore.OpenWriter(_file);
                _ = _connection.Number(CopySql);
            }
            catch (SqliteFailure e)
            {
                // The log keeps everything; the next turn tries again.
                SqliteStoreLog.CheckpointFailed(_log, _file, e.Message);
                Close();
            }

            _idle.Set();
        }
    }

    private void Close()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
