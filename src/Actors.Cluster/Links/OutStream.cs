using Gantry.Actors.Runtime;

namespace Gantry.Actors.Cluster;

/// <summary>Our direction of a link: frames go out, pongs and credit come back. Thread-safe.</summary>
internal sealed class OutStream(LinkQueue queue, TimeProvider time, CancellationTokenSource end)
{
    private long _credit;
    private long _heard = time.GetTimestamp();
    private long _pinged;
    private long _number;

    /// <summary>Time since the peer said anything.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Volatile.Read(ref _heard));

    /// <summary>Why it was given up; null while it was not.</summary>
    public string? Why { get; private set; }

    public void AddCredit(long count) => Interlocked.Add(ref _credit, count);

    public void Heard() => Volatile.Write(ref _heard, time.GetTimestamp());

    /// <summary>The time since the ping that this answers; null when it was another one.</summary>
    public TimeSpan? Ponged(long number) => number == Volatile.Read(ref _number) ? time.GetElapsedTime(Volatile.Read(ref _pinged)) : null;

    /// <summary>Sends a ping when one is due.</summary>
    public void PingWhenDue(TimeSpan every)
    {
        if (time.GetElapsedTime(Volatile.Read(ref _pinged)) >= every)
        {
            Volatile.Write(ref _pinged, time.GetTimestamp());
            queue.SetUrgent(TransportFrames.Ping(Interlocked.Increment(ref _number)));
        }
    }

    public void GiveUp(string why)
    {
        Why ??= why;
        end.Cancel();
    }

    /// <summary>Queues a frame. Null when it is in, else why not.</summary>
    public string? TrySend(LinkFrame frame, byte[] bytes)
    {
        var isAsk = frame is LinkFrame.Ask or LinkFrame.Inquire;
        if (isAsk && Interlocked.Decrement(ref _credit) < 0)
        {
            Interlocked.Increment(ref _credit);
            return "credit";
        }

        if (queue.TryAdd(bytes))
        {
            return null;
        }

        if (isAsk)
        {
            Interlocked.Increment(ref _credit);
        }

        return "full";
    }
}
