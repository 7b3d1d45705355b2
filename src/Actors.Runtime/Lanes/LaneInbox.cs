using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

/// <summary>
/// The two queues of a lane: completions, bounded by what is outstanding and read first, and arrivals, bounded by refusal. With one bounded
/// queue a full lane could not take the commit answer that would empty it (engine 4.1). Thread-safe; one reader.
/// </summary>
internal sealed class LaneInbox(int arrivalsMax)
{
    private readonly Lock _gate = new();
    private readonly Queue<LaneEvent> _completions = new();
    private readonly Queue<LaneEvent> _arrivals = new();
    private bool _isClosed;

    public AsyncBell Bell { get; } = new();

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _completions.Count == 0 && _arrivals.Count == 0;
            }
        }
    }

    /// <summary>Nothing new is taken any more.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _isClosed;
            }
        }
    }

    public int ArrivalCount
    {
        get
        {
            lock (_gate)
            {
                return _arrivals.Count;
            }
        }
    }

    public void Complete(LaneEvent completion)
    {
        lock (_gate)
        {
            _completions.Enqueue(completion);
        }

        Bell.Ring();
    }

    public bool TryArrive(LaneEvent arrival)
    {
        lock (_gate)
        {
            if (_isClosed || _arrivals.Count >= arrivalsMax)
            {
                return false;
            }

            _arrivals.Enqueue(arrival);
        }

        Bell.Ring();
        return true;
    }

    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
        }
    }

    public void Take(List<LaneEvent> into, int max)
    {
        lock (_gate)
        {
            while (into.Count < max && _completions.TryDequeue(out var completion))
            {
                into.Add(completion);
            }

            while (into.Count < max && _arrivals.TryDequeue(out var arrival))
            {
                into.Add(arrival);
            }
        }
    }
}
