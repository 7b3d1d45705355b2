using Gantry.Actors.Storage;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Beats on a thread and a connection of its own, so that neither a full thread pool nor a full connection pool looks like death
/// (engine 5.1). A beat that is refused means that this incarnation is dead.
/// </summary>
internal sealed class BeatThread(
    IMembershipStore store, Incarnation me, ClusterOptions options, Func<System.Collections.Immutable.ImmutableArray<string>> unreachable,
    Action refused, TimeProvider time, ILogger log) : IDisposable
{
    private readonly ManualResetEventSlim _stop = new();
    private Thread? _thread;
    private long _lastAt;

    /// <summary>Time since the last beat that the store took.</summary>
    public TimeSpan Age => time.GetElapsedTime(Volatile.Read(ref _lastAt));

    public void Start()
    {
        Volatile.Write(ref _lastAt, time.GetTimestamp());
        _thread = new Thread(Run) { IsBackground = true, Name = "gantry-beat", Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    public void Dispose()
    {
        _stop.Set();

        // It may hang in a call to a store that does not answer; it ends with that call.
        if (_thread?.Join(options.Beat) != false)
        {
            _stop.Dispose();
        }
    }

    private void Run()
    {
        try
        {
            BeatUntilStopped();
        }
        finally
        {
            store.EndBeats(me);
        }
    }

    private void BeatUntilStopped()
    {
        var fails = false;
        do
        {
            try
            {
                if (!store.Beat(me, unreachable(), options.TimeToLive))
                {
                    refused();
                    return;
                }

                Volatile.Write(ref _lastAt, time.GetTimestamp());
                fails = false;
            }
            catch (Exception e)
            {
                // Whatever it is: others judge by the beats that arrive, and a thread that throws would end the process.
                if (!fails)
                {
                    RuntimeLog.BeatFails(log, e.Message);
                }

                fails = true;
            }
        }
        while (!_stop.Wait(options.Beat));
    }
}
