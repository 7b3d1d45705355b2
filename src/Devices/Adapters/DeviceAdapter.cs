using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Gantry.Devices;

/// <summary>
/// The adapter actor of one device (engine 7.1): the only holder of connections to it. A derived class turns its port into
/// <see cref="DeviceCall{T}"/>s and says how to probe. Keeps nothing durable. Thread-safe.
/// </summary>
public abstract class DeviceAdapter : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly AdapterOptions _options;
    private readonly AdapterMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly AdapterKernel _kernel;
    private readonly ConcurrentDictionary<long, PendingCall> _pending = new();
    private readonly ConcurrentDictionary<long, Task> _running = new();
    private readonly Queue<TimeSpan> _restarts = new();
    private readonly ITimer _timer;
    private readonly long _born;
    private Link _link;
    private bool _isDisposed; // a container that knows a service by two names disposes it twice
    private UptimeWatch? _uptime;
    private long _lastCall;
    private long _rebirths;
    private bool _isStopped;

    /// <summary>Starts the actor in state <c>up</c>, with no connection yet.</summary>
    protected DeviceAdapter(AdapterOptions options, AdapterMetrics metrics, TimeProvider time, ILogger logger)
    {
        _options = options;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _born = time.GetTimestamp();
        _kernel = new AdapterKernel(options.WatchEvery);
        _link = new Link(options.Address, Since);
        var tick = TimeSpan.FromMilliseconds(250);
        _timer = time.CreateTimer(static a => ((DeviceAdapter)a!).Tick(), this, tick, tick);
        metrics.Add(this);
    }

    /// <summary>Kind of device.</summary>
    public string Kind => _options.Kind;

    /// <summary>Key of the device.</summary>
    public string Key => _options.Key;

    /// <summary>Where it is.</summary>
    public Uri Address => _options.Address;

    /// <summary>How it stands.</summary>
    public DeviceStatus Status
    {
        get
        {
            lock (_lock)
            {
                return new DeviceStatus(_kernel.State, At(_kernel.Since), _kernel.LastError, _kernel.Depth);
            }
        }
    }

    /// <summary>How often it was found to have lost its state.</summary>
    public long Rebirths => Interlocked.Read(ref _rebirths);

    /// <summary>Down, and asked by nobody any more.</summary>
    internal bool IsForgotten
    {
        get
        {
            lock (_lock)
            {
                return _kernel.IsForgotten(Now);
            }
        }
    }

    /// <summary>Age of the oldest waiting call.</summary>
    internal TimeSpan QueueAge
    {
        get
        {
            lock (_lock)
            {
                return _kernel.OldestWaiting is { } came ? Now - came : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Monotonic time since birth.</summary>
    protected TimeSpan Now => _time.GetElapsedTime(_born);

    /// <summary>Fails what waits, cancels what runs and takes no more calls. Does not wait; <see cref="DisposeAsync"/> does.</summary>
    public void Stop()
    {
        Link link;
        lock (_lock)
        {
            if (_isStopped)
            {
                return;
            }

            _isStopped = true;
            link = _link;
        }

        _timer.Dispose();
        _metrics.Remove(this);
        link.Cancel();
        foreach (var call in _pending.Values.Where(c => !c.IsStarted))
        {
            End(call, () => call.Fail(CallFailure.Unreachable, "the adapter was stopped", _time.GetUtcNow()));
        }
    }

    /// <summary>Stops and waits for calls under way to end.</summary>
    public async ValueTask DisposeAsync()
    {
        Stop();
        await Task.WhenAll(_running.Values).ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        if (!Interlocked.Exchange(ref _isDisposed, true))
        {
            _link.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Puts a call into the mailbox and waits for its end. A deadline that passes while waiting means nothing was sent; one that passes
    /// afterwards is <c>NoAnswer</c>.
    /// </summary>
    /// <exception cref="OperationCanceledException">The caller's own token; the device may still run the call to its end.</exception>
    protected async ValueTask<DeviceOutcome<T>> CallAsync<T>(DeviceCall<T> call, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        using var pending = new PendingCall<T>(
            Interlocked.Increment(ref _lastCall), call, call.Deadline ?? _options.Deadline, Now, _time, ct);
        if (!Submit(pending, call.Sequence))
        {
            return new DeviceOutcome<T>.Unreachable("the adapter was stopped", _time.GetUtcNow());
        }

        var registration = pending.GivenUp.Register(() => GiveUp(pending));
        await using (registration.ConfigureAwait(false))
        {
            return await pending.Done.ConfigureAwait(false);
        }
    }

    /// <summary>The cheapest read of the device.</summary>
    protected abstract Task<ProbeAnswer> ProbeAsync(DeviceHttp http, CancellationToken ct);

    /// <summary>Counts a rebirth that a derived class noticed itself, for example by empty tables.</summary>
    protected void ReportReborn()
    {
        Interlocked.Increment(ref _rebirths);
        AdapterLog.Reborn(_logger, Kind, Key);
        Tell(DeviceChange.Reborn);
    }

    /// <summary>Takes an uptime just read; true when the device is another life than the one seen before. Reports nothing.</summary>
    protected bool NoteUptime(TimeSpan sent, long uptimeSeconds)
    {
        lock (_lock)
        {
            (_uptime, var isReborn) = UptimeWatch.Next(_uptime, sent, Now, uptimeSeconds);
            return isReborn;
        }
    }

    private bool Submit(PendingCall pending, string sequence)
    {
        List<AdapterEffect> effects = [];
        lock (_lock)
        {
            if (_isStopped)
            {
                return false;
            }

            _pending[pending.Id] = pending;
            _kernel.Submit(Now, pending.Id, pending.Kind, sequence, effects);
            MarkStarted(effects);
        }

        Perform(effects);
        return true;
    }

    private void GiveUp<T>(PendingCall<T> pending)
    {
        DeviceState state;
        lock (_lock)
        {
            if (!_kernel.Abandon(pending.Id))
            {
                return;
            }

            state = _kernel.State;
        }

        if (pending.IsCallerGone)
        {
            End(pending, pending.Cancel);
            return;
        }

        var failure = state == DeviceState.Up ? CallFailure.Overloaded : CallFailure.Unreachable;
        End(pending, () => pending.Fail(failure, "its deadline passed while it waited behind other calls", Since()));
    }

    private void Tick()
    {
        List<AdapterEffect> effects = [];
        lock (_lock)
        {
            if (_isStopped)
            {
                return;
            }

            _kernel.Tick(Now, effects);
            MarkStarted(effects);
        }

        Perform(effects);
    }

    private void MarkStarted(List<AdapterEffect> effects)
    {
        foreach (var effect in effects)
        {
            if (effect is AdapterEffect.Start start)
            {
                _pending[start.Call].IsStarted = true;
            }
        }
    }

    private void Perform(List<AdapterEffect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case AdapterEffect.Start start when _pending.TryGetValue(start.Call, out var call):
                    Track(call.Id, RunAsync(call, _link));
                    break;
                case AdapterEffect.Overload over when _pending.TryGetValue(over.Call, out var call):
                    End(call, () => call.Fail(CallFailure.Overloaded, "", default));
                    break;
                case AdapterEffect.FailFast fail when _pending.TryGetValue(fail.Call, out var call):
                    EndUnsent(call);
                    break;
                case AdapterEffect.Probe:
                    Track(-Interlocked.Increment(ref _lastCall), ProbeOnceAsync(_link));
                    break;
                case AdapterEffect.Moved moved:
                    Say(moved);
                    break;
            }
        }
    }

    // Tracked, so that disposal can wait for everything that was started.
    private void Track(long id, Task task)
    {
        _running[id] = task;
        _ = task.ContinueWith(
            (_, state) => _running.TryRemove((long)state!, out Task? _), id, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void EndUnsent(PendingCall call)
    {
        var (failure, why) = call.IsStarted
            ? (CallFailure.NoAnswer, "the adapter was restarted during the call")
            : (CallFailure.Unreachable, Status.LastError ?? "the device is down");
        End(call, () => call.Fail(failure, why, Since()));
    }

    private async Task RunAsync(PendingCall call, Link link)
    {
        // A queue of calls that end at once must not deepen the stack.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        Activity.Current = call.Cause;
        try
        {
            var (sign, result, why, publish) = await call.RunAsync(link.Http, _options.MayWrite, link.Stopped).ConfigureAwait(false);
            Step(link, effects => _kernel.Ended(Now, call.Id, sign, why, effects));
            _metrics.Ended(Kind, call.Operation, result, Now - call.Came);
            End(call, publish);
        }
        catch (Exception e)
        {
            // A bug in the adapter, not a state of the device: whatever it knows may be wrong, so it starts anew.
            Restart(e, call.Operation, link);
            EndUnsent(call);
        }
    }

    private async Task ProbeOnceAsync(Link link)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            using var deadline = new CancellationTokenSource(_options.Deadline, _time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, link.Stopped);
            var sent = Now;
            ProbeAnswer answer;
            try
            {
                answer = await ProbeAsync(link.Http, both.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (both.IsCancellationRequested)
            {
                answer = new ProbeAnswer(new DeviceOutcome<NoContent>.NoAnswer("the probe was not answered in time"));
            }

            // Learned before the state moves, so that who hears "up" already sees the rebirth counted.
            var isYounger = answer.Uptime is { } uptime && NoteUptime(sent, uptime);
            if (isYounger || answer.IsEmpty)
            {
                ReportReborn();
            }

            var isLife = answer.Outcome is not (DeviceOutcome<NoContent>.Unreachable or DeviceOutcome<NoContent>.NoAnswer);
            var sign = isLife ? CallSign.Life : link.Stopped.IsCancellationRequested ? CallSign.None : CallSign.Failure;
            Step(link, effects => _kernel.ProbeEnded(Now, sign, answer.Outcome.Describe(), effects));
        }
        catch (Exception e)
        {
            Restart(e, "probe", link);
        }
    }

    private void Step(Link link, Action<List<AdapterEffect>> step)
    {
        List<AdapterEffect> effects = [];
        lock (_lock)
        {
            if (link != _link || _isStopped)
            {
                return;
            }

            step(effects);
            MarkStarted(effects);
        }

        Perform(effects);
    }

    private void Restart(Exception why, string operation, Link link)
    {
        List<AdapterEffect> effects = [];
        int count;
        lock (_lock)
        {
            if (link != _link || _isStopped)
            {
                return;
            }

            while (_restarts.TryPeek(out var first) && Now - first > AdapterLimits.RestartWindow)
            {
                _restarts.Dequeue();
            }

            _restarts.Enqueue(Now);
            count = _restarts.Count;
            _link = new Link(_options.Address, Since);
            _kernel.Restart(Now, $"the adapter threw: {why.Message}", count >= AdapterLimits.RestartsMax, effects);
        }

        AdapterLog.Restarted(_logger, why, Kind, Key, operation, count);
        if (count >= AdapterLimits.RestartsMax)
        {
            AdapterLog.Held(_logger, Kind, Key);
        }

        Perform(effects);
        link.Dispose();
    }

    private void End(PendingCall call, Action publish)
    {
        _pending.TryRemove(call.Id, out _);
        publish();
    }

    private void Say(AdapterEffect.Moved moved)
    {
        switch (moved.To)
        {
            case DeviceState.Up:
                AdapterLog.Up(_logger, Kind, Key);
                Tell(DeviceChange.Up);
                break;
            case DeviceState.Suspect:
                AdapterLog.Suspect(_logger, Kind, Key, moved.Why);
                break;
            default:
                AdapterLog.Down(_logger, Kind, Key, moved.Why);
                break;
        }
    }

    private void Tell(DeviceChange change)
    {
        try
        {
            _options.OnChange?.Invoke(Key, change);
        }
        catch (Exception e)
        {
            // The listener's bug is not the device's: the periodic resync makes up for a lost nudge.
            AdapterLog.ListenerThrew(_logger, e, Kind, Key);
        }
    }

    private DateTimeOffset At(TimeSpan moment) => _time.GetUtcNow() - (Now - moment);

    private DateTimeOffset Since()
    {
        lock (_lock)
        {
            return _kernel.State == DeviceState.Up ? _time.GetUtcNow() : At(_kernel.Since);
        }
    }

    /// <summary>The connections of one life of the adapter.</summary>
    private sealed class Link : IDisposable
    {
        private readonly HttpClient _client;
        private readonly CancellationTokenSource _stop = new();
        private int _isEnded;

        public Link(Uri address, Func<DateTimeOffset> since)
        {
            _client = DeviceClient.Create(address);
            Http = new DeviceHttp(_client, since);
            Stopped = _stop.Token;
        }

        public DeviceHttp Http { get; }

        public CancellationToken Stopped { get; }

        public void Cancel() => _stop.Cancel();

        // A container that knows the registry by two names disposes it twice.
        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isEnded, 1) != 0)
            {
                return;
            }

            _stop.Cancel();
            _client.Dispose();
            _stop.Dispose();
        }
    }
}
