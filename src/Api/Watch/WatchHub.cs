namespace Gantry.Api;

/// <summary>Counts open watches, so that their number has a bound. Thread-safe.</summary>
internal sealed class WatchHub
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>A place for one more watch, or null when all are taken. Dispose gives it back.</summary>
    public IDisposable? Enter()
    {
        if (Interlocked.Increment(ref _count) > WatchLimits.WatchersMax)
        {
            Interlocked.Decrement(ref _count);
            return null;
        }

        return new Place(this);
    }

    private sealed class Place(WatchHub hub) : IDisposable
    {
        private WatchHub? _hub = hub;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _hub, null) is { } entered)
            {
                Interlocked.Decrement(ref entered._count);
            }
        }
    }
}
