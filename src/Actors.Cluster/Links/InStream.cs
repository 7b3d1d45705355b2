using Gantry.Actors.Runtime;

namespace Gantry.Actors.Cluster;

/// <summary>The peer's direction of a link: its frames come in, our pongs and credit go back. Thread-safe.</summary>
internal sealed class InStream(TimeProvider time, Action abort)
{
    // Given back in one frame: fewer wait for the next ping.
    private const int CreditAtOnce = 32;

    private readonly CreditBook _credit = new(time);
    private long _heard = time.GetTimestamp();

    /// <summary>What goes back.</summary>
    public LinkQueue Back { get; } = new();

    /// <summary>Time since the peer said anything.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Volatile.Read(ref _heard));

    /// <summary>Why it was given up; null while it was not.</summary>
    public string? Why { get; private set; }

    public void GiveUp(string why)
    {
        Why ??= why;
        abort();
    }

    public void Heard() => Volatile.Write(ref _heard, time.GetTimestamp());

    public void Ping(long number)
    {
        Back.SetUrgent(TransportFrames.Pong(number));
        GiveCredit(atLeast: 1);
    }

    /// <summary>A frame of the peer arrived; an ask holds a credit from now on.</summary>
    /// <exception cref="FrameException">The peer has more asks out than it may.</exception>
    public void Arrived(LinkFrame frame)
    {
        var (id, remaining) = frame switch
        {
            LinkFrame.Ask ask => (ask.Id, ask.Remaining),
            LinkFrame.Inquire inquire => (inquire.Id, inquire.Remaining),
            _ => (default(long?), TimeSpan.Zero),
        };
        if (id is { } open && !_credit.TryOpen(open, remaining))
        {
            throw new FrameException($"more than {LinkLimits.CreditMax} asks are out");
        }
    }

    /// <summary>We say something: when it ends an ask of the peer, the peer may send another.</summary>
    public void Saying(LinkFrame frame)
    {
        var id = frame switch
        {
            LinkFrame.Answer answer => answer.Id,
            LinkFrame.Moved moved => moved.AskId,
            LinkFrame.Told told => told.Id,
            _ => default(long?),
        };
        if (id is { } closed && _credit.Close(closed))
        {
            GiveCredit(CreditAtOnce);
        }
    }

    public void Expire()
    {
        if (_credit.Expire())
        {
            GiveCredit(atLeast: 1);
        }
    }

    private void GiveCredit(int atLeast)
    {
        // A full queue means that the peer does not read; it will be dead soon.
        if (_credit.TakeReturned(atLeast) is > 0 and var count)
        {
            _ = Back.TryAdd(TransportFrames.Credit(count));
        }
    }
}
