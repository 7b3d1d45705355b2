namespace Gantry.Actors.Cluster;

/// <summary>
/// Asks of one peer that are open here. Each holds one credit until it is answered, or until so long after its deadline that nobody will
/// answer it. Thread-safe.
/// </summary>
internal sealed class CreditBook(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, long> _open = [];
    private long _returned;

    /// <summary>Notes an ask. False: the peer has more out than it may.</summary>
    public bool TryOpen(long id, TimeSpan remaining)
    {
        var patience = TimeSpan.FromTicks(Math.Clamp(remaining.Ticks, 0, TimeSpan.TicksPerHour)) + LinkLimits.CreditGrace;
        lock (_gate)
        {
            if (_open.Count + _returned >= LinkLimits.CreditMax)
            {
                return false;
            }

            _returned += _open.Remove(id) ? 1 : 0;
            _open.Add(id, time.GetTimestamp() + (long)(patience.TotalSeconds * time.TimestampFrequency));
            return true;
        }
    }

    /// <summary>An ask was answered. True when it was open.</summary>
    public bool Close(long id)
    {
        lock (_gate)
        {
            var wasOpen = _open.Remove(id);
            _returned += wasOpen ? 1 : 0;
            return wasOpen;
        }
    }

    /// <summary>Forgets asks that nobody will answer. True when there was one.</summary>
    public bool Expire()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var late = _open.Where(o => o.Value < now).Select(o => o.Key).ToList();
            late.ForEach(id => _open.Remove(id));
            _returned += late.Count;
            return late.Count > 0;
        }
    }

    /// <summary>Credit to give back since the last time; 0 while it is less than <paramref name="atLeast"/>.</summary>
    public long TakeReturned(int atLeast)
    {
        lock (_gate)
        {
            return _returned >= atLeast ? Interlocked.Exchange(ref _returned, 0) : 0;
        }
    }
}
