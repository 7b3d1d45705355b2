namespace Gantry.Sled.Simulator;

/// <summary>What arrived at a sled agent, counted before any fault. Thread-safe.</summary>
internal sealed class Traffic
{
    private readonly Lock _lock = new();
    private TrafficView _seen = new(0, 0, 0, 0, 0);
    private int _open;

    public TrafficView View()
    {
        lock (_lock)
        {
            return _seen;
        }
    }

    /// <summary>Counts a request until the result is disposed.</summary>
    public IDisposable? Enter(string method, string[] segments)
    {
        lock (_lock)
        {
            switch (method, segments)
            {
                case ("GET", ["vmms", _, "state"]):
                    _open++;
                    _seen = _seen with { StateGets = _seen.StateGets + 1, StateGetsOpenMax = Math.Max(_seen.StateGetsOpenMax, _open) };
                    return new Leaving(this);
                case ("PUT", ["vmms", _]):
                    _seen = _seen with { Registers = _seen.Registers + 1 };
                    return null;
                case ("PUT", ["vmms", _, "state"]):
                    _seen = _seen with { StatePuts = _seen.StatePuts + 1 };
                    return null;
                case ("DELETE", ["vmms", _]):
                    _seen = _seen with { Unregisters = _seen.Unregisters + 1 };
                    return null;
                default:
                    return null;
            }
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            _open--;
        }
    }

    private sealed class Leaving(Traffic traffic) : IDisposable
    {
        public void Dispose() => traffic.Leave();
    }
}

/// <summary>Counts since the start of the process.</summary>
/// <param name="StateGets">GET state.</param>
/// <param name="StateGetsOpenMax">The most of them that were open at once.</param>
/// <param name="Registers">PUT /vmms/{id}.</param>
/// <param name="StatePuts">PUT state.</param>
/// <param name="Unregisters">DELETE /vmms/{id}.</param>
internal sealed record TrafficView(long StateGets, long StateGetsOpenMax, long Registers, long StatePuts, long Unregisters);
