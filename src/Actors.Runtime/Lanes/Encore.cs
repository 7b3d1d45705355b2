namespace Gantry.Actors.Runtime;

/// <summary>
/// Lets the callers that were just answered ask again before the next batch is sealed. Callers that ask one thing after the other would
/// otherwise miss every second batch: half of them in the one under way, half in the next, each of half the size. Waits only while experience
/// says that they come back, and never longer than half a commit takes.
/// </summary>
internal sealed class Encore(LaneInbox inbox, TimeProvider time, ITimer timer)
{
    /// <summary>Fewer answers than this are not worth a wait.</summary>
    public const int AnswersMin = 4;

    /// <summary>Below this share of returning callers nobody is waited for, except to see whether that has changed.</summary>
    public const double ShareMin = 0.25;

    /// <summary>How often it is looked whether callers return again.</summary>
    public const int LookEvery = 32;

    private const double Rise = 0.05;
    private const double Weight = 0.25;

    private static readonly TimeSpan PatienceMin = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan PatienceMax = TimeSpan.FromMilliseconds(5);

    private int _passedOver;
    private long _sentAt;

    /// <summary>Share of the answered that is known to ask again soon.</summary>
    public double Share { get; private set; } = 1;

    /// <summary>A batch left.</summary>
    public void Sent() => _sentAt = time.GetTimestamp();

    /// <summary>Waits for so many of the answered as usually return; for how long is bounded by what the commit took.</summary>
    public async ValueTask WaitAsync(int answered, CancellationToken stopped)
    {
        if (answered < AnswersMin || (Share < ShareMin && ++_passedOver < LookEvery))
        {
            return;
        }

        _passedOver = 0;
        var patience = Patience(time.GetElapsedTime(_sentAt) / 2);
        var wanted = Math.Max(1, (int)(answered * Math.Max(Share, ShareMin)));
        var began = time.GetTimestamp();
        inbox.RingAt(wanted);
        while (inbox.ArrivalCount < wanted && !stopped.IsCancellationRequested)
        {
            var left = patience - time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
            {
                break;
            }

            // Set anew in each round: a timer may ring a little early.
            timer.Change(left, Timeout.InfiniteTimeSpan);
            await inbox.Bell.WaitAsync().ConfigureAwait(false);
        }

        inbox.RingAt(1);
        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var came = inbox.ArrivalCount;

        // One bad wait, of a process that had no processor for a moment, is not yet a change of habits.
        Share = came >= wanted
            ? Math.Min(1, Math.Max(Share, ShareMin) + Rise)
            : Share + (Weight * (((double)came / answered) - Share));
    }

    private static TimeSpan Patience(TimeSpan wish) => wish < PatienceMin ? PatienceMin : wish > PatienceMax ? PatienceMax : wish;
}
