namespace Gantry.Sled.Simulator;

/// <summary>
/// Rings for one VMM (D3, D4): one ring outstanding; changes meanwhile set one pending ring; a failed ring is tried again for ever, from
/// 250 ms doubling to 180 s, unless a newer change starts over. Thread-safe.
/// </summary>
internal sealed class VmmRinger(Guid vmm, IRingSender sender, RingContext context, Action<RingResult> answered) : IAsyncDisposable
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(180);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private long _wanted;
    private long _told;
    private Task _loop = Task.CompletedTask;
    private bool _isRunning;
    private TaskCompletionSource _newer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether nothing is being sent.</summary>
    public bool IsIdle => _loop.IsCompleted;

    /// <summary>Whether something changed that was not told yet.</summary>
    public bool HasMore
    {
        get
        {
            lock (_lock)
            {
                return _told != _wanted;
            }
        }
    }

    /// <summary>Something changed.</summary>
    public void Ring()
    {
        lock (_lock)
        {
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            _wanted++;
            _newer.TrySetResult();
            if (!_isRunning)
            {
                _isRunning = true;
                _loop = LoopAsync(_stop.Token);
            }
        }
    }

    /// <summary>Rings no more; an outstanding ring is cancelled.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _stop.Cancel();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Stop();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task LoopAsync(CancellationToken ct)
    {
        // The caller holds the sled's lock: go on elsewhere before anything is sent.
        await Task.Yield();
        var delay = First;
        while (Next() is { } target)
        {
            var result = await sender.SendAsync(vmm, ct).ConfigureAwait(false);
            ct.ThrowIfCancellationRequested();
            if (result.IsFinal)
            {
                Told(target);
                delay = First;
                answered(result);
                continue;
            }

            SimulatorLog.RingFailed(context.Log, vmm, result.Why, delay);
            delay = await IsSupersededAsync(target, delay, ct).ConfigureAwait(false) ? First : Min(delay * 2, Longest);
        }
    }

    private long? Next()
    {
        lock (_lock)
        {
            if (_told == _wanted)
            {
                _isRunning = false;
                return null;
            }

            _newer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _wanted;
        }
    }

    private void Told(long target)
    {
        lock (_lock)
        {
            _told = target;
        }
    }

    private async Task<bool> IsSupersededAsync(long target, TimeSpan delay, CancellationToken ct)
    {
        Task newer;
        lock (_lock)
        {
            if (_wanted != target)
            {
                return true;
            }

            newer = _newer.Task;
        }

        using var woken = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var wait = Task.Delay(delay, context.Time, woken.Token);
        var first = await Task.WhenAny(wait, newer).ConfigureAwait(false);
        await woken.CancelAsync().ConfigureAwait(false);
        ct.ThrowIfCancellationRequested();
        return first == newer;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}

/// <summary>Clock and log of rings.</summary>
internal sealed record RingContext(TimeProvider Time, ILogger Log);
