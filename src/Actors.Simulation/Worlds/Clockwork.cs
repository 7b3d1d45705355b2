namespace Gantry.Actors.Simulation;

/// <summary>Virtual time: things happen in order of their time, then of their making. Nothing waits.</summary>
internal sealed class Clockwork
{
    /// <summary>When every world begins; between two leap years, for no reason.</summary>
    public static readonly DateTimeOffset Begin = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Action, (long, long)> _todo = new();
    private long _order;

    /// <summary>Since the begin.</summary>
    public TimeSpan Now { get; private set; }

    public void After(TimeSpan delay, Action act) => _todo.Enqueue(act, ((Now + delay).Ticks, _order++));

    /// <summary>Does the next thing; false when there is none before the time given.</summary>
    public bool Step(TimeSpan until)
    {
        if (!_todo.TryPeek(out _, out var at) || at.Item1 > until.Ticks)
        {
            Now = until > Now ? until : Now;
            return false;
        }

        var act = _todo.Dequeue();
        Now = TimeSpan.FromTicks(at.Item1);
        act();
        return true;
    }
}
