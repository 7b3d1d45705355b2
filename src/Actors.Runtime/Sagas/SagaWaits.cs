namespace Gantry.Actors.Runtime;

/// <summary>Who waits for which saga. Woken on the lane's thread, so it only completes signals. Thread-safe.</summary>
internal sealed class SagaWaits : ICommitListener
{
    private readonly Lock _gate = new();
    private readonly Dictionary<EntityAddress, List<SemaphoreSlim>> _waits = [];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Registers a wait; it must be given back by <see cref="Remove"/>.</summary>
    public SemaphoreSlim Add(EntityAddress saga)
    {
        var signal = new SemaphoreSlim(0);
        lock (_gate)
        {
            if (!_waits.TryGetValue(saga, out var list))
            {
                _waits.Add(saga, list = []);
            }

            list.Add(signal);
            _count++;
        }

        return signal;
    }

    public void Remove(EntityAddress saga, SemaphoreSlim signal)
    {
        lock (_gate)
        {
            var list = _waits[saga];
            list.Remove(signal);
            if (list.Count == 0)
            {
                _waits.Remove(saga);
            }

            _count--;
        }

        signal.Dispose();
    }

    public void Committed(IReadOnlyList<EntityAddress> entities)
    {
        if (Count == 0)
        {
            return;
        }

        lock (_gate)
        {
            foreach (var entity in entities)
            {
                if (_waits.TryGetValue(entity, out var list))
                {
                    list.ForEach(s => s.Release());
                }
            }
        }
    }

    public void Nudged(string reconciler, string key)
    {
        // Sagas have no use for doorbells.
    }
}
