namespace Gantry.Primitives;

/// <summary>
/// A clock that is moved by whoever tests: it stands still, or flows like the real one and can be pushed ahead besides. What falls due while it
/// is moved fires in the order of its times. Thread-safe.
/// </summary>
public sealed class VirtualClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly SortedSet<Timer> _timers = new(Comparer<Timer>.Create(
        (a, b) => a.Due != b.Due ? a.Due.CompareTo(b.Due) : a.Number.CompareTo(b.Number)));

    private readonly bool _flows;
    private readonly DateTimeOffset _start;
    private readonly long _started = System.GetTimestamp();
    private TimeSpan _pushed;
    private long _numbers;

    /// <summary>Makes a clock that begins at a time.</summary>
    /// <param name="start">The first time.</param>
    /// <param name="flows">Whether it goes on by itself.</param>
    public VirtualClock(DateTimeOffset start, bool flows)
    {
        _start = start;
        _flows = flows;
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return Now;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    private DateTimeOffset Now => _start + _pushed + (_flows ? System.GetElapsedTime(_started) : TimeSpan.Zero);

    /// <summary>Moves the clock ahead; timers on the way fire, those that a timer starts included.</summary>
    public void Advance(TimeSpan by)
    {
        DateTimeOffset end;
        lock (_lock)
        {
            end = Now + by;
        }

        while (NextUntil(end) is { } timer)
        {
            timer.Fire();
        }

        lock (_lock)
        {
            if (end > Now)
            {
                _pushed += end - Now;
            }

            foreach (var timer in _timers)
            {
                timer.Follow(Now);
            }
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new Timer(this, Interlocked.Increment(ref _numbers), () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    // The next timer that is due by then, with the clock set to its time.
    private Timer? NextUntil(DateTimeOffset end)
    {
        lock (_lock)
        {
            if (_timers.Min is not { } timer || timer.Due > end)
            {
                return null;
            }

            if (timer.Due > Now)
            {
                _pushed += timer.Due - Now;
            }

            timer.Took(Now);
            return timer;
        }
    }

    private sealed class Timer(VirtualClock clock, long number, Action fire) : ITimer
    {
        private ITimer? _real;
        private TimeSpan _period;
        private bool _isDisposed;

        public long Number { get; } = number;

        public DateTimeOffset Due { get; private set; } = DateTimeOffset.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                if (_isDisposed)
                {
                    return false;
                }

                clock._timers.Remove(this);
                _period = period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue : clock.Now + dueTime;
                if (Due != DateTimeOffset.MaxValue)
                {
                    clock._timers.Add(this);
                }

                Follow(clock.Now);
                return true;
            }
        }

        /// <summary>A clock that flows, and a timer that is due at once, need the real clock to fire by themselves.</summary>
        public void Follow(DateTimeOffset now)
        {
            if (Due == DateTimeOffset.MaxValue || (!clock._flows && Due > now))
            {
                _real?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                return;
            }

            var delay = Due > now ? Due - now : TimeSpan.Zero;
            if (delay.TotalMilliseconds > 4e9)
            {
                return; // farther than a real timer reaches; the next push looks again
            }

            _real ??= System.CreateTimer(static t => ((Timer)t!).RealDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _real.Change(delay, Timeout.InfiniteTimeSpan);
        }

        /// <summary>It fires now: the next time is a period later, or never.</summary>
        public void Took(DateTimeOffset now)
        {
            clock._timers.Remove(this);
            Due = _period > TimeSpan.Zero ? now + _period : DateTimeOffset.MaxValue;
            if (Due != DateTimeOffset.MaxValue)
            {
                clock._timers.Add(this);
            }

            Follow(now);
        }

        public void Fire() => fire();

        public void Dispose()
        {
            lock (clock._lock)
            {
                _isDisposed = true;
                clock._timers.Remove(this);
                _real?.Dispose();
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void RealDue()
        {
            lock (clock._lock)
            {
                if (_isDisposed || Due == DateTimeOffset.MaxValue)
                {
                    return;
                }

                if (Due > clock.Now)
                {
                    Follow(clock.Now); // real timers are a little early at times
                    return;
                }

                Took(clock.Now);
            }

            fire();
        }
    }
}
