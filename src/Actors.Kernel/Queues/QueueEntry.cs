namespace Gantry.Actors.Kernel;

/// <summary>Where a key is.</summary>
public enum QueueState
{
    /// <summary>Nothing to do until its period comes round or somebody nudges.</summary>
    Idle,

    /// <summary>Waits for its due time or for a free place.</summary>
    Queued,

    /// <summary>A turn is on its way.</summary>
    Running,

    /// <summary>A turn is on its way and something changed since it began: it runs once more.</summary>
    RunningDirty,
}

/// <summary>The two classes of work.</summary>
public enum QueueClass
{
    /// <summary>Something changed, or failed before. First.</summary>
    Change,

    /// <summary>Time has passed. Second, with aging.</summary>
    Resync,
}

/// <summary>One key of a queue. Mutable; owned by its kernel.</summary>
internal sealed class QueueEntry(string key, long number, DateTimeOffset addedAt)
{
    public string Key { get; } = key;

    /// <summary>Order of arrival; breaks ties between equal due times.</summary>
    public long Number { get; } = number;

    public DateTimeOffset AddedAt { get; } = addedAt;

    public QueueState State { get; set; }

    public QueueClass Class { get; set; }

    /// <summary>When it may run; meaningful while queued.</summary>
    public DateTimeOffset Due { get; set; }

    /// <summary>When its period comes round; null while it runs, and when there is no period.</summary>
    public DateTimeOffset? PeriodDue { get; set; }

    /// <summary>When the period comes round that the turn on its way was not for.</summary>
    public DateTimeOffset? PeriodOwed { get; set; }

    /// <summary>The waiting turn is (also) one that looks at everything: by period, or because it was asked for.</summary>
    public bool IsByPeriod { get; set; }

    /// <summary>A device came back while the turn ran: what it failed on is no longer so.</summary>
    public bool ForgetsAfterRun { get; set; }

    /// <summary>The last listing did not name it: it goes when nothing is left to do for it.</summary>
    public bool IsGone { get; set; }

    /// <summary>Its shard left while it ran.</summary>
    public bool IsDropped { get; set; }

    /// <summary>Its turn has not ended although its time is over.</summary>
    public bool IsOverdue { get; set; }

    /// <summary>The turn that is overdue has given its place to other keys.</summary>
    public bool HasNoPlace { get; set; }

    public bool HasRun { get; set; }

    /// <summary>No turn has succeeded since the shard came.</summary>
    public bool IsFresh { get; set; } = true;

    /// <summary>When the second look is due; null when it is not owed.</summary>
    public DateTimeOffset? SecondAt { get; set; }

    /// <summary>Turns it may begin at once (token bucket), as of <see cref="TokensAt"/>.</summary>
    public double Tokens { get; set; } = double.MaxValue;

    public DateTimeOffset TokensAt { get; set; }

    public int Failures { get; set; }

    public DateTimeOffset? LastEnd { get; set; }

    public DateTimeOffset? LastSuccess { get; set; }

    public string? LastError { get; set; }
}

/// <summary>A turn to run.</summary>
/// <param name="Key">The key.</param>
/// <param name="IsResync">Its period came round, or a nudge asked for as much.</param>
/// <param name="IsFirst">It never ran here.</param>
/// <param name="Attempt">1, or more after failures in a row.</param>
public readonly record struct QueueTurn(string Key, bool IsResync, bool IsFirst, int Attempt);

/// <summary>How one key stands.</summary>
public sealed record QueueKey(
    string Key, QueueState State, DateTimeOffset? Due, int Failures, DateTimeOffset? LastSuccess, string? LastError, DateTimeOffset AddedAt);
