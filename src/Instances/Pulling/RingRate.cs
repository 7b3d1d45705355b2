namespace Gantry.Instances;

/// <summary>Counts rings in slices of time and tells a storm. Thread-safe.</summary>
internal sealed class RingRate(TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _slice;
    private int _now;
    private int _before;

    /// <summary>More rings than a rack makes when its VMMs merely come and go.</summary>
    public bool IsStorm
    {
        get
        {
            lock (_lock)
            {
                Turn();
                return _now >= InstancesLimits.StormRings || _before >= InstancesLimits.StormRings;
            }
        }
    }

    public void Count()
    {
        lock (_lock)
        {
            Turn();
            _now++;
        }
    }

    private void Turn()
    {
        var slice = (long)(time.GetElapsedTime(0, time.GetTimestamp()) / InstancesLimits.StormSlice);
        if (slice == _slice)
        {
            return;
        }

        _before = slice == _slice + 1 ? _now : 0;
        _now = 0;
        _slice = slice;
    }
}
