using Gantry.Primitives;

namespace Gantry.Api;

/// <summary>
/// A token bucket per caller: so many writes a second, so many at once (engine 9). Reads are not counted. Thread-safe.
/// </summary>
internal sealed class CallerBuckets(TimeProvider clock)
{
    private readonly Dictionary<UserId, Bucket> _buckets = [];
    private readonly Lock _lock = new();

    /// <summary>Null when the caller may go on, else how long to wait.</summary>
    public TimeSpan? Take(UserId caller)
    {
        lock (_lock)
        {
            var now = clock.GetTimestamp();
            if (!_buckets.TryGetValue(caller, out var bucket))
            {
                ForgetFullOnes(now);
                bucket = new Bucket { Level = ApiLimits.CommandsBurst, At = now };
                _buckets.Add(caller, bucket);
            }

            Fill(bucket, now);
            if (bucket.Level >= 1)
            {
                bucket.Level--;
                return null;
            }

            return TimeSpan.FromSeconds((1 - bucket.Level) / ApiLimits.CommandsPerSecond);
        }
    }

    /// <summary>Writes of the burst that are used at this moment.</summary>
    public long UsedBy(UserId caller)
    {
        lock (_lock)
        {
            if (!_buckets.TryGetValue(caller, out var bucket))
            {
                return 0;
            }

            Fill(bucket, clock.GetTimestamp());
            return ApiLimits.CommandsBurst - (long)bucket.Level;
        }
    }

    private void Fill(Bucket bucket, long now)
    {
        var seconds = clock.GetElapsedTime(bucket.At, now).TotalSeconds;
        bucket.Level = Math.Min(ApiLimits.CommandsBurst, bucket.Level + (seconds * ApiLimits.CommandsPerSecond));
        bucket.At = now;
    }

    private void ForgetFullOnes(long now)
    {
        if (_buckets.Count < ApiLimits.CallersTrackedMax)
        {
            return;
        }

        foreach (var (caller, bucket) in _buckets)
        {
            Fill(bucket, now);
            if (bucket.Level >= ApiLimits.CommandsBurst)
            {
                _buckets.Remove(caller);
            }
        }

        if (_buckets.Count >= ApiLimits.CallersTrackedMax)
        {
            _buckets.Remove(_buckets.MaxBy(b => b.Value.Level).Key);
        }
    }

    private sealed class Bucket
    {
        public double Level { get; set; }

        public long At { get; set; }
    }
}
