using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Gantry.Devices;

/// <summary>
/// The adapter actor of one device (engine 7.1): the only holder of connections to it, or on every node but one the way to that holder. A derived
/// class turns its port into <see cref="DeviceCall{T}"/>s and says how to probe. Keeps nothing durable. Thread-safe.
/// </summary>
public abstract class DeviceAdapter : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly AdapterOptions _options;
    private readonly AdapterMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly AdapterKernel _kernel;
    private readonly AdapterCalls _calls = new();
    private readonly RestartBook _restarts = new();
    private readonly PassingLine? _passing;
    private readonly ITimer _timer;
    private readonly long _born;
    private AdapterLink _link;
    private bool _isDisposed; // a container that knows a service by two names disposes it twice
    private UptimeWatch? _uptime;
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
        _link = new AdapterLink(options.Address, Since);
        _passing = options.Relay is { } relay ? new PassingLine(options, relay, time) : null;
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

    /// <summary>How it stands; on a node that does not hold its connections, how it stood when its holder was last asked from here.</summary>
    public DeviceStatus Status => _passing?.Standing is { } told && !IsHolder ? told : Own;

    /// <summary>How often it was found to have lost its state.</summary>
    public long Rebirths => Interlocked.Read(ref _rebirths);

    /// <summary>Whether this node holds the device's connections. An adapter that does not passes calls on, and knows nothing of the device.</summary>
    internal bool IsHolder => _options.Relay?.IsHere(Kind, Key) ?? true;

    /// <summary>See <see cref="AdapterOptions.IsMeasuredAlone"/>.</summary>
    internal bool IsMeasuredAlone => _options.IsMeasuredAlone;

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

    private DeviceStatus Own
    {
        get
        {
            lock (_lock)
            {
                return new DeviceStatus(_kernel.State, At(_kernel.Since), _kernel.LastError, _kernel.Depth);
            }
        }
    }

    /// <summary>Monotonic time since birth.</summary>
    protected TimeSpan Now => _time.GetElapsedTime(_born);

    /// <summary>Fails what waits, cancels what runs and takes no more calls. Does not wait; <see cref="DisposeAsync"/> does.</summary>
    public void Stop()
    {
        AdapterLink link;
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
        foreach (var call in _calls.Waiting)
        {
            _calls.End(call, () => call.Fail(CallFailure.Unreachable, "the adapter was stopped", _time.GetUtcNow()));
        }
    }

    /// <summary>Stops and waits for calls under way to end.</summary>
    public async ValueTask DisposeAsync()
    {
        Stop();
        await _calls.EndedAsync().ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        if (!Interlocked.Exchange(ref _isDisposed, true))
        {
            _link.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Makes a call that the adapter of another node passed on, in the order and within the bounds of this one. It is not passed on again.</summary>
    public async ValueTask<PassedAnswer> ServeAsync(PassedCall call, CancellationToken ct)
    {
        if (!IsHolder)
        {
            return PassedAnswer.Moved;
        }

        using var trace = new Activity("device.passed");
        if (call.Trace is { } parent)
        {
            trace.SetParentId(parent);
        }

        trace.Start();
        var outcome = await HereAsync(
            new DeviceCall<ReadOnlyMemory<byte>>(call.Operation, call.Class, (http, token) => http.SendRawAsync(call.Request, token))
            {
                Sequence = call.Sequence,
                Deadline = call.Remaining,
            },
            ct).ConfigureAwait(false);
        return PassedAnswer.Of(outcome) with { Standing = Own };
    }

    /// <summary>
    /// Puts a call into the mailbox of the device's holder and waits for its end. A deadline that passes while waiting means nothing was sent; one
    /// that passes afterwards is <c>NoAnswer</c>.
    /// </summary>
    /// <exception cref="OperationCanceledException">The caller's own token; the device may still run the call to its end.</exception>
    protected ValueTask<DeviceOutcome<T>> CallAsync<T>(DeviceCall<T> call, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        return _passing is null || IsHolder ? HereAsync(call, ct) : ElsewhereAsync(_passing, call, ct);
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

    private async ValueTask<DeviceOutcome<T>> HereAsync<T>(DeviceCall<T> call, CancellationToken ct)
    {
        using var pending = new PendingCall<T>(_calls.Next(), call, call.Deadline ?? _options.Deadline, Now, _time, ct);
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

    private async ValueTask<DeviceOutcome<T>> ElsewhereAsync<T>(PassingLine line, DeviceCall<T> call, CancellationToken ct)
    {
        try
        {
            return await line.CallAsync(call, ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A bug of the call, and nothing here to start anew: the holder's adapter did not see it.
            AdapterLog.CallThrew(_logger, e, Kind, Key, call.Operation);
            return new DeviceOutcome<T>.NoAnswer($"the adapter threw: {e.Message}");
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

            _calls.Add(pending);
            _kernel.Submit(Now, pending.Id, pending.Kind, sequence, effects);
            _calls.MarkStarted(effects);
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
            _calls.End(pending, pending.Cancel);
            return;
        }

        var failure = state == DeviceState.Up ? CallFailure.Overloaded : CallFailure.Unreachable;
        _calls.End(pending, () => pending.Fail(failure, "its deadline passed while it waited behind other calls", Since()));
    }

    private void Tick()
    {
        var isHolder = IsHolder;
        List<AdapterEffect> effects = [];
        lock (_lock)
        {
            if (_isStopped)
            {
                return;
            }

            if (isHolder)
            {
                _kernel.Tick(Now, effects);
            }
            else
            {
                _kernel.GiveAway(Now, effects);
            }

            _calls.MarkStarted(effects);
        }

        Perform(effects);
    }

    private PendingCall? Perform(List<AdapterEffect> effects, bool keepsOne = false)
    {
        PendingCall? kept = null;
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case AdapterEffect.Start start when keepsOne && kept is null && _calls.Find(start.Call) is { } call:
                    kept = call;
                    break;
                case AdapterEffect.Start start when _calls.Find(start.Call) is { } call:
                    _calls.Track(call.Id, RunAsync(call, _link));
                    break;
                case AdapterEffect.Overload over when _calls.Find(over.Call) is { } call:
                    _calls.End(call, () => call.Fail(CallFailure.Overloaded, over.Why, default));
                    break;
                case AdapterEffect.FailFast fail when _calls.Find(fail.Call) is { } call:
                    EndUnsent(call);
                    break;
                case AdapterEffect.Probe:
                    _calls.Track(_calls.Next(), ProbeOnceAsync(_link));
                    break;
                case AdapterEffect.Moved moved:
                    Say(moved);
                    break;
            }
        }

        return kept;
    }

    private void EndUnsent(PendingCall call)
    {
        var (failure, why) = call.IsStarted
            ? (CallFailure.NoAnswer, "the adapter was restarted during the call")
            : (CallFailure.Unreachable, Status.LastError ?? "the device is down");
        _calls.End(call, () => call.Fail(failure, why, Since()));
    }

    // A call, then what may start because it has ended, one after the other: a queue of calls that end at once must not deepen the stack.
    private async Task RunAsync(PendingCall call, AdapterLink link)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        for (var ending = Send(call, link); ;)
        {
            (PendingCall Call, Task<CallEnd> Ending)? next = null;
            try
            {
                var end = await ending.ConfigureAwait(false);
                var follower = Step(link, effects => _kernel.Ended(Now, call.Id, end.Sign, end.Why, effects), keepsOne: true);
                _metrics.Ended(Kind, call.Operation, end.Result, Now - call.Came);

                // The next request leaves before anybody is told of this answer, and waits for no other thread: a queue of writes is one long wait
                // for the device.
                next = follower is null ? null : (follower, Send(follower, link));
                _calls.End(call, end.Publish);
            }
            catch (Exception e)
            {
                // A bug in the adapter, not a state of the device: whatever it knows may be wrong, so it starts anew.
                Restart(e, call.Operation, link);
                EndUnsent(call);
            }

            if (next is not { } following)
            {
                return;
            }

            (call, ending) = following;
        }
    }

    private Task<CallEnd> Send(PendingCall call, AdapterLink link)
    {
        Activity.Current = call.Cause;
        return call.RunAsync(link.Http, _options.MayWrite, link.Stopped);
    }

    private async Task ProbeOnceAsync(AdapterLink link)
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

    // The first call that may start is left to the caller if it wants one.
    private PendingCall? Step(AdapterLink link, Action<List<AdapterEffect>> step, bool keepsOne = false)
    {
        List<AdapterEffect> effects = [];
        lock (_lock)
        {
            if (link != _link || _isStopped)
            {
                return null;
            }

            step(effects);
            _calls.MarkStarted(effects);
        }

        return Perform(effects, keepsOne);
    }

    private void Restart(Exception why, string operation, AdapterLink link)
    {
        List<AdapterEffect> effects = [];
        int count;
        lock (_lock)
        {
            if (link != _link || _isStopped)
            {
                return;
            }

            count = _restarts.Note(Now);
            _link = new AdapterLink(_options.Address, Since);
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
                Tell(DeviceChange.Down);
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
}
