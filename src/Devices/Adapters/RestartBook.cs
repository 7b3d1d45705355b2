namespace Gantry.Devices;

/// <summary>How often an adapter was restarted of late. Not thread-safe.</summary>
internal sealed class RestartBook
{
    private readonly Queue<TimeSpan> _restarts = new();

    /// <summary>Notes one more; gives how many there were within the window.</summary>
    public int Note(TimeSpan now)
    {
        while (_restarts.TryPeek(out var first) && now - first > AdapterLimits.RestartWindow)
        {
            _restarts.Dequeue();
        }

        _restarts.Enqueue(now);
        return _restarts.Count;
    }
}
