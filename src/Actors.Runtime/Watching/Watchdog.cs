using System.Collections.Concurrent;
using System.Diagnostics;

namespace Gantry.Actors.Runtime;

/// <summary>
/// A thread of its own that sees work which does not end: a decider, a projection or a fold that hangs (engine 4.4). It counts only time in
/// which it was itself woken on schedule, so a pause of the whole process accuses nobody.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    /// <summary>Work on one thing may take so long.</summary>
    public static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<Watch, byte> _watches = new();
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;

    public Watchdog()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "gantry-watch-dog", Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    /// <summary>Looks at a mark until the result is disposed. <paramref name="stuck"/> is called once per piece of work, on the watch-dog's thread.</summary>
    public IDisposable Look(WorkMark mark, Action<EntityAddress, string> stuck)
    {
        var watch = new Watch(this, mark, stuck);
        _watches.TryAdd(watch, 0);
        return watch;
    }

    public void Dispose()
    {
        _stop.Set();
        if (_thread != Thread.CurrentThread)
        {
            _thread.Join();
        }

        _stop.Dispose();
    }

    private void Run()
    {
        var before = TimeProvider.System.GetTimestamp();
        while (!_stop.Wait(Period))
        {
            var now = TimeProvider.System.GetTimestamp();
            var slept = TimeProvider.System.GetElapsedTime(before, now);
            before = now;
            if (slept > Period * 2 || Debugger.IsAttached)
            {
                continue;
            }

            foreach (var watch in _watches.Keys)
            {
                watch.Count(slept);
            }
        }
    }

    private sealed class Watch(Watchdog owner, WorkMark mark, Action<EntityAddress, string> stuck) : IDisposable
    {
        private long _turn;
        private TimeSpan _for;

        public void Count(TimeSpan slept)
        {
            if (!mark.TryLook(out var turn, out var entity, out var what))
            {
                _turn = 0;
                return;
            }

            if (turn != _turn)
            {
                (_turn, _for) = (turn, TimeSpan.Zero);
                return;
            }

            var before = _for;
            _for += slept;
            if (before < StuckAfter && _for >= StuckAfter)
            {
                stuck(entity, what);
            }
        }

        public void Dispose() => owner._watches.TryRemove(this, out _);
    }
}
