using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors.Kernel;

/// <summary>
/// The work queue of one reconciler, without I/O, clock or threads: whoever drives it brings the time and runs the turns (engine 7).
/// One entry per key; a key never runs twice at once. Not thread-safe.
/// </summary>
/// <remarks>
/// A nudge runs a key at once, with one exception: a key that failed is not run sooner than <see cref="ReconcilerOptions.BackoffFirst"/>
/// after its failure unless its back-off is forgotten. Otherwise a turn whose own report nudges it would defeat the back-off. A nudge that
/// forgets the back-off comes from somebody who cannot say what changed, so its turn looks at everything, as one by period does.
/// </remarks>
public sealed class QueueKernel(ReconcilerOptions options, IRandomSource random)
{
    private readonly Dictionary<string, QueueEntry> _entries = [];
    private readonly SortedSet<QueueEntry> _change = new(ByDue.Instance);
    private readonly SortedSet<QueueEntry> _resync = new(ByDue.Instance);
    private readonly SortedSet<QueueEntry> _periods = new(ByPeriodDue.Instance);
    private long _arrivals;
    private long _picks;
    private int _placeless;

    /// <summary>Keys known.</summary>
    public int Count => _entries.Count;

    /// <summary>Turns on their way.</summary>
    public int Running { get; private set; }

    /// <summary>No turn begins while it is set; what is due waits.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Shards come from other nodes: <see cref="ReconcilerOptions.SecondLook"/> holds.</summary>
    public bool LooksTwice { get; init; }

    /// <summary>The node has more to do than it can: resync waits, up to <see cref="QueueLimits.ShedMax"/>; changes go on (engine 9).</summary>
    public bool IsShedding { get; set; }

    /// <summary>Something changed: look at the key now. False when there are too many keys already.</summary>
    public bool Nudge(string key, DateTimeOffset now, bool forgetBackoff = false)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            if (_entries.Count >= QueueLimits.KeysMax || key.Length > QueueLimits.KeyLengthMax)
            {
                return false;
            }

            entry = Add(key, now);
        }

        Nudge(entry, now, forgetBackoff);
        return true;
    }

    /// <summary>A turn on the key is on its way that another queue began: it ends here, and the key runs once more then.</summary>
    public void Adopt(string key, DateTimeOffset now)
    {
        var entry = Add(key, now);
        (entry.State, entry.HasRun) = (QueueState.RunningDirty, true);
        Running++;
    }

    /// <summary>Looks at every known key now.</summary>
    public void NudgeAll(DateTimeOffset now, bool forgetBackoff = false)
    {
        foreach (var entry in _entries.Values)
        {
            Nudge(entry, now, forgetBackoff);
        }
    }

    /// <summary>
    /// A listing that began at a time found exactly these keys: new ones are queued (not rate-limited), absent ones go as soon as
    /// nothing is left to do for them. Returns how many did not fit.
    /// </summary>
    public int Listed(IReadOnlySet<string> keys, DateTimeOffset beganAt, DateTimeOffset now)
    {
        foreach (var entry in _entries.Values)
        {
            entry.IsGone = !keys.Contains(entry.Key) && entry.AddedAt < beganAt;
        }

        foreach (var entry in _entries.Values.Where(e => e is { IsGone: true, State: QueueState.Idle }).ToList())
        {
            Forget(entry);
        }

        foreach (var entry in _entries.Values.Where(e => e is { IsDropped: true, State: QueueState.Running } && keys.Contains(e.Key)))
        {
            // Its shard came back while the old turn still ends.
            entry.State = QueueState.RunningDirty;
        }

        var refused = 0;
        foreach (var key in keys.Where(k => !_entries.ContainsKey(k)))
        {
            if (_entries.Count >= QueueLimits.KeysMax || key.Length > QueueLimits.KeyLengthMax)
            {
                refused++;
                continue;
            }

            var entry = Add(key, now);
            entry.IsByPeriod = true;
            Enqueue(entry, QueueClass.Resync, now);
        }

        return refused;
    }

    /// <summary>The key is no longer ours: it goes now, or as soon as the turn on it has ended; what was nudged meanwhile is forgotten.</summary>
    public void Drop(string key)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            return;
        }

        if (entry.State is QueueState.Running or QueueState.RunningDirty)
        {
            (entry.State, entry.IsDropped) = (QueueState.Running, true);
            return;
        }

        if (entry.State == QueueState.Queued)
        {
            Dequeue(entry);
        }

        Forget(entry);
    }

    /// <summary>Takes the next turn, if one is due and a place is free. It must be given back by <see cref="Finish"/>.</summary>
    public bool TryTake(DateTimeOffset now, out QueueTurn turn)
    {
        turn = default;
        if (IsPaused || Running >= options.Concurrency)
        {
            return false;
        }

        QueueDuePeriods(now);
        if (PickWithToken(now) is not { } entry)
        {
            return false;
        }

        _picks++;
        Dequeue(entry);
        entry.SecondAt = entry.IsByPeriod && entry.SecondAt <= now ? null : entry.SecondAt;

        // Only the turn that a period called for begins the next one: nudges and retries in a row must not put the look at everything off.
        entry.PeriodOwed = entry.IsByPeriod ? null : entry.PeriodDue;
        StopPeriod(entry);
        turn = new QueueTurn(entry.Key, entry.IsByPeriod, !entry.HasRun, entry.Failures + 1);
        entry.State = QueueState.Running;
        entry.IsByPeriod = false;
        entry.HasRun = true;
        Running++;
        return true;
    }

    /// <summary>
    /// The time of a turn is over and it does not end: its key fails from now on, and other keys get its place. There are as many such places as
    /// turns at once; a reconciler that hangs on more keys than that stands still, for what hangs holds threads.
    /// </summary>
    public void Overdue(string key, string why)
    {
        if (_entries.GetValueOrDefault(key) is not { State: QueueState.Running or QueueState.RunningDirty, IsOverdue: false } entry)
        {
            return;
        }

        entry.IsOverdue = true;
        entry.Failures++;
        entry.LastError = why;
        if (_placeless < options.Concurrency)
        {
            entry.HasNoPlace = true;
            _placeless++;
            Running--;
        }
    }

    /// <summary>A turn ended. A throw is <see cref="Reconciled.Retry"/>.</summary>
    public void Finish(string key, Reconciled end, DateTimeOffset now)
    {
        var entry = _entries.GetValueOrDefault(key);
        Invariant.Check(entry is { State: QueueState.Running or QueueState.RunningDirty }, $"a turn on {key} ends that did not run");
        if (entry.HasNoPlace)
        {
            _placeless--;
        }
        else
        {
            Running--;
        }

        (entry.IsOverdue, entry.HasNoPlace) = (false, false);
        if (entry.IsDropped && entry.State == QueueState.Running)
        {
            entry.State = QueueState.Idle;
            Forget(entry);
            return;
        }

        if (entry.IsDropped)
        {
            // The shard was elsewhere meanwhile: whatever was seen of the target is old.
            (entry.IsDropped, entry.HasRun, entry.IsFresh, entry.SecondAt, entry.PeriodOwed) = (false, false, true, null, null);
        }
        else if (end.End != ReconcileEnd.Retry && entry.IsFresh)
        {
            entry.IsFresh = false;
            entry.SecondAt = LooksTwice && options.SecondLook > TimeSpan.Zero ? now + options.SecondLook : null;
        }

        var isDirty = entry.State == QueueState.RunningDirty;
        var forgets = entry.ForgetsAfterRun;
        entry.State = QueueState.Idle;
        entry.ForgetsAfterRun = false;
        entry.LastEnd = now;
        if (end.End == ReconcileEnd.Retry)
        {
            Fail(entry, end.Reason, now);
        }
        else
        {
            Succeed(entry, end, now);
        }

        if (isDirty)
        {
            Nudge(entry, now, forgets);
        }

        if (entry is { IsGone: true, State: QueueState.Idle })
        {
            Forget(entry);
        }
        else
        {
            StartPeriod(entry, now);
        }
    }

    /// <summary>When <see cref="TryTake"/> may next give a turn by the passing of time; null when only an input can make it.</summary>
    public DateTimeOffset? NextDue()
    {
        if (IsPaused || Running >= options.Concurrency)
        {
            return null;
        }

        return Earlier(Earlier(_change.Min?.Due, ResyncFrom(_resync.Min?.Due)), _periods.Min?.PeriodDue);
    }

    /// <summary>Keys that wait for a place, and since when the oldest of them.</summary>
    public (int Depth, DateTimeOffset? Oldest) Waiting(DateTimeOffset now)
    {
        var depth = _change.TakeWhile(e => e.Due <= now).Count() + _resync.TakeWhile(e => e.Due <= now).Count();
        return depth == 0 ? (0, null) : (depth, Earlier(_change.Min?.Due, _resync.Min?.Due));
    }

    /// <summary>How a key stands; null when it is not known.</summary>
    public QueueKey? Find(string key) => _entries.TryGetValue(key, out var entry) ? Describe(entry) : null;

    /// <summary>When the period of a key comes round; null when it has none or it runs.</summary>
    public DateTimeOffset? PeriodDueOf(string key) => _entries.GetValueOrDefault(key)?.PeriodDue;

    /// <summary>How every key stands, in no order.</summary>
    public ImmutableArray<QueueKey> Keys() => [.. _entries.Values.Select(Describe)];

    private DateTimeOffset? ResyncFrom(DateTimeOffset? due) => IsShedding ? due + QueueLimits.ShedMax : due;

    private static QueueKey Describe(QueueEntry entry) => new(
        entry.Key,
        entry.State,
        entry.State == QueueState.Queued ? entry.Due : entry.PeriodDue,
        entry.Failures,
        entry.LastSuccess,
        entry.LastError,
        entry.AddedAt);

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b : a;

    private QueueEntry Add(string key, DateTimeOffset now)
    {
        var entry = new QueueEntry(key, _arrivals++, now);
        _entries.Add(key, entry);
        return entry;
    }

    private void Forget(QueueEntry entry)
    {
        StopPeriod(entry);
        _entries.Remove(entry.Key);
    }

    private void Nudge(QueueEntry entry, DateTimeOffset now, bool forgetBackoff)
    {
        if (forgetBackoff && !entry.IsOverdue)
        {
            entry.Failures = 0;
        }

        if (entry.State is QueueState.Running or QueueState.RunningDirty)
        {
            entry.State = QueueState.RunningDirty;
            entry.ForgetsAfterRun |= forgetBackoff;
            return;
        }

        entry.IsByPeriod |= forgetBackoff;
        var soonest = entry is { Failures: > 0, LastEnd: { } end } ? end + options.BackoffFirst : now;
        Enqueue(entry, QueueClass.Change, soonest > now ? soonest : now);
    }

    private void Fail(QueueEntry entry, string? reason, DateTimeOffset now)
    {
        entry.Failures++;
        entry.LastError = reason ?? "no reason given";
        Enqueue(entry, QueueClass.Change, now + Backoff(entry.Failures));
    }

    private void Succeed(QueueEntry entry, Reconciled end, DateTimeOffset now)
    {
        entry.Failures = 0;
        entry.LastError = null;
        entry.LastSuccess = now;
        if (end.End == ReconcileEnd.After)
        {
            Enqueue(entry, QueueClass.Resync, now + end.Delay);
        }
    }

    // Full jitter: anything from nothing to the doubled bound, so that keys which failed together do not come back together.
    private TimeSpan Backoff(int failures)
    {
        var bound = options.BackoffFirst * Math.Pow(2, Math.Min(failures - 1, 30));
        return (bound < options.BackoffMax ? bound : options.BackoffMax) * random.NextDouble();
    }

    // A key whose bucket is empty waits until it holds a token; the next one is tried.
    private QueueEntry? PickWithToken(DateTimeOffset now)
    {
        while (Pick(now) is { } entry)
        {
            if (TokenAt(entry, now) is not { } later)
            {
                entry.Tokens--;
                return entry;
            }

            Dequeue(entry);
            entry.Due = later;
            (entry.Class == QueueClass.Change ? _change : _resync).Add(entry);
        }

        return null;
    }

    /// <summary>Null when the key has a token now, else when it will.</summary>
    private DateTimeOffset? TokenAt(QueueEntry entry, DateTimeOffset now)
    {
        var gained = entry.TokensAt < now ? (now - entry.TokensAt).TotalSeconds * options.KeyRate : 0;
        entry.Tokens = Math.Min(options.KeyBurst, entry.Tokens + gained);
        entry.TokensAt = now;
        return entry.Tokens >= 1 ? null : now + TimeSpan.FromTicks((long)Math.Ceiling((1 - entry.Tokens) / options.KeyRate * TimeSpan.TicksPerSecond));
    }

    private QueueEntry? Pick(DateTimeOffset now)
    {
        var change = _change.Min is { } c && c.Due <= now ? c : null;
        var resync = _resync.Min is { } r && ResyncFrom(r.Due) <= now ? r : null;
        var isAgingTurn = _picks % QueueLimits.AgingEvery == QueueLimits.AgingEvery - 1;
        return isAgingTurn ? resync ?? change : change ?? resync;
    }

    private void QueueDuePeriods(DateTimeOffset now)
    {
        while (_periods.Min is { PeriodDue: { } due } entry && due <= now)
        {
            StopPeriod(entry);
            entry.IsByPeriod = true;
            Enqueue(entry, QueueClass.Resync, due);
        }
    }

    /// <summary>Queues, or moves a queued key: the earlier due time and the higher class win.</summary>
    private void Enqueue(QueueEntry entry, QueueClass to, DateTimeOffset due)
    {
        if (entry.State == QueueState.Queued)
        {
            Dequeue(entry);
            entry.Class = to < entry.Class ? to : entry.Class;
            entry.Due = due < entry.Due ? due : entry.Due;
        }
        else
        {
            entry.Class = to;
            entry.Due = due;
        }

        entry.State = QueueState.Queued;
        (entry.Class == QueueClass.Change ? _change : _resync).Add(entry);
    }

    // The sets are ordered by fields of the entry: it leaves them before those change.
    private void Dequeue(QueueEntry entry) => (entry.Class == QueueClass.Change ? _change : _resync).Remove(entry);

    private void StartPeriod(QueueEntry entry, DateTimeOffset now)
    {
        var due = entry.PeriodOwed;
        if (due is null && options.Period > TimeSpan.Zero)
        {
            due = now + (options.Period * (1 - (QueueLimits.PeriodJitter * random.NextDouble())));
        }

        if (entry.SecondAt is { } second)
        {
            due = Earlier(due, second);
        }

        if (due is not null)
        {
            entry.PeriodDue = due;
            _periods.Add(entry);
        }
    }

    private void StopPeriod(QueueEntry entry)
    {
        if (entry.PeriodDue is not null)
        {
            _periods.Remove(entry);
            entry.PeriodDue = null;
        }
    }

    private sealed class ByDue : IComparer<QueueEntry>
    {
        public static readonly ByDue Instance = new();

        public int Compare(QueueEntry? x, QueueEntry? y) => (x!.Due, x.Number).CompareTo((y!.Due, y.Number));
    }

    private sealed class ByPeriodDue : IComparer<QueueEntry>
    {
        public static readonly ByPeriodDue Instance = new();

        public int Compare(QueueEntry? x, QueueEntry? y) =>
            (x!.PeriodDue!.Value, x.Number).CompareTo((y!.PeriodDue!.Value, y.Number));
    }
}
