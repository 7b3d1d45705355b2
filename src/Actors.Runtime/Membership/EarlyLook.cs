using Gantry.Primitives;

namespace Gantry.Actors.Runtime;

/// <summary>
/// A link that broke may be a death: the members are looked at a moment later, so that the time-to-live of the dead is counted from its last
/// beat and not from the next regular look. It judges nobody sooner. Survivors spread their looks; links that break together are one look, and
/// one that breaks again and again adds at most one look a scan. Thread-safe.
/// </summary>
internal sealed class EarlyLook : IAsyncDisposable
{
    private static readonly TimeSpan Spread = TimeSpan.FromMilliseconds(50);

    private readonly TimeSpan _scan;
    private readonly TimeProvider _time;
    private readonly IRandomSource _random;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private long? _brokeAt;

    public EarlyLook(TimeSpan scan, Action look, TimeProvider time, IRandomSource random)
    {
        (_scan, _time, _random) = (scan, time, random);
        _timer = time.CreateTimer(_ => look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Broke()
    {
        lock (_gate)
        {
            // The regular look is never further away than a scan.
            if (_brokeAt is { } before && _time.GetElapsedTime(before) < _scan)
            {
                return;
            }

            _brokeAt = _time.GetTimestamp();
            _timer.Change(_random.NextDouble() * Spread, Timeout.InfiniteTimeSpan);
        }
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();
}
