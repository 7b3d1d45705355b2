using System.Runtime.InteropServices;
using Gantry.Primitives;

namespace Gantry.Api;

/// <summary>Counts open watches, in all and by caller, so that their number has a bound. Thread-safe.</summary>
internal sealed class WatchHub
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UserId, int> _callers = [];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Open watches of one caller.</summary>
    public int CountOf(UserId caller)
    {
        lock (_lock)
        {
            return _callers.GetValueOrDefault(caller);
        }
    }

    /// <summary>A place for one more watch, or null and the bound that is reached. Dispose gives it back.</summary>
    public IDisposable? Enter(UserId caller, out string? full)
    {
        lock (_lock)
        {
            full = _count >= WatchLimits.WatchersMax ? $"{WatchLimits.WatchersMax} watches are open, which is the limit"
                : _callers.GetValueOrDefault(caller) >= WatchLimits.WatchersPerCallerMax
                    ? $"{WatchLimits.WatchersPerCallerMax} watches of this caller are open, which is the limit for one; close those not needed"
                : null;
            if (full is not null)
            {
                return null;
            }

            _count++;
            CollectionsMarshal.GetValueRefOrAddDefault(_callers, caller, out _)++;
            return new Place(this, caller);
        }
    }

    /// <summary>The answer to who finds no place.</summary>
    public static FailureResult Full(string why) => new(OutcomeAnswers.Later(ApiErrors.Overloaded, why, TimeSpan.FromSeconds(5)));

    private void Leave(UserId caller)
    {
        lock (_lock)
        {
            _count--;
            if (--CollectionsMarshal.GetValueRefOrAddDefault(_callers, caller, out _) == 0)
            {
                _callers.Remove(caller);
            }
        }
    }

    private sealed class Place(WatchHub hub, UserId caller) : IDisposable
    {
        private WatchHub? _hub = hub;

        public void Dispose() => Interlocked.Exchange(ref _hub, null)?.Leave(caller);
    }
}
