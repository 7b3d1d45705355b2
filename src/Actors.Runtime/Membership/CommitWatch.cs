namespace Gantry.Actors.Runtime;

/// <summary>Since when no commit of this node gets through. Thread-safe.</summary>
internal sealed class CommitWatch(TimeProvider time)
{
    private long _failingSince;

    /// <summary>How long commits have failed without one that got through; zero when the last one did.</summary>
    public TimeSpan FailingFor => Volatile.Read(ref _failingSince) is var since and not 0 ? time.GetElapsedTime(since) : TimeSpan.Zero;

    public void Succeeded() => Volatile.Write(ref _failingSince, 0);

    public void Failed() => Interlocked.CompareExchange(ref _failingSince, time.GetTimestamp(), 0);
}
