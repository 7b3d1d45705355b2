using System.Collections.Concurrent;

namespace Gantry.Devices;

/// <summary>Calls that were accepted and have not ended, and the tasks that run for an adapter. Thread-safe.</summary>
internal sealed class AdapterCalls
{
    private readonly ConcurrentDictionary<long, PendingCall> _pending = new();
    private readonly ConcurrentDictionary<long, Task> _running = new();
    private long _last;

    /// <summary>A number that no other call or task of the adapter has.</summary>
    public long Next() => Interlocked.Increment(ref _last);

    public void Add(PendingCall call) => _pending[call.Id] = call;

    /// <summary>The call of that number; null when it has ended.</summary>
    public PendingCall? Find(long id) => _pending.GetValueOrDefault(id);

    /// <summary>Those that were not sent yet.</summary>
    public IEnumerable<PendingCall> Waiting => _pending.Values.Where(c => !c.IsStarted);

    /// <summary>Under the adapter's lock, with what its kernel wants done.</summary>
    public void MarkStarted(List<AdapterEffect> effects)
    {
        foreach (var effect in effects)
        {
            if (effect is AdapterEffect.Start start)
            {
                _pending[start.Call].IsStarted = true;
            }
        }
    }

    public void End(PendingCall call, Action publish)
    {
        _pending.TryRemove(call.Id, out _);
        publish();
    }

    /// <summary>So that disposal can wait for everything that was started.</summary>
    public void Track(long id, Task task)
    {
        _running[id] = task;
        _ = task.ContinueWith(
            (_, state) => _running.TryRemove((long)state!, out Task? _), id, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Ends when everything that was started has.</summary>
    public Task EndedAsync() => Task.WhenAll(_running.Values);
}
