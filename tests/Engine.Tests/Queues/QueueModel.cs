using Gantry.Actors;

namespace Gantry.Engine.Tests;

/// <summary>The queue as one would explain it: a plain list, searched from end to end. Chosen delays are told to it, within bounds.</summary>
internal sealed class QueueModel(ReconcilerOptions options)
{
    private int _picks;

    public Dictionary<string, Row> Rows { get; } = [];

    public int Running => Rows.Values.Count(r => r.IsRunning);

    public void Nudge(string key, DateTimeOffset now, bool forget)
    {
        if (!Rows.TryGetValue(key, out var row))
        {
            Rows[key] = row = new Row { AddedAt = now, Number = Rows.Count };
        }

        if (forget)
        {
            row.Failures = 0;
        }

        if (row.IsRunning)
        {
            row.IsDirty = true;
            row.Forgets |= forget;
            return;
        }

        row.IsByPeriod |= forget;
        var floor = row.Failures > 0 ? row.LastEnd!.Value + options.BackoffFirst : now;
        Queue(row, isChange: true, floor > now ? floor : now);
    }

    public void Listed(HashSet<string> keys, DateTimeOffset beganAt, DateTimeOffset now)
    {
        foreach (var (key, row) in Rows.ToList())
        {
            row.IsGone = !keys.Contains(key) && row.AddedAt < beganAt;
            if (row.IsGone && row is { Due: null, IsRunning: false })
            {
                Rows.Remove(key);
            }
        }

        foreach (var key in keys.Where(k => !Rows.ContainsKey(k)))
        {
            var row = Rows[key] = new Row { AddedAt = now, IsByPeriod = true };
            Queue(row, isChange: false, now);
        }
    }

    /// <summary>Keys of which any may be taken now: those that share the first place.</summary>
    public List<string> Candidates(DateTimeOffset now)
    {
        if (Running >= options.Concurrency)
        {
            return [];
        }

        foreach (var row in Rows.Values.Where(r => r.PeriodDue <= now))
        {
            row.IsByPeriod = true;
            Queue(row, isChange: false, row.PeriodDue!.Value);
            row.PeriodDue = null;
        }

        var due = Rows.Where(r => r.Value.Due <= now).ToList();
        var change = due.Where(r => r.Value.IsChange).ToList();
        var resync = due.Where(r => !r.Value.IsChange).ToList();
        var isAging = _picks % 8 == 7;
        var first = isAging && resync.Count > 0 ? resync : change.Count > 0 ? change : resync;
        return [.. first.Where(r => r.Value.Due == first.Min(f => f.Value.Due)).Select(r => r.Key)];
    }

    public void Take(string key)
    {
        var row = Rows[key];
        _picks++;
        row.Due = null;
        row.PeriodOwed = row.IsByPeriod ? null : row.PeriodDue;
        row.PeriodDue = null;
        row.IsRunning = true;
        row.IsByPeriod = false;
    }

    public void Finish(string key, Reconciled end, DateTimeOffset now, Func<TimeSpan, DateTimeOffset> chosenDue, Func<DateTimeOffset?> period)
    {
        var row = Rows[key];
        var (dirty, forgets) = (row.IsDirty, row.Forgets);
        (row.IsRunning, row.IsDirty, row.Forgets, row.LastEnd) = (false, false, false, now);
        row.Failures = end.End == ReconcileEnd.Retry ? row.Failures + 1 : 0;
        if (end.End == ReconcileEnd.After)
        {
            Queue(row, isChange: false, now + end.Delay);
        }

        if (end.End == ReconcileEnd.Retry)
        {
            var bound = Math.Min(options.BackoffMax.TotalSeconds, options.BackoffFirst.TotalSeconds * Math.Pow(2, row.Failures - 1));
            Queue(row, isChange: true, chosenDue(TimeSpan.FromSeconds(bound)));
        }

        if (dirty)
        {
            Nudge(key, now, forgets);
        }

        if (row is { IsGone: true, Due: null })
        {
            Rows.Remove(key);
        }
        else
        {
            row.PeriodDue = row.PeriodOwed ?? period();
        }
    }

    private static void Queue(Row row, bool isChange, DateTimeOffset due)
    {
        row.IsChange = isChange || (row.Due is not null && row.IsChange);
        row.Due = row.Due < due ? row.Due : due;
    }

    internal sealed class Row
    {
        public int Number { get; init; }

        public DateTimeOffset AddedAt { get; init; }

        public DateTimeOffset? Due { get; set; }

        public bool IsChange { get; set; }

        public bool IsRunning { get; set; }

        public bool IsDirty { get; set; }

        public bool Forgets { get; set; }

        public bool IsGone { get; set; }

        public bool IsByPeriod { get; set; }

        public int Failures { get; set; }

        public DateTimeOffset? LastEnd { get; set; }

        public DateTimeOffset? PeriodDue { get; set; }

        public DateTimeOffset? PeriodOwed { get; set; }
    }
}
