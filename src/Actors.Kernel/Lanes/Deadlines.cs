namespace Gantry.Actors.Kernel;

/// <summary>
/// Answers callers whose deadline has passed: <c>Unavailable</c> for what was certainly not decided, <c>Unknown</c> for what is on
/// its way to the store (engine 2.4, 9). Looks every 200 ms, so that no command needs a timer of its own.
/// </summary>
internal sealed class Deadlines(LaneContext lane)
{
    private readonly List<WorkItem> _expired = [];
    private DateTimeOffset _next;
    private DateTimeOffset? _oldest;

    /// <summary>When the oldest command in hand came, as of the last look.</summary>
    public DateTimeOffset? Oldest => lane.Asks.Count > 0 ? _oldest : null;

    public DateTimeOffset? Next => lane.Asks.Count > 0 ? _next : null;

    public bool SweepIfDue()
    {
        if (lane.Now < _next)
        {
            return false;
        }

        _next = lane.Now + LaneLimits.SweepEvery;
        _oldest = null;
        foreach (var item in lane.Asks.Values)
        {
            _oldest = _oldest is { } oldest && oldest <= item.Since ? oldest : item.Since;
            if (item.Deadline <= lane.Now || item.MoreCallers is not null)
            {
                _expired.Add(item);
            }
        }

        foreach (var item in _expired)
        {
            Expire(item);
        }

        _expired.Clear();
        return true;
    }

    private void Expire(WorkItem item)
    {
        var isOpen = item.State is ItemState.Committing or ItemState.LookingUp;
        var answer = isOpen
            ? new AskAnswer.Unknown($"the deadline passed while {item.To} was waiting for the store")
            : lane.Unavailable();
        var isLast = item.MoreCallers?.TrueForAll(w => w.Deadline <= lane.Now) ?? true;
        if (item.Deadline <= lane.Now && isLast)
        {
            if (isOpen)
            {
                lane.Tell(item, answer);
            }
            else
            {
                lane.Answer(item, answer);
            }

            return;
        }

        if (item.Deadline <= lane.Now && item.ReplyTo is { } first)
        {
            lane.Emit(new LaneOutput.Answer(first, answer));
            item.ReplyTo = null;
        }

        foreach (var late in item.MoreCallers?.Where(w => w.Deadline <= lane.Now).ToList() ?? [])
        {
            lane.Emit(new LaneOutput.Answer(late.ReplyTo, answer));
            item.MoreCallers!.Remove(late);
        }
    }
}
