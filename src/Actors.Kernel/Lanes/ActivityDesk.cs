namespace Gantry.Actors.Kernel;

/// <summary>
/// Messages to <c>activity.&lt;name&gt;</c>: no entity decides them, the shell runs them. At most 16 per name are out; what does not fit in
/// hand waits in the store (engine 8.2).
/// </summary>
internal sealed class ActivityDesk(LaneContext lane)
{
    private readonly Dictionary<MailId, WorkItem> _inHand = [];
    private readonly Dictionary<string, int> _out = [];
    private readonly Dictionary<string, Queue<WorkItem>> _waiting = [];
    private int _waitingCount;

    public int Count => _inHand.Count;

    public static bool IsFor(EntityAddress to) => to.Kind.StartsWith(CommitMaker.ActivityPrefix, StringComparison.Ordinal);

    public bool Has(MailId id) => _inHand.ContainsKey(id);

    /// <summary>Runs it or lets it wait; not taken when too many wait.</summary>
    public void Take(WorkItem item)
    {
        var name = item.To.Kind[CommitMaker.ActivityPrefix.Length..];
        if (_out.GetValueOrDefault(name) < LaneLimits.ActivitiesPerName)
        {
            _inHand.Add(item.Mail!.Value, item);
            Run(name, item);
        }
        else if (_waitingCount < LaneLimits.ActivitiesWaitingMax)
        {
            _inHand.Add(item.Mail!.Value, item);
            if (!_waiting.TryGetValue(name, out var queue))
            {
                _waiting.Add(name, queue = new Queue<WorkItem>());
            }

            queue.Enqueue(item);
            _waitingCount++;
        }
    }

    /// <summary>The item of an activity that ended; null when its shard has left meanwhile.</summary>
    public WorkItem? Ended(MailId id, Reply reply)
    {
        if (!_inHand.TryGetValue(id, out var item) || item.ActivityReply is not null)
        {
            return null;
        }

        item.ActivityReply = reply;
        var name = item.To.Kind[CommitMaker.ActivityPrefix.Length..];
        _out[name]--;
        if (_waiting.TryGetValue(name, out var queue) && queue.TryDequeue(out var next))
        {
            _waitingCount--;
            Run(name, next);
        }

        return item;
    }

    /// <summary>The shard leaves: what runs is cancelled, what waits is the next owner's. Results on their way into the store stay.</summary>
    public void Drop(LaneShard shard)
    {
        foreach (var item in _inHand.Values.Where(i => i.Shard == shard && i.State == ItemState.Queued).ToList())
        {
            var id = item.Mail!.Value; // what an activity runs for is mail
            var name = item.To.Kind[CommitMaker.ActivityPrefix.Length..];
            _inHand.Remove(id);
            if (item.ActivityReply is null && !IsWaiting(name, item))
            {
                _out[name]--;
                lane.Emit(new LaneOutput.CancelActivity(id));
            }
        }

        foreach (var (name, queue) in _waiting)
        {
            for (var left = queue.Count; left > 0; left--)
            {
                var item = queue.Dequeue();
                if (item.Shard == shard)
                {
                    _waitingCount--;
                }
                else
                {
                    queue.Enqueue(item);
                }
            }

            while (_out.GetValueOrDefault(name) < LaneLimits.ActivitiesPerName && queue.TryDequeue(out var next))
            {
                _waitingCount--;
                Run(name, next);
            }
        }
    }

    /// <summary>Its mail is consumed.</summary>
    public void Forget(MailId id) => _inHand.Remove(id);

    private bool IsWaiting(string name, WorkItem item) => _waiting.TryGetValue(name, out var queue) && queue.Contains(item);

    private void Run(string name, WorkItem item)
    {
        _out[name] = _out.GetValueOrDefault(name) + 1;
        lane.Consume(item);
        var token = item.Meta?.ReplyToken ?? item.To.Key; // the key is a digest where the token is too long for it
        lane.Emit(new LaneOutput.RunActivity(item.Mail!.Value, name, token, item.Command)
        {
            Patience = item.Meta?.Patience,
            Trace = item.Trace,
        });
    }
}
