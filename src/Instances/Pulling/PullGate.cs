using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// At most one pull of a VMM is in flight, whatever asked for it (vmm 3.5). Whoever only wants to know joins it; who was rung waits and then
/// makes one of its own, because a pull on its way may have read the state of before the ring. Thread-safe.
/// </summary>
internal sealed class PullGate
{
    private readonly Lock _lock = new();
    private readonly Dictionary<VmmId, Task<PullEnd>> _inFlight = [];

    /// <summary>The end of the pull in flight, else of one made now.</summary>
    public Task<PullEnd> JoinAsync(VmmId vmm, Func<Task<PullEnd>> pull, CancellationToken ct)
    {
        lock (_lock)
        {
            if (_inFlight.TryGetValue(vmm, out var running))
            {
                return running.WaitAsync(ct);
            }

            return Begin(vmm, pull);
        }
    }

    /// <summary>The end of a pull that begins after this call.</summary>
    public async Task<PullEnd> AnewAsync(VmmId vmm, Func<Task<PullEnd>> pull, CancellationToken ct)
    {
        while (true)
        {
            Task<PullEnd>? running;
            lock (_lock)
            {
                if (!_inFlight.TryGetValue(vmm, out running))
                {
                    running = null;
                }
            }

            if (running is not null)
            {
                await ((Task)running).WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                ct.ThrowIfCancellationRequested();
            }

            Task<PullEnd>? own = null;
            lock (_lock)
            {
                if (!_inFlight.ContainsKey(vmm))
                {
                    own = Begin(vmm, pull);
                }
            }

            if (own is not null)
            {
                return await own.ConfigureAwait(false);
            }
        }
    }

    private Task<PullEnd> Begin(VmmId vmm, Func<Task<PullEnd>> pull)
    {
        var task = RunAsync(vmm, pull);
        _inFlight[vmm] = task;
        return task;
    }

    private async Task<PullEnd> RunAsync(VmmId vmm, Func<Task<PullEnd>> pull)
    {
        // The caller holds the lock and has yet to note the task.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            return await pull().ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _inFlight.Remove(vmm);
            }
        }
    }
}
